package io.trousseau.provider.gcp;

import com.google.api.client.http.HttpTransport;
import com.google.api.client.http.LowLevelHttpRequest;
import com.google.api.client.http.LowLevelHttpResponse;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * HTTP for what gets tokens: bounded in time and size, through the configured proxy or none, trusting the configured CAs,
 * without redirects and without retries. A server that is not there, breaks off, or fails (3xx, 5xx, 429) is an unchecked
 * {@link NoTokenServerException}: to an {@link IOException} or such a status Google's library would wait and ask again, or, to
 * a redirect, send what it authenticates with there.
 */
final class TokenHttp extends HttpTransport {
    private static final int CONNECT_MILLIS = 3_000;
    private static final int READ_MILLIS = 5_000;
    private static final Duration WHOLE = Duration.ofSeconds(10);
    private static final int MAX_ANSWER_BYTES = 1024 * 1024;

    private final Optional<InetSocketAddress> proxy;
    private final Optional<SSLSocketFactory> tls;

    TokenHttp(Optional<InetSocketAddress> proxy, Optional<SSLSocketFactory> tls) {
        this.proxy = proxy;
        this.tls = tls;
    }

    @Override
    protected LowLevelHttpRequest buildRequest(String method, String url) throws IOException {
        URL target = new URL(url);
        // Plain HTTP is for the metadata server, which is on this machine and which no proxy reaches.
        boolean direct = target.getProtocol().equals("http") || proxy.isEmpty();
        Proxy way = direct
                ? Proxy.NO_PROXY
                : new Proxy(
                        Proxy.Type.HTTP,
                        new InetSocketAddress(
                                proxy.get().getHostString(), proxy.get().getPort()));
        HttpURLConnection connection = (HttpURLConnection) target.openConnection(way);
        connection.setRequestMethod(method);
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        if (connection instanceof HttpsURLConnection secure) {
            tls.ifPresent(secure::setSSLSocketFactory);
        }
        return new Request(connection, target.getHost());
    }

    private static final class Request extends LowLevelHttpRequest {
        private final HttpURLConnection connection;
        private final String host;
        private int connectMillis = CONNECT_MILLIS;
        private int readMillis = READ_MILLIS;

        Request(HttpURLConnection connection, String host) {
            this.connection = connection;
            this.host = host;
        }

        @Override
        public void addHeader(String name, String value) {
            connection.addRequestProperty(name, value);
        }

        @Override
        public void setTimeout(int connectTimeout, int readTimeout) {
            connectMillis = connectTimeout > 0 ? Math.min(connectTimeout, CONNECT_MILLIS) : CONNECT_MILLIS;
            readMillis = readTimeout > 0 ? Math.min(readTimeout, READ_MILLIS) : READ_MILLIS;
        }

        @Override
        public LowLevelHttpResponse execute() throws IOException {
            connection.setConnectTimeout(connectMillis);
            connection.setReadTimeout(readMillis);
            long end = System.nanoTime() + WHOLE.toNanos();
            try {
                if (getStreamingContent() != null) {
                    connection.setDoOutput(true);
                    if (getContentType() != null) {
                        connection.setRequestProperty("Content-Type", getContentType());
                    }
                    if (getContentEncoding() != null) {
                        connection.setRequestProperty("Content-Encoding", getContentEncoding());
                    }
                    try (OutputStream out = connection.getOutputStream()) {
                        getStreamingContent().writeTo(out);
                    }
                }
                int status = connection.getResponseCode();
                if (status >= 500 || status == 429 || (status >= 300 && status < 400)) {
                    connection.disconnect();
                    throw NoTokenServerException.failing(host, status);
                }
                return new Response(connection, host, status, end);
            } catch (IOException e) {
                connection.disconnect();
                throw NoTokenServerException.unreached(host, e);
            }
        }
    }

    private static final class Response extends LowLevelHttpResponse {
        private final HttpURLConnection connection;
        private final String host;
        private final int status;
        private final long end;
        private final List<Map.Entry<String, String>> headers = new ArrayList<>();

        Response(HttpURLConnection connection, String host, int status, long end) {
            this.connection = connection;
            this.host = host;
            this.status = status;
            this.end = end;
            connection.getHeaderFields().forEach((name, values) -> {
                if (name != null) {
                    values.forEach(value -> headers.add(Map.entry(name, value)));
                }
            });
        }

        @Override
        public @Nullable InputStream getContent() throws IOException {
            InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream();
            return in == null ? null : new BoundedStream(in, host, end, connection.getContentLengthLong());
        }

        @Override
        public @Nullable String getContentEncoding() {
            return connection.getContentEncoding();
        }

        @Override
        public long getContentLength() {
            return connection.getContentLengthLong();
        }

        @Override
        public @Nullable String getContentType() {
            return connection.getContentType();
        }

        @Override
        public String getStatusLine() {
            return "HTTP/1.1 " + status;
        }

        @Override
        public int getStatusCode() {
            return status;
        }

        @Override
        public @Nullable String getReasonPhrase() {
            return null;
        }

        @Override
        public int getHeaderCount() {
            return headers.size();
        }

        @Override
        public String getHeaderName(int index) {
            return headers.get(index).getKey();
        }

        @Override
        public String getHeaderValue(int index) {
            return headers.get(index).getValue();
        }

        @Override
        public void disconnect() {
            connection.disconnect();
        }
    }

    /** Gives up when the answer takes too long in all, is too long, or breaks off. */
    private static final class BoundedStream extends FilterInputStream {
        private final String host;
        private final long end;
        private long announced;
        private int left = MAX_ANSWER_BYTES;

        /**
         * Reads {@code in}.
         *
         * @param announced how many bytes there should be, or -1
         */
        BoundedStream(InputStream in, String host, long end, long announced) {
            super(in);
            this.announced = announced;
            this.host = host;
            this.end = end;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int from, int length) {
            try {
                return readBounded(bytes, from, length);
            } catch (IOException e) {
                throw NoTokenServerException.brokenOff(host, e);
            }
        }

        private int readBounded(byte[] bytes, int from, int length) throws IOException {
            if (System.nanoTime() - end > 0) {
                throw new SocketTimeoutException("the whole answer took too long");
            }
            if (left <= 0) {
                throw new IOException("the answer is longer than " + MAX_ANSWER_BYTES + " bytes");
            }
            int count = super.read(bytes, from, Math.min(length, left));
            if (count < 0 && announced > 0) {
                // Older JDKs take it for the end.
                throw new EOFException("the answer is cut short");
            }
            left -= Math.max(count, 0);
            announced -= Math.max(count, 0);
            return count;
        }
    }
}
