package io.trousseau.server.kms;

import io.grpc.Status;
import java.time.Duration;

/**
 * Hears of the traffic on the socket, for metrics.
 *
 * <p>Called on the threads that serve; must be fast, must not throw, and is used by several threads at once.
 */
public interface KmsListener {
    /** A listener that does nothing. */
    KmsListener NONE = new KmsListener() {};

    /** A client has connected. */
    default void connected() {}

    /** A client that had connected is gone. */
    default void disconnected() {}

    /**
     * A call has ended.
     *
     * @param method one of the served ones, as in {@code v2.KeyManagementService/Encrypt}
     * @param code how it ended
     * @param duration from its first byte to its last
     */
    default void answered(String method, Status.Code code, Duration duration) {}
}
