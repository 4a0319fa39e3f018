package io.trousseau.server.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The paths of the socket: the one that Kubernetes knows, and the one that a process binds before it renames it over the
 * first.
 */
public final class SocketPaths {
    /** The longest path that a Unix socket can be bound to, in bytes. */
    static final int LONGEST_BOUND = 107;

    /** Linux counts processes up to 2^22. */
    private static final int PID_DIGITS = 7;

    static final int LONGEST = LONGEST_BOUND - 1 - PID_DIGITS;

    private SocketPaths() {}

    /**
     * The path that a process binds: {@code path}, a dot and the process id.
     *
     * @param path the socket's path from a configuration
     * @param pid the process id; of more than 7 digits the last 7 are used
     */
    public static Path own(Path path, long pid) {
        return path.resolveSibling(path.getFileName() + "." + pid % 10_000_000);
    }

    /** The directory of a socket: what kube-apiserver mounts. */
    public static Path directory(Path path) {
        Path directory = path.getParent();
        if (directory == null) {
            throw new IllegalArgumentException(path + " is not the path of a socket in a directory");
        }
        return directory;
    }

    static Optional<Path> parse(String text) {
        Path path;
        try {
            path = Path.of(text);
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
        if (!path.isAbsolute()
                || path.getFileName() == null
                || !path.normalize().equals(path)
                || text.endsWith("/")) {
            return Optional.empty();
        }
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > LONGEST) {
            throw new IllegalArgumentException("is " + bytes + " bytes long and may be " + LONGEST
                    + "; a Unix socket's path has at most " + LONGEST_BOUND
                    + ", of which a process needs " + (LONGEST_BOUND - LONGEST) + " for a name of its own");
        }
        return Optional.of(path);
    }
}
