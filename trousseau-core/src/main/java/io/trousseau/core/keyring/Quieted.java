package io.trousseau.core.keyring;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Keeps a log readable when the same trouble comes again and again, since whoever writes etcd can make it come as often as
 * they like: the first of a kind is told at once, then one in {@link #EVERY}. Not safe for use by several threads.
 */
final class Quieted {
    static final Duration EVERY = Duration.ofSeconds(10);

    private record Told(long at, long untold) {}

    private final Map<String, Told> byKind = new HashMap<>();

    /**
     * Asks whether to tell of one more.
     *
     * @param kind few, not chosen by strangers
     * @return how many of the kind were not told since the last; empty if this one is not to be told either
     */
    OptionalLong tell(String kind, long now) {
        Told last = byKind.get(kind);
        if (last != null && now - last.at() < EVERY.toNanos()) {
            byKind.put(kind, new Told(last.at(), last.untold() + 1));
            return OptionalLong.empty();
        }
        byKind.put(kind, new Told(now, 0));
        return OptionalLong.of(last == null ? 0 : last.untold());
    }
}
