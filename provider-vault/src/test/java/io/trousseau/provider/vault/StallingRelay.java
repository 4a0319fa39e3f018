package io.trousseau.provider.vault;

import io.trousseau.testkit.Stall;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Stands between a client and a server on loopback. While it stalls, requests reach the server and the answers wait here.
 * For HTTP/1.1, where a connection has one request at a time.
 */
final class StallingRelay implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 16;

    private final ServerSocket listener;
    private final URI server;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private volatile boolean stalling;

    StallingRelay(URI server) throws IOException {
        this.server = server;
        this.listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        daemon("accepts", this::accept);
    }

    /** Where clients connect to. */
    URI address() {
        return URI.create(server.getScheme() + "://127.0.0.1:" + listener.getLocalPort());
    }

    /** Holds answers back from now on. */
    Stall stall() {
        connections.forEach(connection -> connection.asked.set(false));
        stalling = true;
        return new Stall() {
            @Override
            public int held() {
                return (int) connections.stream()
                        .filter(connection -> connection.asked.get())
                        .count();
            }

            @Override
            public void close() {
                stalling = false;
                connections.forEach(connection -> connection.answers.release());
            }
        };
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listener.accept();
            Socket target = new Socket();
            // Else small packets wait for acknowledgements: 40 ms each.
            client.setTcpNoDelay(true);
            target.setTcpNoDelay(true);
            target.connect(new InetSocketAddress(server.getHost(), server.getPort()));
            Connection connection = new Connection(client, target);
            connections.add(connection);
            daemon("requests", connection::requests);
            daemon("answers", connection::answers);
        }
    }

    private final class Connection {
        private final Socket client;
        private final Socket target;
        private final AtomicBoolean asked = new AtomicBoolean();
        private final Semaphore answers = new Semaphore(0);

        Connection(Socket client, Socket target) {
            this.client = client;
            this.target = target;
        }

        void requests() throws IOException {
            pump(client, target, () -> asked.set(stalling));
        }

        void answers() throws IOException {
            pump(target, client, () -> {
                while (stalling) {
                    answers.acquireUninterruptibly();
                }
                answers.drainPermits();
            });
        }

        private void pump(Socket from, Socket to, Runnable before) throws IOException {
            try (from;
                    to;
                    InputStream in = from.getInputStream();
                    OutputStream out = to.getOutputStream()) {
                byte[] buffer = new byte[BUFFER_BYTES];
                for (int read; (read = in.read(buffer)) >= 0; ) {
                    before.run();
                    out.write(buffer, 0, read);
                }
            } finally {
                connections.remove(this);
            }
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void daemon(String what, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // One side has closed; so does the other.
                    }
                },
                "relay-" + what);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
