package io.trousseau.server.socket;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The directory of the socket. Whoever may write to it could put a socket of their own in place of ours, and kube-apiserver
 * would send it the keys of the cluster in plaintext; so only this user, root and nobody else may.
 */
final class SocketDirectory {
    private static final int WRITE_BY_GROUP_OR_OTHERS = 0022;
    private static final int SEARCH_BY_GROUP = 0010;
    private static final int SEARCH_BY_OTHERS = 0001;

    private SocketDirectory() {}

    /**
     * Makes the directory if it is missing, of mode 0700, or 0750 if there is a group; else checks it.
     *
     * @param group who may use the socket beside this user and root
     * @throws UnusableSocketException if it is not safe, or its group could not reach the socket
     */
    static void prepare(Path directory, @Nullable GroupPrincipal group) throws IOException {
        if (!Files.exists(directory)) {
            make(directory, group);
        }
        check(directory, group);
    }

    private static void make(Path directory, @Nullable GroupPrincipal group) throws IOException {
        Set<PosixFilePermission> mode = PosixFilePermissions.fromString("rwx------");
        try {
            Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(mode));
        } catch (NoSuchFileException e) {
            throw new UnusableSocketException("the socket's directory " + directory
                    + " cannot be made, because the one above it does not exist; make that one");
        }
        if (group != null) {
            posix(directory).setGroup(group);
            mode = EnumSet.copyOf(mode);
            mode.add(PosixFilePermission.GROUP_READ);
            mode.add(PosixFilePermission.GROUP_EXECUTE);
        }
        // Also where the umask took from the owner.
        posix(directory).setPermissions(mode);
    }

    /**
     * Checks the directory.
     *
     * @throws NoSuchFileException if it does not exist
     * @throws UnusableSocketException as {@link #prepare}
     */
    static void check(Path directory, @Nullable GroupPrincipal group) throws IOException {
        if (!Files.readAttributes(directory, BasicFileAttributes.class).isDirectory()) {
            throw new UnusableSocketException(directory + ", where the socket should be, is not a directory");
        }
        Map<String, Object> attributes = Files.readAttributes(directory, "unix:uid,mode,group");
        int uid = (Integer) Objects.requireNonNull(attributes.get("uid"));
        int mode = (Integer) Objects.requireNonNull(attributes.get("mode"));
        long own = new UnixSystem().getUid();
        if (uid != own && uid != 0) {
            throw new UnusableSocketException("the socket's directory " + directory + " belongs to uid " + uid
                    + ", who could put another socket in its place; this process runs as uid " + own
                    + ", so give the directory to that user or to root: chown " + own + " " + directory);
        }
        if ((mode & WRITE_BY_GROUP_OR_OTHERS) != 0) {
            throw new UnusableSocketException("the socket's directory " + directory + " may be changed by others (mode "
                    + octal(mode) + "), who could put another socket in its place; use a directory of its own, or run"
                    + " chmod go-w " + directory);
        }
        if (group != null
                && (mode & SEARCH_BY_OTHERS) == 0
                && !(group.equals(attributes.get("group")) && (mode & SEARCH_BY_GROUP) != 0)) {
            throw new UnusableSocketException("the group " + group.getName()
                    + ", which socket.group names, cannot reach the socket, because the directory " + directory
                    + " has the mode " + octal(mode) + " and the group " + attributes.get("group") + "; run chgrp "
                    + group.getName() + " " + directory + " && chmod 750 " + directory);
        }
    }

    private static String octal(int mode) {
        return Integer.toOctalString((mode & 07777) | 010000).substring(1);
    }

    /** Follows links: Java opens what it shall change without following, and a socket cannot be opened. */
    static PosixFileAttributeView posix(Path path) {
        return Objects.requireNonNull(Files.getFileAttributeView(path, PosixFileAttributeView.class));
    }
}
