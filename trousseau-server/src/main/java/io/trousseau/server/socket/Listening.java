package io.trousseau.server.socket;

import java.time.Duration;

/** A bound socket on which connections are accepted. Safe for use by several threads. */
public interface Listening extends AutoCloseable {
    /** Accepts no more connections and asks clients to go elsewhere; calls that have begun go on. Idempotent. */
    void drain();

    /**
     * Waits until every call has ended and every client is gone, which {@link #drain} brings about.
     *
     * @return whether that is so
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    boolean awaitDrained(Duration limit) throws InterruptedException;

    /** Stops at once; calls under way fail. Idempotent. */
    @Override
    void close();
}
