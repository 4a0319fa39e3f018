package io.trousseau.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256, as the parts print it. */
final class Hash {
    private Hash() {}

    /** The name under which kube-apiserver's metrics know a key_id. */
    static String ofKeyId(String keyId) {
        return "sha256:" + hex(keyId.getBytes(UTF_8));
    }

    static String hex(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
