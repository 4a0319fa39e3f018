package io.trousseau.provider.gcp;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of one handle, all daemons named after the member: one for the socket, and up to four for what can only be
 * done by waiting, which is to look up names and to get tokens. Made when they are first needed; the four end when idle.
 */
final class Threads implements AutoCloseable {
    private static final int WAITING_THREADS = 4;

    private final EventLoopGroup io;
    private final ThreadPoolExecutor waiting;

    Threads(String member) {
        String prefix = "trousseau-gcp-" + member;
        io = new MultiThreadIoEventLoopGroup(1, factory(prefix + "-io"), NioIoHandler.newFactory());
        waiting = new ThreadPoolExecutor(
                WAITING_THREADS,
                WAITING_THREADS,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                factory(prefix + "-wait"));
        waiting.allowCoreThreadTimeOut(true);
    }

    EventLoopGroup io() {
        return io;
    }

    ThreadPoolExecutor waiting() {
        return waiting;
    }

    private static ThreadFactory factory(String prefix) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Interrupts what waits and lets the socket's thread finish what it has begun. */
    @Override
    public void close() {
        waiting.shutdownNow();
        Future<?> unused = io.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
