package io.trousseau.server.socket;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A socket of this process that was put in place. Immutable; ask only while the socket is open. */
public final class SocketClaim {
    private final Path path;
    private final Object identity;

    /** What has become of a claim. */
    public enum State {
        /** Clients find this process. */
        HELD,
        /** Clients find another socket. */
        REPLACED,
        /** Clients find nothing. */
        DELETED
    }

    SocketClaim(Path path, Object identity) {
        this.path = path;
        this.identity = identity;
    }

    /** What has become of it. */
    public State state() throws IOException {
        try {
            return SocketPlace.identity(path).equals(identity) ? State.HELD : State.REPLACED;
        } catch (NoSuchFileException e) {
            return State.DELETED;
        }
    }

    /**
     * Deletes the socket's file if it is still this process's.
     *
     * <p>A process that takes over in the very moment between look and deletion loses its file; it notices that, and
     * puts another one in place.
     */
    public void release() throws IOException {
        if (state() == State.HELD) {
            Files.deleteIfExists(path);
        }
    }
}
