package io.trousseau.provider.local;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Format 1 of the key file, described for people in this module's README.
 *
 * <p>Lines end in LF, the last one too. The first is {@value #FIRST_LINE}. After it come, in this order, {@code id
 * IDENTITY} and one or more {@code key VERSION START BASE64} with ascending numbers; empty lines and lines that start
 * with {@code #} may stand anywhere after the first.
 *
 * <p>The key of a well-formed line is never put into a {@code String}, and no line is ever quoted in an error: the file
 * may be any secret that somebody named by mistake.
 */
final class KeyFileFormat {
    static final String FIRST_LINE = "trousseau local key file, format 1";

    private static final String FIRST_LINE_OF_ANY_FORMAT = "trousseau local key file, format ";
    private static final Pattern IDENTITY = Pattern.compile("kek-[0-9a-f]{24}");
    private static final Pattern START = Pattern.compile("([0-9]{8}T[0-9]{6}Z)-([0-9a-f]{8})");
    private static final String PREAMBLE = FIRST_LINE + """

            # SECRET. Whoever has this file can read all that it protects; without it nobody can.
            # Every node needs an equal copy. "trousseau rotate" adds a key: the last that has started wraps, all unwrap.
            # Remove a line only when nothing that is stored names its version any more.
            """;

    private KeyFileFormat() {}

    /** A key as it is written into a file; the caller wipes it. */
    static byte[] keyText(byte[] key) {
        return Base64.getEncoder().encode(key);
    }

    /** The bytes of a new file with one key, which wraps at once. */
    static byte[] print(String identity, KeyVersion version, byte[] keyText) {
        byte[] head = (PREAMBLE + "id " + identity + "\n").getBytes(StandardCharsets.US_ASCII);
        return append(head, identity, version, version.created(), keyText);
    }

    /**
     * {@code file} with one more key; everything that a person wrote into it stays.
     *
     * @param start when the key starts to wrap; cut to the second
     */
    static byte[] append(byte[] file, String identity, KeyVersion version, Instant start, byte[] keyText) {
        String second = Second.print(start);
        byte[] names = ("key " + version.name() + " " + second + "-" + startChecksum(identity, version, second) + " ")
                .getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(file.length + names.length + keyText.length + 1)
                .put(file)
                .put(names)
                .put(keyText)
                .put((byte) '\n')
                .array();
    }

    /**
     * Reads the bytes of a file.
     *
     * @param name of the file, for errors
     * @throws KeyFileException if they are not of the format; nothing of them stays in memory
     */
    static KeySet parse(String name, byte[] file) throws KeyFileException {
        List<KeySet.Entry> keys = new ArrayList<>();
        boolean complete = false;
        try {
            KeySet set = new KeySet(parseInto(keys, name, file), keys);
            complete = true;
            return set;
        } finally {
            if (!complete) {
                keys.forEach(entry -> entry.key().destroy());
            }
        }
    }

    private static String parseInto(List<KeySet.Entry> keys, String name, byte[] file) throws KeyFileException {
        String identity = null;
        int line = 0;
        for (int start = 0, end; start < file.length; start = end + 1) {
            line++;
            end = indexOf(file, '\n', start, file.length);
            if (end == file.length) {
                throw at(name, line, "the line has no end, so the file was cut short; restore it from another copy");
            }
            if (end > start && file[end - 1] == '\r') {
                throw at(name, line, "the line ends in CR LF; write the file with LF line ends");
            }
            if (line == 1) {
                checkFirstLine(name, text(file, start, end));
            } else if (end > start && file[start] != '#') {
                identity = parseEntry(keys, identity, name, line, file, start, end);
            }
        }
        if (identity == null || keys.isEmpty()) {
            throw new KeyFileException(name + " ends after line " + line
                    + " without a key; restore it from another copy" + " or make a new one with: trousseau keygen");
        }
        return identity;
    }

    private static void checkFirstLine(String name, String line) throws KeyFileException {
        if (line.equals(FIRST_LINE)) {
            return;
        }
        throw at(
                name,
                1,
                line.startsWith(FIRST_LINE_OF_ANY_FORMAT)
                        ? "the file is of a format that this version of Trousseau does not know; it knows format 1"
                        : "the file is no Trousseau key file, whose first line is \"" + FIRST_LINE + "\"");
    }

    /** Reads {@code id IDENTITY} or {@code key VERSION START BASE64}; answers the identity. */
    private static String parseEntry(
            List<KeySet.Entry> keys, @Nullable String identity, String name, int line, byte[] file, int start, int end)
            throws KeyFileException {
        int wordEnd = indexOf(file, ' ', start, end);
        int secondStart = Math.min(wordEnd + 1, end);
        int secondEnd = indexOf(file, ' ', secondStart, end);
        String word = text(file, start, wordEnd);
        if (word.equals("id") && identity == null) {
            String id = text(file, secondStart, end);
            if (!IDENTITY.matcher(id).matches()) {
                throw at(name, line, "after \"id\" comes \"kek-\" and 24 hexadecimal digits in lower case");
            }
            return id;
        }
        if (word.equals("key") && identity != null) {
            KeyVersion version = KeyVersion.parse(text(file, secondStart, secondEnd))
                    .orElseThrow(() -> at(
                            name,
                            line,
                            "after \"key\" comes a version such as 2-20261124T150000Z-1f2e3d4c, its start, and the"
                                    + " key"));
            if (!keys.isEmpty() && keys.get(keys.size() - 1).version().number() >= version.number()) {
                throw at(
                        name,
                        line,
                        "version " + version.name() + " follows "
                                + keys.get(keys.size() - 1).version().name()
                                + ", but numbers ascend");
            }
            int thirdStart = Math.min(secondEnd + 1, end);
            int thirdEnd = indexOf(file, ' ', thirdStart, end);
            Instant startsAt = parseStart(identity, version, text(file, thirdStart, thirdEnd))
                    .orElseThrow(() -> at(
                            name,
                            line,
                            "the start of version " + version.name() + ", such as 20261124T151000Z-1f2e3d4c, is missing"
                                    + " or does not match its checksum, so the line is damaged; restore the file from"
                                    + " another copy"));
            keys.add(new KeySet.Entry(
                    version,
                    startsAt,
                    parseKey(identity, version, name, line, file, Math.min(thirdEnd + 1, end), end)));
            return identity;
        }
        throw at(
                name,
                line,
                identity == null
                        ? "expected \"id\" and the file's identity, a comment that starts with #, or an empty line"
                        : "expected \"key\", a version, its start and the key, a comment that starts with #, or an empty"
                                + " line");
    }

    private static Optional<Instant> parseStart(String identity, KeyVersion version, String text) {
        Matcher matcher = START.matcher(text);
        return matcher.matches() && matcher.group(2).equals(startChecksum(identity, version, matcher.group(1)))
                ? Second.parse(matcher.group(1))
                : Optional.empty();
    }

    /** Ties a start to its version: the version's own name does not cover it. */
    private static String startChecksum(String identity, KeyVersion version, String second) {
        return Checksum.of("trousseau local key start\n" + identity + "\n" + version.name() + "\n" + second + "\n");
    }

    private static AesKey parseKey(
            String identity, KeyVersion version, String name, int line, byte[] file, int start, int end)
            throws KeyFileException {
        byte[] keyText = Arrays.copyOfRange(file, start, end);
        try {
            if (version.matches(identity, keyText)) {
                return new AesKey(Base64.getDecoder().decode(keyText));
            }
        } catch (IllegalArgumentException e) {
            // A person computed the checksum of what is no key. The message quotes a character: it is not passed on.
        } finally {
            Arrays.fill(keyText, (byte) 0);
        }
        throw at(
                name,
                line,
                "the key of version " + version.name()
                        + " does not match its checksum, so the line is damaged; restore the file from another copy");
    }

    private static int indexOf(byte[] bytes, char wanted, int start, int end) {
        int i = start;
        while (i < end && bytes[i] != wanted) {
            i++;
        }
        return i;
    }

    private static String text(byte[] bytes, int start, int end) {
        return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
    }

    private static KeyFileException at(String name, int line, String problem) {
        return new KeyFileException(name + " line " + line + ": " + problem);
    }
}
