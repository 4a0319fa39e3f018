package io.trousseau.server.socket;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.trousseau.server.config.SocketPaths;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The path at which clients find the socket, and what is there. Immutable.
 *
 * <p>A place is taken in steps: {@link #prepare} it, bind a {@link #privatePath}, {@link #claim} the place with it.
 */
public final class SocketPlace {
    private static final int FILE_TYPE = 0170000;
    private static final int SOCKET = 0140000;

    /** Between its binding and its listening a socket looks dead; nobody takes that long. */
    private static final Duration SURELY_DEAD = Duration.ofSeconds(10);

    private static final int MAX_PATH_BYTES = 107;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** What is at the path. */
    public enum Occupant {
        /** Nothing, or a socket on which nobody listens. */
        NONE,
        /** A socket on which somebody listens. */
        ALIVE
    }

    private final Path path;
    private final Path directory;
    private final @Nullable GroupPrincipal group;

    private SocketPlace(Path path, Path directory, @Nullable GroupPrincipal group) {
        this.path = path;
        this.directory = directory;
        this.group = group;
    }

    /**
     * The place at a path.
     *
     * @param path absolute
     * @param group who may use the socket beside this user and root
     * @throws UnusableSocketException if the path is too long, or there is no such group
     */
    public static SocketPlace at(Path path, Optional<String> group) throws IOException {
        Path directory = path.getParent();
        if (!path.isAbsolute() || directory == null) {
            throw new UnusableSocketException("the socket's path " + path + " is not absolute");
        }
        int bytes =
                SocketPaths.own(path, 9_999_999).toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
        if (bytes > MAX_PATH_BYTES) {
            throw new UnusableSocketException("the socket's path " + path + " is " + (bytes - MAX_PATH_BYTES)
                    + " bytes too long for this system");
        }
        return new SocketPlace(path, directory, group.isPresent() ? lookup(path, group.get()) : null);
    }

    private static GroupPrincipal lookup(Path path, String group) throws IOException {
        try {
            return path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group);
        } catch (UserPrincipalNotFoundException e) {
            throw new UnusableSocketException("there is no group " + group + ", which socket.group names");
        }
    }

    /** The path at which clients find the socket. */
    public Path path() {
        return path;
    }

    /**
     * Makes the directory if it is missing, removes what dead processes left in it, and looks what is at the path.
     *
     * @param replace whether the place may be taken from somebody who listens there
     * @throws UnusableSocketException if the directory is not safe, or there is something at the path that is no socket;
     *     that is left as it is
     * @throws SocketInUseException if somebody listens there and {@code replace} is false
     */
    public Occupant prepare(boolean replace) throws IOException {
        SocketDirectory.prepare(directory, group);
        removeLeftovers();
        Occupant occupant = occupant();
        if (occupant == Occupant.ALIVE && !replace) {
            throw new SocketInUseException("another process listens on " + path
                    + "; stop it, or take over from it without a failed call: serve --replace");
        }
        return occupant;
    }

    /** A path in the directory that nobody else has, to bind. */
    public Path privatePath() {
        return SocketPaths.own(path, RANDOM.nextLong(10_000_000));
    }

    /**
     * Puts a socket in place, whatever socket is there: atomically, so that clients find either.
     *
     * @param bound a {@link #privatePath} on which this process listens; is gone afterwards
     * @throws UnusableSocketException if this process may not give the socket to its group, or if there is something at
     *     the path that is no socket; that is left as it is
     */
    public SocketClaim claim(Path bound) throws IOException {
        boolean forGroup = group != null;
        if (group != null) {
            giveTo(group, bound);
        }
        SocketDirectory.posix(bound)
                .setPermissions(PosixFilePermissions.fromString(forGroup ? "rw-rw----" : "rw-------"));
        refuseOtherThanSocket();
        Object identity = identity(bound);
        Files.move(bound, path, StandardCopyOption.ATOMIC_MOVE);
        return new SocketClaim(path, identity);
    }

    private void giveTo(GroupPrincipal owner, Path bound) throws IOException {
        try {
            SocketDirectory.posix(bound).setGroup(owner);
        } catch (FileSystemException e) {
            throw new UnusableSocketException("the socket " + path + " cannot be given to the group " + owner.getName()
                    + ", which socket.group names (" + e.getReason() + "); run this process in that group (Group= of"
                    + " systemd), or as root with CAP_CHOWN");
        }
    }

    /**
     * Looks at the directory, and makes or changes nothing.
     *
     * @throws java.nio.file.NoSuchFileException if it does not exist
     * @throws UnusableSocketException if it is not safe, or its group could not reach the socket
     */
    public void checkDirectory() throws IOException {
        SocketDirectory.check(directory, group);
    }

    /**
     * Looks what is at the path, and changes nothing.
     *
     * @throws UnusableSocketException if that is no socket, or cannot be found out
     */
    public Occupant occupant() throws IOException {
        if (!refuseOtherThanSocket()) {
            return Occupant.NONE;
        }
        return isAlive(path) ? Occupant.ALIVE : Occupant.NONE;
    }

    /** Whether there is a socket at the path; false if there is nothing. */
    private boolean refuseOtherThanSocket() throws IOException {
        int mode;
        try {
            mode = mode(path);
        } catch (NoSuchFileException e) {
            return false;
        }
        if ((mode & FILE_TYPE) != SOCKET) {
            throw new UnusableSocketException(path + " is not a socket"
                    + (Files.isSymbolicLink(path) ? " but a symbolic link" : "")
                    + "; it is left as it is: move it away, or set another socket.path");
        }
        return true;
    }

    private static int mode(Path path) throws IOException {
        return (Integer) Objects.requireNonNull(Files.getAttribute(path, "unix:mode", NOFOLLOW_LINKS));
    }

    /** Names the file and not its path: the same as long as the socket is open, wherever it is moved. */
    static Object identity(Path path) throws IOException {
        return Objects.requireNonNull(Files.getAttribute(path, "unix:fileKey", NOFOLLOW_LINKS));
    }

    private static boolean isAlive(Path socket) throws IOException {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            // A listener whose queue is full would block, and is alive.
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(socket));
            return true;
        } catch (ConnectException e) {
            return false;
        } catch (IOException e) {
            if (!Files.exists(socket, NOFOLLOW_LINKS)) {
                return false;
            }
            throw new UnusableSocketException("cannot find out whether somebody listens on " + socket + ": "
                    + e.getMessage() + "; remove it if nobody does");
        }
    }

    private void removeLeftovers() throws IOException {
        Pattern privateName = Pattern.compile(Pattern.quote(path.getFileName().toString()) + "\\.[0-9]{1,7}");
        FileTime old = FileTime.from(Instant.now().minus(SURELY_DEAD));
        try (DirectoryStream<Path> files = Files.newDirectoryStream(
                directory,
                file -> privateName.matcher(file.getFileName().toString()).matches())) {
            for (Path file : files) {
                try {
                    if ((mode(file) & FILE_TYPE) == SOCKET
                            && Files.getLastModifiedTime(file, NOFOLLOW_LINKS).compareTo(old) < 0
                            && !isAlive(file)) {
                        Files.delete(file);
                    }
                } catch (NoSuchFileException ownerWasNotDead) {
                    // Nothing is left to be done.
                }
            }
        }
    }
}
