package io.trousseau.e2e;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * A Secret as it stands in etcd: {@code k8s:enc:kms:v2:<plugin>:} and the protobuf message {@code EncryptedObject}.
 *
 * @param name the Secret's namespace and name, {@code default/password}
 * @param plugin the name that EncryptionConfiguration gives the plugin
 * @param keyId the key_id that the plugin answered
 * @param sealedSeed the plugin's ciphertext
 * @param annotations what the plugin asked to be kept beside it
 * @param length the whole value's length in bytes
 */
record StoredSecret(
        String name, String plugin, String keyId, byte[] sealedSeed, Map<String, byte[]> annotations, int length) {
    private static final String PREFIX = "k8s:enc:kms:v2:";

    /** The name of the annotation that holds the header. */
    private static final String HEADER = "h.trousseau.io";

    /** A text that is equal for equal local KEKs: the header, which has the commitment. */
    String localKek() {
        byte[] header = annotations.get(HEADER);
        if (header == null) {
            throw new AssertionError(name + " has no annotation " + HEADER + " but " + annotations.keySet());
        }
        return Hash.hex(header);
    }

    /** How many members' copies of the local KEK are kept beside it. */
    long copies() {
        return annotations.keySet().stream().filter(key -> !key.equals(HEADER)).count();
    }

    /** A text that is equal for equal seeds of kube-apiserver. */
    String seed() {
        return Hash.hex(sealedSeed);
    }

    static boolean isEncrypted(byte[] value) {
        return startsWith(value, PREFIX);
    }

    static StoredSecret parse(String name, byte[] value) {
        if (!isEncrypted(value)) {
            throw new AssertionError(name + " is not stored as " + PREFIX + "… but begins with: "
                    + new String(value, 0, Math.min(value.length, PREFIX.length()), StandardCharsets.ISO_8859_1));
        }
        int start = PREFIX.length();
        int colon = start;
        while (value[colon] != ':') {
            colon++;
        }
        String plugin = new String(value, start, colon - start, StandardCharsets.UTF_8);
        String keyId = "";
        byte[] sealedSeed = {};
        Map<String, byte[]> annotations = new TreeMap<>();
        ByteBuffer message = ByteBuffer.wrap(value, colon + 1, value.length - colon - 1);
        while (message.hasRemaining()) {
            int tag = varint(message);
            switch (tag) {
                case 2 << 3 | 2 -> keyId = text(bytes(message));
                case 3 << 3 | 2 -> sealedSeed = bytes(message);
                case 4 << 3 | 2 -> annotation(ByteBuffer.wrap(bytes(message)), annotations);
                default -> skip(tag, message);
            }
        }
        return new StoredSecret(name, plugin, keyId, sealedSeed, annotations, value.length);
    }

    private static void annotation(ByteBuffer entry, Map<String, byte[]> annotations) {
        String key = "";
        byte[] content = {};
        while (entry.hasRemaining()) {
            int tag = varint(entry);
            switch (tag) {
                case 1 << 3 | 2 -> key = text(bytes(entry));
                case 2 << 3 | 2 -> content = bytes(entry);
                default -> skip(tag, entry);
            }
        }
        annotations.put(key, content);
    }

    private static void skip(int tag, ByteBuffer message) {
        switch (tag & 7) {
            case 0 -> varint(message);
            case 2 -> bytes(message);
            default -> throw new AssertionError("unexpected protobuf tag " + tag);
        }
    }

    private static byte[] bytes(ByteBuffer message) {
        byte[] bytes = new byte[varint(message)];
        message.get(bytes);
        return bytes;
    }

    private static int varint(ByteBuffer message) {
        int value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            byte next = message.get();
            value |= (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new AssertionError("a protobuf number of more than 32 bits");
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static boolean startsWith(byte[] value, String prefix) {
        byte[] expected = prefix.getBytes(StandardCharsets.US_ASCII);
        return value.length >= expected.length
                && Arrays.equals(value, 0, expected.length, expected, 0, expected.length);
    }
}
