package io.trousseau.provider.vault.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIMatcher;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;

/**
 * An HTTP/1.1 server on loopback that answers what a test says, down to the bytes: also what no server should, such as half
 * an answer or none.
 */
public final class StubVault implements AutoCloseable {
    /** What came. Header names are in lower case. */
    public record Request(String method, String path, Map<String, String> headers, String body) {}

    /** What goes back: bytes, and whether the connection ends after them. */
    public record Answer(byte[] bytes, boolean close) {
        /** Of Vault: JSON with this status. */
        public static Answer json(int status, String body, String... headers) {
            return http(status, "application/json", body, headers);
        }

        /** Vault's form of a refusal. */
        public static Answer error(int status, String text) {
            return json(status, "{\"errors\":[\"" + text + "\"]}");
        }

        /** Of any kind. */
        public static Answer http(int status, String type, String body, String... headers) {
            StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " x\r\nContent-Type: " + type
                    + "\r\nContent-Length: " + body.getBytes(UTF_8).length + "\r\n");
            for (String header : headers) {
                head.append(header).append("\r\n");
            }
            return new Answer((head + "\r\n" + body).getBytes(UTF_8), false);
        }

        /** Byte for byte, and then the end of the connection. */
        public static Answer raw(String bytes) {
            return new Answer(bytes.getBytes(ISO_8859_1), true);
        }
    }

    /** Answers a request. */
    @FunctionalInterface
    public interface Script {
        Answer answer(Request request) throws InterruptedException;
    }

    private final ServerSocket listener;
    private final String scheme;
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Collection<Socket> sockets = new ConcurrentLinkedQueue<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile Script script = request -> Answer.json(200, "{\"data\":{\"from\":\"stub\"}}");

    private StubVault(ServerSocket listener, String scheme) {
        this.listener = listener;
        this.scheme = scheme;
        start("stub-listener", this::accept);
    }

    /** Over plain HTTP. */
    public static StubVault plain() {
        try {
            return new StubVault(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), "http");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Over TLS. */
    public static StubVault tls(SSLContext context, boolean demandsCertificate) {
        return tls(context, demandsCertificate, List.of());
    }

    /** Over TLS, but only for clients that ask for a certificate of this name. */
    public static StubVault tlsFor(String name, SSLContext context) {
        return tls(context, false, List.of(SNIHostName.createSNIMatcher(Pattern.quote(name))));
    }

    private static StubVault tls(SSLContext context, boolean demandsCertificate, List<SNIMatcher> names) {
        try {
            SSLServerSocket socket = (SSLServerSocket)
                    context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setSNIMatchers(names);
            parameters.setNeedClientAuth(demandsCertificate);
            socket.setSSLParameters(parameters);
            return new StubVault(socket, "https");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public URI address() {
        return URI.create(scheme + "://127.0.0.1:" + listener.getLocalPort());
    }

    public void answers(Script next) {
        script = next;
    }

    /** Takes requests and answers none until it is closed. */
    public void swallows() {
        script = request -> {
            closed.await();
            return Answer.raw("");
        };
    }

    public List<Request> requests() {
        return List.copyOf(requests);
    }

    public int connections() {
        return connections.get();
    }

    /** Ends the connections that are open now. */
    public void dropConnections() {
        for (Socket socket : sockets) {
            closeQuietly(socket);
        }
    }

    private void accept() {
        while (true) {
            try {
                Socket socket = listener.accept();
                sockets.add(socket);
                connections.incrementAndGet();
                start("stub-connection", () -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (Request request; (request = read(in)) != null; ) {
                requests.add(request);
                Answer answer = script.answer(request);
                socket.getOutputStream().write(answer.bytes);
                socket.getOutputStream().flush();
                if (answer.close) {
                    return;
                }
            }
        } catch (IOException | InterruptedException e) {
            // The client left, or the test has ended.
        }
    }

    private static Request read(InputStream in) throws IOException {
        String first = line(in);
        if (first.isEmpty()) {
            return null;
        }
        Map<String, String> headers = new TreeMap<>();
        for (String header; !(header = line(in)).isEmpty(); ) {
            int colon = header.indexOf(':');
            if (colon < 0) {
                return new Request("no HTTP", "", Map.of(), "");
            }
            headers.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip());
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        String[] words = first.split(" ");
        return new Request(words[0], words[1], headers, new String(in.readNBytes(length), UTF_8));
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b; (b = in.read()) >= 0 && b != '\n'; ) {
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(ISO_8859_1);
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            // It is gone either way.
        }
    }

    @Override
    public void close() {
        closed.countDown();
        closeQuietly(listener);
        dropConnections();
    }
}
