package io.trousseau.provider.local;

import io.trousseau.api.KekVersion;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * A key file of the local provider, by its path: made, extended and listed here, as the commands {@code keygen} and
 * {@code rotate} do. Nothing secret leaves this class.
 *
 * <p>A file holds the versions of one KEK. All of them unwrap; the newest that has started wraps. A version starts when
 * it is made or at an instant that stands in the file, so that every node can have it before any of them wraps under it;
 * the oldest in the file needs no start. The KEK's identity is random and stands in the file, so that every copy, wherever
 * it lies, is the same KEK, and another file never is. A version is retired by removing its line with an editor; that
 * cannot be undone.
 *
 * <h2>Concurrency and crashes</h2>
 * Safe for use by several threads and processes: changes take turns, and a reader sees a whole file, the old one or the
 * new one. What a method that returned has written is on disk. After an exception the file is what it was.
 */
public final class KeyFile {
    /** The longest time from the making of a version to its start: 365 days. */
    public static final Duration MAX_ACTIVATE_IN = Duration.ofDays(365);

    private static final int IDENTITY_BYTES = 12;
    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * One version in a key file, as it was at one moment.
     *
     * @param name the KEK's identity and the version
     * @param pendingUntil when the version starts to wrap, in whole seconds, if it is newer than the one that wraps;
     *     until then it only unwraps. Empty if it wraps now, or never will again because a newer one does.
     */
    public record Version(KekVersion name, Optional<Instant> pendingUntil) {}

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
     * Adds a random key, which unwraps from now on and wraps from now on or later.
     *
     * <p>Processes that use the file see the new version, and its start, by themselves. Copies of the file on other nodes
     * are not changed: copy the file to them, never rotate each of them. What is wrapped under the new version can only be
     * read by nodes that have it, so with several nodes {@code activateIn} is the time in which the file gets to all.
     *
     * @param clock the time of day, which becomes part of the version's name
     * @param activateIn how long after now the version starts to wrap, zero to {@link #MAX_ACTIVATE_IN}; zero is at once.
     *     The start is cut to the second.
     * @return the new version, and its start unless that is now
     * @throws IllegalArgumentException if {@code activateIn} is out of its range; the file is not touched
     * @throws KeyFileException if the file is missing, damaged, open to others or not writable
     */
    public Version addVersion(InstantSource clock, Duration activateIn) throws KeyFileException {
        if (activateIn.isNegative() || activateIn.compareTo(MAX_ACTIVATE_IN) > 0) {
            throw new IllegalArgumentException(
                    "activateIn is " + activateIn + ", must be zero to " + MAX_ACTIVATE_IN.toDays() + " days");
        }
        byte[] keyText = newKeyText();
        Version[] added = new Version[1];
        try {
            file.change(old -> {
                KeySet keys = KeyFileFormat.parse(path().toString(), old);
                keys.destroy();
                int number = keys.newest().version().number() + 1;
                Instant now = clock.instant();
                KeyVersion version = KeyVersion.of(keys.identity(), number, now, keyText);
                Instant start = now.plus(activateIn).truncatedTo(ChronoUnit.SECONDS);
                added[0] = new Version(
                        new KekVersion(keys.identity(), version.name()),
                        Optional.of(start).filter(later -> later.isAfter(version.created())));
                return KeyFileFormat.append(old, keys.identity(), version, start, keyText);
            });
            return added[0];
        } finally {
            Arrays.fill(keyText, (byte) 0);
        }
    }

    /**
     * The versions in the file, oldest first, one or more. Reads and checks the whole file.
     *
     * <p>The last element that is not pending is the one that wraps. A running process that has seen a later time than
     * {@code clock} tells may be ahead of this answer: it never goes back.
     *
     * @param clock the time of day
     * @return an unmodifiable list; all elements have the same identity
     * @throws KeyFileException if the file is missing, damaged or open to others
     */
    public List<Version> versions(InstantSource clock) throws KeyFileException {
        KeySet keys = load();
        keys.destroy();
        int wrapping = keys.wrapping(clock.instant()).version().number();
        return keys.keys().stream()
                .map(entry -> new Version(
                        keys.nameOf(entry),
                        entry.version().number() > wrapping ? Optional.of(entry.start()) : Optional.empty()))
                .toList();
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
