package io.trousseau.api;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a wrapped key is bound to: a small sorted string map, public and not secret.
 *
 * <p>A KMS that takes a map (AWS encryption context) is given {@link #entries()}; one that takes bytes (Google Cloud
 * additional authenticated data, Vault {@code associated_data}) is given {@link #toBytes()}. Immutable.
 */
public final class WrapContext {
    private static final int MAX_ENTRIES = 16;
    private static final int MAX_TEXT_BYTES = 255;
    private static final WrapContext EMPTY = new WrapContext(new TreeMap<>());

    private final SortedMap<String, String> entries;

    private WrapContext(SortedMap<String, String> entries) {
        this.entries = Collections.unmodifiableSortedMap(entries);
    }

    /** The context without entries. */
    public static WrapContext empty() {
        return EMPTY;
    }

    /**
     * A context of the given entries.
     *
     * @param entries copied; at most 16 entries, keys of 1 to 255 and values of 0 to 255 ASCII characters from space to
     *     tilde
     * @throws IllegalArgumentException if there are too many entries or one is not of that form
     */
    public static WrapContext of(Map<String, String> entries) {
        if (entries.size() > MAX_ENTRIES) {
            throw new IllegalArgumentException(
                    "a wrap context has at most " + MAX_ENTRIES + " entries, not " + entries.size());
        }
        SortedMap<String, String> sorted = new TreeMap<>(entries);
        sorted.forEach((key, value) -> {
            check("key", key);
            check("value", value);
            if (key.isEmpty()) {
                throw new IllegalArgumentException("a wrap context key is empty");
            }
        });
        return new WrapContext(sorted);
    }

    private static void check(String part, String text) {
        if (text.length() > MAX_TEXT_BYTES || !text.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            throw new IllegalArgumentException("a wrap context " + part + " has at most " + MAX_TEXT_BYTES
                    + " characters, all of them printable ASCII");
        }
    }

    /** The entries, sorted by key. Unmodifiable. */
    public SortedMap<String, String> entries() {
        return entries;
    }

    /**
     * The one canonical encoding: per entry in key order, key and value, each as one length byte and its ASCII
     * characters. Different contexts have different encodings; the empty one has the empty encoding.
     *
     * @return a fresh array
     */
    public byte[] toBytes() {
        int size = 0;
        for (Map.Entry<String, String> entry : entries.entrySet()) {
            size += 2 + entry.getKey().length() + entry.getValue().length();
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        entries.forEach((key, value) -> {
            out.put((byte) key.length()).put(key.getBytes(StandardCharsets.US_ASCII));
            out.put((byte) value.length()).put(value.getBytes(StandardCharsets.US_ASCII));
        });
        return out.array();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WrapContext context && entries.equals(context.entries);
    }

    @Override
    public int hashCode() {
        return entries.hashCode();
    }

    /** The entries; a context is not secret. */
    @Override
    public String toString() {
        return "WrapContext" + entries;
    }
}
