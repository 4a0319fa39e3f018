package io.trousseau.provider.aws;

import io.trousseau.testkit.tls.TestCa;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Servers that are worse than those that answer errors, on loopback. */
final class BadServer implements AutoCloseable {
    /** What a server does to a connection that it has taken. */
    private interface Misdeed {
        void to(Socket connection) throws IOException, InterruptedException;
    }

    private final URI uri;
    private final ServerSocket socket;
    private final List<Socket> connections = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    private BadServer(String scheme, ServerSocket socket) {
        this.uri = URI.create(scheme + "://127.0.0.1:" + socket.getLocalPort());
        this.socket = socket;
    }

    URI uri() {
        return uri;
    }

    /** Nobody listens. */
    static BadServer refusing() throws IOException {
        BadServer server = new BadServer("http", listening(1));
        server.socket.close();
        return server;
    }

    /** Packets that ask for a connection are dropped: the queue of connections is full, and nobody takes one out. */
    static BadServer blackHole() throws IOException {
        BadServer server = new BadServer("http", listening(1));
        try {
            while (true) {
                Socket filler = new Socket();
                server.connections.add(filler);
                filler.connect(new InetSocketAddress(server.uri.getHost(), server.uri.getPort()), 200);
            }
        } catch (SocketTimeoutException full) {
            return server;
        }
    }

    /** Connections are taken, and that is all. */
    static BadServer silent() throws IOException {
        BadServer server = new BadServer("http", listening(50));
        return server.serve(connection -> server.closed.await());
    }

    /** Headers come at once, and then the body by single bytes for ever, each soon enough for a read not to time out. */
    static BadServer dripping() throws IOException {
        BadServer server = new BadServer("http", listening(50));
        return server.serve(connection -> {
            connection
                    .getOutputStream()
                    .write(
                            ("HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: 100000\r\n\r\n{")
                                    .getBytes(StandardCharsets.US_ASCII));
            while (!server.closed.await(20, TimeUnit.MILLISECONDS)) {
                connection.getOutputStream().write(' ');
            }
        });
    }

    /** TLS with a certificate of an authority that nobody trusts. */
    static BadServer untrusted() throws IOException {
        ServerSocket socket = TestCa.create("nobody trusts this")
                .server("127.0.0.1")
                .sslContext()
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        return new BadServer("https", socket)
                .serve(connection -> connection.getInputStream().read());
    }

    /** Something else than TLS where TLS is expected. */
    static BadServer withoutTls() throws IOException {
        return new BadServer("https", listening(50))
                .serve(connection -> connection
                        .getOutputStream()
                        .write("220 mail.example.com\r\n".getBytes(StandardCharsets.US_ASCII)));
    }

    private static ServerSocket listening(int backlog) throws IOException {
        return new ServerSocket(0, backlog, InetAddress.getByName("127.0.0.1"));
    }

    private BadServer serve(Misdeed misdeed) {
        start(() -> {
            while (true) {
                Socket connection = socket.accept();
                connections.add(connection);
                start(() -> {
                    try (connection) {
                        misdeed.to(connection);
                    }
                });
            }
        });
        return this;
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private static void start(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException | InterruptedException e) {
                        // The client is gone, or the server is closed: either is how it ends.
                        return;
                    }
                },
                "bad-server");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            socket.close();
            for (Socket connection : connections) {
                connection.close();
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
