package io.trousseau.provider.local;

import io.trousseau.api.KekVersion;
import java.time.Instant;
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
    /**
     * One key and its name.
     *
     * @param start when it starts to wrap, to the second
     */
    record Entry(KeyVersion version, Instant start, AesKey key) {
        /** Whether it may wrap at {@code now}. A clock that is behind the version's own creation is wrong. */
        boolean hasStarted(Instant now) {
            return !start.isAfter(now) || !start.isAfter(version.created());
        }
    }

    KeySet {
        keys = List.copyOf(keys);
    }

    Entry newest() {
        return keys.get(keys.size() - 1);
    }

    /** The one that wraps at {@code now}: the newest that has started; the oldest, if none has. */
    Entry wrapping(Instant now) {
        Entry result = keys.get(0);
        for (Entry entry : keys) {
            if (entry.hasStarted(now)) {
                result = entry;
            }
        }
        return result;
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
                    return new Entry(entry.version(), entry.start(), same.key());
                })
                .toList();
        known.values().forEach(gone -> gone.key().destroy());
        return new KeySet(later.identity, merged);
    }

    void destroy() {
        keys.forEach(entry -> entry.key().destroy());
    }
}
