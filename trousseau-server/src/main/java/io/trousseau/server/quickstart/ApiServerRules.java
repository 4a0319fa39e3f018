package io.trousseau.server.quickstart;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.trousseau.server.kms.v2.EncryptResponse;
import io.trousseau.server.kms.v2.StatusResponse;
import java.util.Set;
import java.util.regex.Pattern;

/** What kube-apiserver demands of a plugin's answers; it throws away one that breaks a rule. */
final class ApiServerRules {
    private static final Set<String> VERSIONS = Set.of("v2", "v2beta1");
    private static final int MAX_KEY_ID_BYTES = 1024;
    private static final int MAX_CIPHERTEXT_BYTES = 1024;
    private static final int MAX_ANNOTATIONS_BYTES = 32 * 1024;
    private static final int MAX_DOMAIN_NAME = 253;
    private static final Pattern DOMAIN_NAME =
            Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+\\.?");

    private ApiServerRules() {}

    /** An answer that kube-apiserver would throw away. */
    static final class BrokenRuleException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BrokenRuleException(String message) {
            super(message);
        }
    }

    static void check(StatusResponse status) {
        demand(VERSIONS.contains(status.getVersion()), "Status: version is " + status.getVersion());
        demand(status.getHealthz().equals("ok"), "Status: healthz is " + status.getHealthz());
        checkKeyId("Status", status.getKeyId());
    }

    static void check(EncryptResponse encrypted, StatusResponse before) {
        int ciphertext = encrypted.getCiphertext().size();
        demand(
                ciphertext >= 1 && ciphertext <= MAX_CIPHERTEXT_BYTES,
                "Encrypt: ciphertext has " + ciphertext + " bytes");
        checkKeyId("Encrypt", encrypted.getKeyId());
        demand(
                encrypted.getKeyId().equals(before.getKeyId()),
                "Encrypt: key_id is " + encrypted.getKeyId() + ", and Status said " + before.getKeyId());
        int size = 0;
        for (var annotation : encrypted.getAnnotationsMap().entrySet()) {
            String name = annotation.getKey();
            demand(
                    name.length() <= MAX_DOMAIN_NAME
                            && DOMAIN_NAME.matcher(name).matches(),
                    "Encrypt: the annotation " + name + " is not named by a fully qualified domain name");
            size += name.getBytes(UTF_8).length + annotation.getValue().size();
        }
        demand(size <= MAX_ANNOTATIONS_BYTES, "Encrypt: annotations have " + size + " bytes");
    }

    private static void checkKeyId(String call, String keyId) {
        int bytes = keyId.getBytes(UTF_8).length;
        demand(bytes >= 1 && bytes <= MAX_KEY_ID_BYTES, call + ": key_id has " + bytes + " bytes");
    }

    private static void demand(boolean holds, String broken) {
        if (!holds) {
            throw new BrokenRuleException(broken);
        }
    }
}
