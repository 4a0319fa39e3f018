package io.trousseau.testkit.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/** Ports of the loopback interface for programs that must be told theirs. Safe for use by several threads. */
public final class Loopback {
    private static final Random RANDOM = new Random();
    private static final Set<Integer> GIVEN = new HashSet<>();

    private Loopback() {}

    /**
     * A port that nobody listens on and that this JVM has not been given before. It lies below the range that systems
     * hand to outgoing connections, so that it stays free while its program restarts.
     *
     * @throws IllegalStateException if there is none between 20000 and 30000
     */
    public static synchronized int freePort() {
        for (int attempt = 0; attempt < 1000; attempt++) {
            int port = RANDOM.nextInt(20_000, 30_000);
            try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                if (GIVEN.add(probe.getLocalPort())) {
                    return port;
                }
            } catch (IOException taken) {
                // The next one, then.
            }
        }
        throw new IllegalStateException("no free loopback port between 20000 and 30000");
    }
}
