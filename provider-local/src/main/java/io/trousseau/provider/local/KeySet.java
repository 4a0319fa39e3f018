package io.trousseau.provider.local;

import io.trousseau.api.KekVersion;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The keys of one key file at one moment.
 *
 * @param identity what the file is called on every node that has a copy
 * @param keys oldest first, one or more
 */
record KeySet(String identity, List<Entry> keys) {
    /** One key and its name. */
    record Entry(KeyVersion version, AesKey key) {}

    KeySet {
        keys = List.copyOf(keys);
    }

    Entry newest() {
        return keys.get(keys.size() - 1);
    }

    Optional<Entry> find(String versionName) {
        return keys.stream()
                .filter(entry -> entry.version().name().equals(versionName))
                .findFirst();
    }

    KekVersion nameOf(Entry entry) {
        return new KekVersion(identity, entry.version().name());
    }

    /**
     * The keys of {@code later}, with this set's key objects where it has them, so that a call that uses one is not
     * disturbed. Destroys every key object of the two sets that is in the result no more.
     */
    KeySet replacedBy(KeySet later) {
        Map<KeyVersion, Entry> known = new HashMap<>();
        keys.forEach(entry -> known.put(entry.version(), entry));
        List<Entry> merged = later.keys.stream()
                .map(entry -> {
                    Entry same = known.remove(entry.version());
                    if (same == null) {
                        return entry;
                    }
                    entry.key().destroy();
                    return same;
                })
                .toList();
        known.values().forEach(gone -> gone.key().destroy());
        return new KeySet(later.identity, merged);
    }

    void destroy() {
        keys.forEach(entry -> entry.key().destroy());
    }
}
