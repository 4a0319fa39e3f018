package io.trousseau.provider.local;

import com.sun.security.auth.module.UnixSystem;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Who may read and change a file or folder, and whether that is nobody but us.
 *
 * @param uid of the owner
 * @param mode the permission bits, with the type bits of POSIX above them or without
 */
record FileAccess(long uid, int mode) {
    private static final int NOT_OWNER_READ_WRITE = 07177;
    private static final int WRITE_BY_OTHERS = 0022;
    private static final int STICKY = 01000;
    private static final int PERMISSIONS = 07777;

    /** Of {@code uid} and {@code mode} of Java's attribute view {@code unix}. */
    static FileAccess of(Map<String, Object> attributes) {
        return new FileAccess((Integer) Objects.requireNonNull(attributes.get("uid")), (Integer)
                Objects.requireNonNull(attributes.get("mode")));
    }

    static long processUid() {
        return new UnixSystem().getUid();
    }

    /** What is wrong with a key file that is like this, and the way out. */
    Optional<String> problemOfFile(Path file, long processUid) {
        if (isForeign(processUid)) {
            return Optional.of(file + " belongs to uid " + uid + ", and this process runs as uid " + processUid
                    + "; run it as the file's owner, or give the file to uid " + processUid + " or root");
        }
        if ((mode & NOT_OWNER_READ_WRITE) != 0) {
            return Optional.of(file + " has mode " + octal()
                    + ", but a key file has 0600 or 0400, for its owner alone: chmod 600 " + file);
        }
        return Optional.empty();
    }

    /** What is wrong with {@code folder} of the key file {@code file} if it is like this, and the way out. */
    Optional<String> problemOfFolder(Path file, Path folder, long processUid) {
        if (isForeign(processUid)) {
            return Optional.of(
                    file + " is in a folder of uid " + uid + ", who could replace it; this process runs as uid "
                            + processUid + "; run it as the folder's owner, or use a folder of uid " + processUid
                            + " or root");
        }
        // In a sticky folder, such as /tmp, nobody can replace what belongs to another.
        if ((mode & WRITE_BY_OTHERS) != 0 && (mode & STICKY) == 0) {
            return Optional.of(file + " is in a folder of mode " + octal()
                    + ", where others could replace it: chmod go-w " + folder);
        }
        return Optional.empty();
    }

    private boolean isForeign(long processUid) {
        return uid != processUid && uid != 0;
    }

    private String octal() {
        return String.format(Locale.ROOT, "%04o", mode & PERMISSIONS);
    }
}
