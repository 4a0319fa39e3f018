package io.trousseau.provider.vault.auth;

import io.trousseau.api.ConfigException.Problem;
import io.trousseau.provider.vault.http.FileStamp;
import io.trousseau.provider.vault.http.OpenFile;
import io.trousseau.provider.vault.http.VaultException;
import io.trousseau.provider.vault.http.VaultException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * A file that holds one secret on one line. Read anew each time, so that it can be replaced.
 *
 * @param setting that names it
 * @param path of it
 * @param what it holds, for people: {@code token}, {@code JWT}, {@code password}
 */
record SecretFile(String setting, Path path, String what) {
    private static final int MAX_BYTES = 64 << 10;

    FileStamp stamp() {
        return FileStamp.of(path);
    }

    /**
     * The secret, without the line end after it.
     *
     * @return a fresh array of one or more bytes, which the caller wipes
     * @throws VaultException of kind {@link Kind#UNAUTHENTICATED} if there is none
     */
    byte[] read() {
        byte[] content = {};
        try {
            checkNobodyElseWrites();
            content = readBounded();
            int length = content.length;
            while (length > 0 && (content[length - 1] == '\n' || content[length - 1] == '\r')) {
                length--;
            }
            checkOneLine(content, length);
            return Arrays.copyOf(content, length);
        } catch (NoSuchFileException e) {
            throw unusable("does not exist; put the " + what + " there");
        } catch (AccessDeniedException e) {
            throw unusable("may not be read by this process's user; chown or chmod it");
        } catch (IOException e) {
            throw unusable(
                    "cannot be read (" + e.getClass().getSimpleName() + "); it must be a plain file with the " + what);
        } finally {
            Arrays.fill(content, (byte) 0);
        }
    }

    /** What is wrong with the file now, if anything. */
    Optional<Problem> problem() {
        try {
            Arrays.fill(read(), (byte) 0);
            return Optional.empty();
        } catch (VaultException e) {
            String message = String.valueOf(e.getMessage());
            return Optional.of(new Problem(setting, message.substring(setting.length() + 2)));
        }
    }

    /** What is unsafe about the file now, if anything: one line with the way out. */
    Optional<String> warning() {
        return OpenFile.warning(setting, path);
    }

    /** As {@link #read} fails: names the setting and the file. */
    VaultException unusable(String problem) {
        return VaultException.of(Kind.UNAUTHENTICATED, null, setting + ": " + path + " " + problem)
                .build();
    }

    private void checkNobodyElseWrites() throws IOException {
        Set<PosixFilePermission> permissions;
        try {
            permissions = Files.getPosixFilePermissions(path);
        } catch (UnsupportedOperationException e) {
            return;
        }
        if (permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            throw unusable("can be written by everybody on this machine: chmod o-w " + path);
        }
    }

    private byte[] readBounded() throws IOException {
        byte[] buffer = new byte[MAX_BYTES + 1];
        try (InputStream in = Files.newInputStream(path)) {
            int length = in.readNBytes(buffer, 0, buffer.length);
            if (length > MAX_BYTES) {
                throw unusable("has more than " + MAX_BYTES + " bytes, so it is no " + what);
            }
            return Arrays.copyOf(buffer, length);
        } finally {
            Arrays.fill(buffer, (byte) 0);
        }
    }

    private void checkOneLine(byte[] content, int length) {
        if (length == 0) {
            throw unusable("is empty; put the " + what + " there");
        }
        for (int i = 0; i < length; i++) {
            if (content[i] >= 0 && content[i] < ' ') {
                throw unusable("has more than one line or a control character; it must hold the " + what + " alone");
            }
        }
    }

    /** The setting and the path. */
    @Override
    public String toString() {
        return setting + " " + path;
    }
}
