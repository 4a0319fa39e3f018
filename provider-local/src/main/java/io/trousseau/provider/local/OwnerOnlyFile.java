package io.trousseau.provider.local;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A small secret file that only its owner may read and only its owner or root can have written, and that is replaced as a
 * whole: a reader sees the old bytes or the new ones, after a crash too.
 *
 * <p>Safe for use by several threads and processes. Writers take turns through a lock file {@code .NAME.lock} beside the
 * file, which stays there; the new bytes are first in {@code .NAME.new}.
 */
final class OwnerOnlyFile {
    static final int MAX_BYTES = 64 * 1024;

    /** Makes the new bytes of the old ones. */
    @FunctionalInterface
    interface Change {
        /**
         * The bytes to write.
         *
         * @param old the bytes of the file, which are wiped afterwards
         * @return a fresh array, which is wiped afterwards
         */
        byte[] apply(byte[] old) throws KeyFileException;
    }

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final int LOCK_WAIT_SECONDS = 10;
    private static final int LOCK_POLL_MILLIS = 20;

    /**
     * Writers of one process take turns here, since to POSIX they are one holder of the file lock, and the first of them
     * to close the lock file would drop it for all.
     */
    private static final ReentrantLock IN_PROCESS = new ReentrantLock();

    private final Path path;

    OwnerOnlyFile(Path path) {
        this.path = path.toAbsolutePath();
    }

    Path path() {
        return path;
    }

    /**
     * Reads the file.
     *
     * @return a fresh array, which the caller wipes
     * @throws KeyFileException if it is missing, unreadable, too large, or open to others than its owner
     */
    byte[] read() throws KeyFileException {
        try {
            return read(checked());
        } catch (IOException e) {
            throw failure("read", e);
        }
    }

