package io.trousseau.server.etcd;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.trousseau.core.settings.Quoted;
import io.trousseau.server.etcd.v2.EncryptedObject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The value of one object in etcd, protected by a KMS v2 plugin: {@code k8s:enc:kms:v2:}, the plugin's name in
 * EncryptionConfiguration, a colon, and a protobuf message.
 *
 * @param plugin the plugin's name
 * @param object the message
 */
public record StoredObject(String plugin, EncryptedObject object) {
    /** What every value of this kind starts with. */
    public static final String PREFIX = "k8s:enc:kms:v2:";

    private static final byte[] PREFIX_BYTES = PREFIX.getBytes(StandardCharsets.US_ASCII);
    private static final int LONGEST_NAME = 1024;

    /** A value that is of another kind, or damaged. The message, for people, says which. */
    public static final class NotKmsV2Exception extends Exception {
        private static final long serialVersionUID = 1L;

        NotKmsV2Exception(String message) {
            super(message);
        }
    }

    /**
     * Reads a value.
     *
     * @param value may come from hostile storage; not kept
     * @throws NotKmsV2Exception if it is anything else
     */
    public static StoredObject parse(byte[] value) throws NotKmsV2Exception {
        if (!startsWith(value, PREFIX_BYTES)) {
            throw new NotKmsV2Exception("the value is " + kindOf(value));
        }
        int colon = PREFIX_BYTES.length;
        while (colon < value.length && value[colon] != ':') {
            colon++;
        }
        if (colon == value.length || colon == PREFIX_BYTES.length || colon - PREFIX_BYTES.length > LONGEST_NAME) {
            throw new NotKmsV2Exception("the value begins with " + PREFIX + " and has no plugin's name after that");
        }
        String plugin = new String(value, PREFIX_BYTES.length, colon - PREFIX_BYTES.length, StandardCharsets.UTF_8);
        try {
            return new StoredObject(
                    plugin, EncryptedObject.parseFrom(ByteString.copyFrom(value, colon + 1, value.length - colon - 1)));
        } catch (InvalidProtocolBufferException e) {
            throw new NotKmsV2Exception("the value begins with " + PREFIX + " and the plugin's name "
                    + Quoted.of(plugin) + ", and is damaged after that");
        }
    }

    /** The value, a fresh array. */
    public byte[] toBytes() {
        byte[] head = (PREFIX + plugin + ":").getBytes(StandardCharsets.UTF_8);
        byte[] message = object.toByteArray();
        byte[] value = Arrays.copyOf(head, head.length + message.length);
        System.arraycopy(message, 0, value, head.length, message.length);
        return value;
    }

    private static boolean startsWith(byte[] value, byte[] prefix) {
        return value.length >= prefix.length && Arrays.equals(value, 0, prefix.length, prefix, 0, prefix.length);
    }

    private static boolean startsWith(byte[] value, String prefix) {
        return startsWith(value, prefix.getBytes(StandardCharsets.US_ASCII));
    }

    private static String kindOf(byte[] value) {
        if (value.length == 0) {
            return "empty";
        }
        if (startsWith(value, "k8s\0")) {
            return "an object that is not encrypted";
        }
        if (startsWith(value, "k8s:enc:kms:v1:")) {
            return "encrypted with a KMS v1 plugin";
        }
        for (String local : new String[] {"aescbc", "aesgcm", "secretbox"}) {
            if (startsWith(value, "k8s:enc:" + local + ":")) {
                return "encrypted with " + local + " and a key in EncryptionConfiguration, without any plugin";
            }
        }
        return "nothing that kube-apiserver stores with a KMS plugin";
    }
}
