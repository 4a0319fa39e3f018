package io.trousseau.provider.local;

import io.trousseau.api.KekVersion;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * A key file of the local provider, by its path: made, extended and listed here, as the commands {@code keygen} and
 * {@code rotate} do. Nothing secret leaves this class.
 *
 * <p>A file holds the versions of one KEK: the newest wraps, all of them unwrap. Its identity is random and stands in it,
 * so that every copy, wherever it lies, is the same KEK, and another file never is. A version is retired by removing its
 * line with an editor; that cannot be undone.
 *
 * <h2>Concurrency and crashes</h2>
 * Safe for use by several threads and processes: changes take turns, and a reader sees a whole file, the old one or the
 * new one. What a method that returned has written is on disk. After an exception the file is what it was.
 */
public final class KeyFile {
    private static final int IDENTITY_BYTES = 12;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final OwnerOnlyFile file;

    private KeyFile(OwnerOnlyFile file) {
        this.file = file;
    }

    /**
     * The key file at {@code path}, which need not exist. Reads nothing.
     *
     * @param path a relative one is relative to the process's working directory
     */
    public static KeyFile at(Path path) {
        return new KeyFile(new OwnerOnlyFile(path));
    }

    /** The absolute path. */
    public Path path() {
        return file.path();
    }

    /**
     * Makes the file, with one random key and mode 0600.
     *
     * @param clock the time of day, which becomes part of the version's name
     * @return the new KEK's identity and version
     * @throws KeyFileException if the file exists, or its folder is missing, not writable or open to others
     */
    public KekVersion create(InstantSource clock) throws KeyFileException {
        byte[] id = new byte[IDENTITY_BYTES];
        RANDOM.nextBytes(id);
        String identity = "kek-" + HexFormat.of().formatHex(id);
        byte[] keyText = newKeyText();
        try {
            KeyVersion version = KeyVersion.of(identity, 1, clock.instant(), keyText);
            file.create(KeyFileFormat.print(identity, version, keyText));
            return new KekVersion(identity, version.name());
        } finally {
            Arrays.fill(keyText, (byte) 0);
        }
    }

    /**
     * Adds a random key, which wraps from now on.
     *
     * <p>Processes that use the file see the new version by themselves. Copies of the file on other nodes are not
     * changed: copy the file to them, never rotate each of them.
     *
     * @param clock the time of day, which becomes part of the version's name
     * @return the KEK's identity and the new version
     * @throws KeyFileException if the file is missing, damaged, open to others or not writable
     */
    public KekVersion addVersion(InstantSource clock) throws KeyFileException {
        byte[] keyText = newKeyText();
        KekVersion[] added = new KekVersion[1];
        try {
            file.change(old -> {
                KeySet keys = KeyFileFormat.parse(path().toString(), old);
                keys.destroy();
                int number = keys.newest().version().number() + 1;
                KeyVersion version = KeyVersion.of(keys.identity(), number, clock.instant(), keyText);
                added[0] = new KekVersion(keys.identity(), version.name());
                return KeyFileFormat.append(old, version, keyText);
            });
            return added[0];
        } finally {
            Arrays.fill(keyText, (byte) 0);
        }
    }

    /**
     * The versions in the file, oldest first, one or more. Reads and checks the whole file.
     *
     * @return an unmodifiable list; all elements have the same identity
     * @throws KeyFileException if the file is missing, damaged or open to others
     */
    public List<KekVersion> versions() throws KeyFileException {
        KeySet keys = load();
        keys.destroy();
        return keys.keys().stream().map(keys::nameOf).toList();
    }

    /** The keys in the file; the caller destroys them. */
    KeySet load() throws KeyFileException {
        byte[] content = file.read();
        try {
            return KeyFileFormat.parse(path().toString(), content);
        } finally {
            Arrays.fill(content, (byte) 0);
        }
    }

    private static byte[] newKeyText() {
        byte[] key = new byte[AesKey.BYTES];
        RANDOM.nextBytes(key);
        try {
            return KeyFileFormat.keyText(key);
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }

    /** The path. */
    @Override
    public String toString() {
        return path().toString();
    }
}
