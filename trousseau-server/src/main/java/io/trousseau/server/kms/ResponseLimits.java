package io.trousseau.server.kms;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What kube-apiserver accepts of an answer. It throws away what is outside of these limits; so that the reason is told
 * here and not found in the apiserver's log, every answer is checked before it leaves.
 */
final class ResponseLimits {
    /** The longest ciphertext and the longest key_id of v2, in bytes. */
    static final int MAX_V2_BYTES = 1024;

    /** The most that the keys and values of the annotations have together, in bytes. */
    static final int MAX_ANNOTATIONS_BYTES = 32 * 1024;

    /** The longest cipher of v1 that comes back in an inbound message of this server, in bytes. */
    static final int MAX_V1_CIPHER_BYTES = KmsServer.MAX_INBOUND_BYTES - 64;

    private static final int MAX_DOMAIN_CHARACTERS = 253;
    private static final String LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
    private static final Pattern QUALIFIED_DOMAIN = Pattern.compile(LABEL + "(\\." + LABEL + ")+");

    private ResponseLimits() {}

    /**
     * Checks a key_id.
     *
     * @throws StatusRuntimeException with {@link Status.Code#INTERNAL} and what is wrong
     */
    static void checkKeyId(String keyId) {
        check("key_id", keyId.getBytes(StandardCharsets.UTF_8).length, MAX_V2_BYTES);
    }

    /**
     * Checks the ciphertext of v2.
     *
     * @throws StatusRuntimeException with {@link Status.Code#INTERNAL} and what is wrong
     */
    static void checkCiphertext(ByteString ciphertext) {
        check("ciphertext", ciphertext.size(), MAX_V2_BYTES);
    }

    /**
     * Checks the cipher of v1.
     *
     * @throws StatusRuntimeException with {@link Status.Code#INTERNAL} and what is wrong
     */
    static void checkV1Cipher(ByteString cipher) {
        check("cipher", cipher.size(), MAX_V1_CIPHER_BYTES);
    }

    /**
     * Checks the annotations.
     *
     * @throws StatusRuntimeException with {@link Status.Code#INTERNAL} and what is wrong
     */
    static void checkAnnotations(Map<String, ByteString> annotations) {
        long total = 0;
        for (Map.Entry<String, ByteString> annotation : annotations.entrySet()) {
            String key = annotation.getKey();
            String domain = key.endsWith(".") ? key.substring(0, key.length() - 1) : key;
            if (domain.length() > MAX_DOMAIN_CHARACTERS
                    || !QUALIFIED_DOMAIN.matcher(domain).matches()) {
                throw Refusal.of(
                        Status.Code.INTERNAL,
                        "the annotation key " + OneLine.of(key, MAX_DOMAIN_CHARACTERS)
                                + " is no fully qualified domain name, so kube-apiserver would refuse it");
            }
            total += key.length() + (long) annotation.getValue().size();
        }
        if (total > MAX_ANNOTATIONS_BYTES) {
            throw Refusal.of(
                    Status.Code.INTERNAL,
                    "the annotations have " + total + " bytes and kube-apiserver takes " + MAX_ANNOTATIONS_BYTES
                            + "; configure fewer members, or ones whose wrapped keys are shorter");
        }
    }

    private static void check(String what, int bytes, int most) {
        if (bytes < 1 || bytes > most) {
            throw Refusal.of(
                    Status.Code.INTERNAL,
                    "the " + what + " has " + bytes + " bytes and kube-apiserver takes 1 to " + most);
        }
    }
}
