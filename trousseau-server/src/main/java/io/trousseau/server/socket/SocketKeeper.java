package io.trousseau.server.socket;

import io.trousseau.server.socket.SocketPlace.Occupant;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a listening socket at its place: notices within {@value #LOOK_MILLIS} ms that another process has taken the place,
 * and puts a new socket there if somebody deleted the file.
 *
 * <p>Safe for use by several threads.
 */
public final class SocketKeeper implements AutoCloseable {
    static final int LOOK_MILLIS = 200;

    private static final Logger LOG = System.getLogger(SocketKeeper.class.getName());

    /** Binds a socket and listens on it. */
    public interface Binder {
        /**
         * Binds.
         *
         * @param socket a path that does not exist
         * @throws IOException if it cannot be bound
         */
        Listening bind(Path socket) throws IOException;
    }

    private final SocketPlace place;
    private final Binder binder;
    private final Runnable replaced;
    private final List<Listening> leaving = new ArrayList<>();
    private @Nullable Held held;
    private @Nullable ScheduledFuture<?> looking;
    private String lastProblem = "";

    private record Held(Listening listening, SocketClaim claim) {}

    private SocketKeeper(SocketPlace place, Binder binder, Runnable replaced) {
        this.place = place;
        this.binder = binder;
        this.replaced = replaced;
    }

    /**
     * Binds a socket, listens, puts the socket in its place and keeps it there.
     *
     * @param place prepared
     * @param binder called now, and again whenever the socket's file was deleted
     * @param executor looks after the socket
     * @param replace whether the place may be taken from somebody who listens there
     * @param replaced called once, when another process has taken the place, whose socket is left alone; must not block
     * @throws SocketInUseException if somebody listens there by now and {@code replace} is false
     * @throws IOException if the socket cannot be bound or put in place. Whatever is thrown, nothing is left behind.
     */
    public static SocketKeeper start(
            SocketPlace place, Binder binder, ScheduledExecutorService executor, boolean replace, Runnable replaced)
            throws IOException {
        SocketKeeper keeper = new SocketKeeper(place, binder, replaced);
        keeper.take(replace);
        keeper.look(executor);
        return keeper;
    }

    private synchronized void take(boolean replace) throws IOException {
        Path bound = place.privatePath();
        Listening listening = binder.bind(bound);
        try {
            // To bind takes long enough for another process to have come first.
            place.prepare(replace);
            held = new Held(listening, place.claim(bound));
        } catch (IOException | RuntimeException e) {
            listening.close();
            throw e;
        }
    }

    private synchronized void look(ScheduledExecutorService executor) {
        looking = executor.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private synchronized void look() {
        Held now = held;
        if (now == null) {
            return;
        }
        try {
            switch (now.claim().state()) {
                case HELD -> problem("");
                case REPLACED -> {
                    stopLooking();
                    replaced.run();
                }
                case DELETED -> putBack(now);
            }
            closeDrained();
        } catch (IOException | RuntimeException e) {
            problem("cannot look after the socket " + place.path() + ", trying again: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void putBack(Held lost) throws IOException {
        if (place.prepare(true) == Occupant.ALIVE) {
            return;
        }
        take(false);
        LOG.log(Level.WARNING, "somebody deleted the socket {0}; it is there again", place.path());
        lost.listening().drain();
        leaving.add(lost.listening());
    }

    private void closeDrained() throws InterruptedException {
        for (Listening listening : List.copyOf(leaving)) {
            if (listening.awaitDrained(Duration.ZERO)) {
                leaving.remove(listening);
            }
        }
    }

    private void problem(String problem) {
        if (!problem.equals(lastProblem)) {
            lastProblem = problem;
            if (!problem.isEmpty()) {
                LOG.log(Level.ERROR, problem);
            }
        }
    }

    private void stopLooking() {
        if (looking != null) {
            looking.cancel(false);
        }
    }

    /**
     * Gives the place up: deletes the socket's file unless another process has taken the place, accepts no more
     * connections, and waits until every call that has begun has ended.
     *
     * @param limit how long to wait at most
     * @return whether every call ended in time; those that did not fail at {@link #close}
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public boolean drain(Duration limit) throws InterruptedException {
        List<Listening> open = giveUp();
        open.forEach(Listening::drain);
        long end = System.nanoTime() + limit.toNanos();
        boolean drained = true;
        for (Listening listening : open) {
            drained &= listening.awaitDrained(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
        }
        return drained;
    }

    private synchronized List<Listening> giveUp() {
        stopLooking();
        Held now = held;
        held = null;
        if (now != null) {
            // While it is open: afterwards another file may have its identity.
            try {
                now.claim().release();
            } catch (IOException e) {
                LOG.log(Level.WARNING, "the socket {0} cannot be deleted: {1}", place.path(), e.getMessage());
            }
            leaving.add(now.listening());
        }
        return List.copyOf(leaving);
    }

    /** Gives the place up and stops at once; calls under way fail. Idempotent. */
    @Override
    public void close() {
        giveUp().forEach(Listening::close);
    }
}
