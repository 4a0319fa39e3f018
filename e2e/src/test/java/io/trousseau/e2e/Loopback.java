package io.trousseau.e2e;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/** Free ports of the loopback interface, below the range that the system hands to outgoing connections. */
final class Loopback {
    private static final Random RANDOM = new Random();
    private static final Set<Integer> GIVEN = new HashSet<>();

    private Loopback() {}

    static synchronized int freePort() {
        for (int attempt = 0; attempt < 1000; attempt++) {
            int port = RANDOM.nextInt(20_000, 30_000);
            try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                if (GIVEN.add(probe.getLocalPort())) {
                    return port;
                }
            } catch (IOException taken) {
                continue;
            }
        }
        throw new IllegalStateException("no free loopback port between 20000 and 30000");
    }
}
