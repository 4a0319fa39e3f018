package io.trousseau.provider.vault.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * What tells that a file is still the one that was read: cheap enough to be asked before every request. Taken
 * <em>before</em> the file is read, so that a change in between is noticed the next time.
 *
 * @param file which
 * @param key of the file itself, which changes when another is renamed over it or a symbolic link is set anew; {@code
 *     null} if the file cannot be seen
 * @param modified when its content changed; {@code null} if the file cannot be seen
 * @param size in bytes; -1 if the file cannot be seen
 */
public record FileStamp(
        Path file, @Nullable Object key, @Nullable FileTime modified, long size) {
    /** The stamp of this moment; never fails. */
    public static FileStamp of(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new FileStamp(file, attributes.fileKey(), attributes.lastModifiedTime(), attributes.size());
        } catch (IOException e) {
            return new FileStamp(file, null, null, -1);
        }
    }
}
