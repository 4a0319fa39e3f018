package io.trousseau.provider.gcp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Passes bytes between a port and a server, until it is told to swallow what the connections so far still send. */
final class Relay implements AutoCloseable {
    private final ServerSocket listener;
    private final int target;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger swallowed = new AtomicInteger();

    Relay(int port, int target) throws IOException {
        listener = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        this.target = target;
        threads.execute(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    int accepted() {
        return accepted.get();
    }

    /** Has the connections accepted so far stay open and pass nothing on, in either direction. */
    void swallow() {
        swallowed.set(accepted.get());
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                int number = accepted.incrementAndGet();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(client);
                sockets.add(server);
                threads.execute(() -> copy(number, client, server));
                threads.execute(() -> copy(number, server, client));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void copy(int number, Socket from, Socket to) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[8192];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                if (number > swallowed.get()) {
                    out.write(buffer, 0, count);
                }
            }
        } catch (IOException e) {
            // One side has gone.
        } finally {
            close(from);
            close(to);
        }
    }

    private static void close(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            // Gone already.
        }
    }

    @Override
    public void close() {
        close(listener);
        sockets.forEach(Relay::close);
        threads.shutdownNow();
    }
}
