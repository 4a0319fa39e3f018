package io.trousseau.provider.vault.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;

/** Finds files with secrets that everybody on the machine can read. */
public final class OpenFile {
    private OpenFile() {}

    /**
     * What is unsafe about {@code file} now, if anything.
     *
     * @param setting that names it
     * @return one line that names the setting, the file and the way out; empty also if there is no such file
     */
    public static Optional<String> warning(String setting, Path file) {
        try {
            return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)
                    ? Optional.of(
                            setting + ": " + file + " can be read by everybody on this machine: chmod o-rwx " + file)
                    : Optional.empty();
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.empty();
        }
    }
}
