package io.trousseau.provider.vault.http;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * In which order the addresses of a cluster are tried: the one that served last first, and those that failed a short time
 * ago last, the longest ago before the others. Immutable; times are readings of a monotonic clock in nanoseconds.
 */
final class AddressOrder {
    /** For how long an address that failed is tried last. */
    static final Duration REST = Duration.ofSeconds(30);

    private final int count;
    private final int lastGood;
    private final Map<Integer, Long> failedAt;

    private AddressOrder(int count, int lastGood, Map<Integer, Long> failedAt) {
        this.count = count;
        this.lastGood = lastGood;
        this.failedAt = Map.copyOf(failedAt);
    }

    /** Of addresses of which nothing is known: the order of configuration. */
    static AddressOrder of(int count) {
        return new AddressOrder(count, 0, Map.of());
    }

    /** Address {@code index} served. */
    AddressOrder served(int index) {
        if (index == lastGood && !failedAt.containsKey(index)) {
            return this;
        }
        Map<Integer, Long> failed = new HashMap<>(failedAt);
        failed.remove(index);
        return new AddressOrder(count, index, failed);
    }

    /** Address {@code index} did not serve. */
    AddressOrder failed(int index, long now) {
        Map<Integer, Long> failed = new HashMap<>(failedAt);
        failed.put(index, now);
        return new AddressOrder(count, lastGood, failed);
    }

    /** All addresses, each once, the most promising first. */
    List<Integer> at(long now) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            order.add((lastGood + i) % count);
        }
        order.sort(Comparator.comparingLong(index -> restLeft(index, now)));
        return order;
    }

    private long restLeft(int index, long now) {
        Long failed = failedAt.get(index);
        return failed == null ? 0 : Math.max(0, REST.toNanos() - (now - failed));
    }
}
