package io.trousseau.core.localkek;

import io.trousseau.core.envelope.Commitment;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The local KEKs that this process has proven, by their full commitment, so that a KMS is asked once for each. The least
 * recently used one makes room for a new one.
 *
 * <p>Safe for use by any number of threads; nothing here waits for I/O.
 */
public final class ProvenLocalKeks implements AutoCloseable {
    private final int capacity;
    private final Map<Commitment, LocalKek> byCommitment = new LinkedHashMap<>(16, 0.75f, true);
    private boolean closed;

    /**
     * An empty cache.
     *
     * @param capacity how many it holds, at least 1
     */
    public ProvenLocalKeks(int capacity) {
        this.capacity = capacity;
    }

    /** The local KEK of this commitment, or null if it is not here. */
    public synchronized @Nullable LocalKek get(Commitment commitment) {
        return byCommitment.get(commitment);
    }

    /** Keeps a proven local KEK; wipes it if this is closed. */
    public synchronized void add(LocalKek localKek) {
        if (closed) {
            localKek.wipe();
            return;
        }
        byCommitment.putIfAbsent(localKek.commitment(), localKek);
        if (byCommitment.size() > capacity) {
            // Dropped, not wiped: it may be sealing at this moment.
            byCommitment.remove(byCommitment.keySet().iterator().next());
        }
    }

    /** How many are here. */
    public synchronized int size() {
        return byCommitment.size();
    }

    /** Wipes and forgets all. */
    public synchronized void wipe() {
        byCommitment.values().forEach(LocalKek::wipe);
        byCommitment.clear();
    }

    /** Wipes and forgets all, and whatever is added from now on. Idempotent. */
    @Override
    public synchronized void close() {
        closed = true;
        wipe();
    }
}