    /**
     * Makes the file with mode 0600.
     *
     * @param content wiped afterwards
     * @throws KeyFileException if it exists, its folder is missing or open to others, or it cannot be written; then
     *     nothing is there that was not there before
     */
    void create(byte[] content) throws KeyFileException {
        try {
            checkFolder(path);
            locked(path, () -> {
                if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                    throw new KeyFileException(path + " exists and is not overwritten: what is protected by a key that"
                            + " is lost can never be read again. Name another file, or add a version to this one with:"
                            + " trousseau rotate " + path);
                }
                replace(path, content, OWNER_ONLY);
            });
        } catch (IOException e) {
            throw failure("write", e);
        } finally {
            Arrays.fill(content, (byte) 0);
        }
    }

    /**
     * Replaces the bytes of the file; its mode stays. A symbolic link stays too, and what it points to is replaced.
     *
     * @throws KeyFileException as {@link #read}, as {@code change}, or if the file cannot be written; then it is as before
     */
    void change(Change change) throws KeyFileException {
        try {
            Path real = checked();
            locked(real, () -> {
                byte[] old = {};
                byte[] content = {};
                try {
                    old = read(real);
                    content = change.apply(old);
                    if (content.length > MAX_BYTES) {
                        throw new KeyFileException(path + " would have more than " + MAX_BYTES
                                + " bytes; first remove versions that nothing stored names any more");
                    }
                    replace(real, content, Files.getPosixFilePermissions(real));
                } finally {
                    Arrays.fill(old, (byte) 0);
                    Arrays.fill(content, (byte) 0);
                }
            });
        } catch (IOException e) {
            throw failure("write", e);
        }
    }

    /** The file behind any symbolic links, once it is known to be nobody else's. */
    private Path checked() throws IOException {
        Path real;
        try {
            real = path.toRealPath();
        } catch (NoSuchFileException e) {
            throw new KeyFileException(path + " does not exist; make it with: trousseau keygen " + path, e);
        }
        checkFolder(path);
        checkFolder(real);
        Map<String, Object> attributes = attributes(real);
        if (!Boolean.TRUE.equals(attributes.get("isRegularFile"))) {
            throw new KeyFileException(path + " is not a regular file; name the file that trousseau keygen made");
        }
        throwIfPresent(FileAccess.of(attributes).problemOfFile(real, FileAccess.processUid()));
        return real;
    }

    private static void checkFolder(Path file) throws IOException {
        Path folder = file.getParent();
        if (folder == null) {
            throw new KeyFileException(file + " is not a file");
        }
        Map<String, Object> attributes;
        try {
            attributes = attributes(folder);
        } catch (NoSuchFileException e) {
            throw new KeyFileException(
                    file + " cannot be made, since its folder does not exist; make that with: mkdir -m 700 " + folder,
                    e);
        }
        throwIfPresent(FileAccess.of(attributes).problemOfFolder(file, folder, FileAccess.processUid()));
    }

    private static void throwIfPresent(Optional<String> problem) throws KeyFileException {
        if (problem.isPresent()) {
            throw new KeyFileException(problem.get());
        }
    }

    private static Map<String, Object> attributes(Path path) throws IOException {
        if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            throw new KeyFileException(
                    path + " is on a system without POSIX owners and modes, so nothing keeps others from reading it;"
                            + " use the local provider on Linux or macOS");
        }
        return Files.readAttributes(path, "unix:uid,mode,isRegularFile");
    }

    private byte[] read(Path real) throws IOException {
        byte[] buffer = new byte[MAX_BYTES + 1];
        try (InputStream in = Files.newInputStream(real)) {
            int length = in.readNBytes(buffer, 0, buffer.length);
            if (length > MAX_BYTES) {
                throw new KeyFileException(path + " has more than " + MAX_BYTES + " bytes, so it is no key file");
            }
            return Arrays.copyOf(buffer, length);
        } finally {
            Arrays.fill(buffer, (byte) 0);
        }
    }

    /** Puts {@code content} where {@code target} is, or is to be. Runs under the lock. */
    private static void replace(Path target, byte[] content, Set<PosixFilePermission> mode) throws IOException {
        Path fresh = beside(target, "new");
        // What a killed process left behind.
        Files.deleteIfExists(fresh);
        try {
            try (FileChannel out = FileChannel.open(
                    fresh,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(mode))) {
                ByteBuffer bytes = ByteBuffer.wrap(content);
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                out.force(true);
            }
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
        // The rename itself is on disk only when the folder is.
        try (FileChannel folder = FileChannel.open(fresh.resolveSibling("."), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    private interface Action {
        void run() throws IOException;
    }

    private static void locked(Path file, Action action) throws IOException {
        Path lockFile = beside(file, "lock");
        FileAttribute<?> mode = PosixFilePermissions.asFileAttribute(OWNER_ONLY);
        long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(LOCK_WAIT_SECONDS);
        try {
            if (!IN_PROCESS.tryLock(LOCK_WAIT_SECONDS, TimeUnit.SECONDS)) {
                throw busy(file, lockFile);
            }
            try (FileChannel channel = FileChannel.open(
                    lockFile,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                    mode)) {
                FileLock lock = channel.tryLock();
                while (lock == null) {
                    if (System.nanoTime() - giveUp > 0) {
                        throw busy(file, lockFile);
                    }
                    TimeUnit.MILLISECONDS.sleep(LOCK_POLL_MILLIS);
                    lock = channel.tryLock();
                }
                action.run();
            } finally {
                IN_PROCESS.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KeyFileException("interrupted while another process changes " + file);
        }
    }

    private static KeyFileException busy(Path file, Path lockFile) {
        return new KeyFileException("another process has been changing " + file + " for " + LOCK_WAIT_SECONDS
                + " seconds; see who holds " + lockFile + " and try again");
    }

    private static Path beside(Path file, String suffix) {
        return file.resolveSibling("." + file.getFileName() + "." + suffix);
    }

    private KeyFileException failure(String verb, IOException e) {
        if (e instanceof KeyFileException known) {
            return known;
        }
        String problem = e instanceof AccessDeniedException denied
                ? "this process's user may not " + verb + " " + denied.getFile()
                : e.toString();
        return new KeyFileException("cannot " + verb + " " + path + ": " + problem, e);
    }
}
