package io.trousseau.provider.aws;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which region is asked first: the first of the configured order that has not failed lately. Knows no clock and does no
 * I/O. Safe for use by several threads.
 */
final class RegionOrder {
    /** How long a region that failed is asked last. */
    static final Duration AVOIDED = Duration.ofSeconds(30);

    private final int regions;
    private final Map<Integer, Long> failedAt = new HashMap<>();

    RegionOrder(int regions) {
        this.regions = regions;
    }

    /** The regions' numbers, each once, in the order in which to ask. */
    synchronized List<Integer> at(long nanoTime) {
        List<Integer> order = new ArrayList<>();
        List<Integer> last = new ArrayList<>();
        for (int i = 0; i < regions; i++) {
            Long failed = failedAt.get(i);
            (failed != null && nanoTime - failed < AVOIDED.toNanos() ? last : order).add(i);
        }
        order.addAll(last);
        return order;
    }

    synchronized void failed(int region, long nanoTime) {
        failedAt.put(region, nanoTime);
    }

    synchronized void served(int region) {
        failedAt.remove(region);
    }
}
