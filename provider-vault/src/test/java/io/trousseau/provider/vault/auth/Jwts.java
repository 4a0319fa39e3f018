package io.trousseau.provider.vault.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;

/** Signs JWTs as an identity provider would (RS256). */
final class Jwts {
    private final KeyPair keys;

    Jwts() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            keys = generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    String publicKeyPem() {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, "\n".getBytes(UTF_8))
                        .encodeToString(keys.getPublic().getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    String sign(String subject, Duration life) {
        return sign(subject, life, "");
    }

    private String sign(String subject, Duration life, String moreClaims) {
        Instant now = Instant.now();
        String content = base64("{\"alg\":\"RS256\",\"typ\":\"JWT\"}") + "."
                + base64("{\"iss\":\"test\",\"aud\":[\"vault\"],\"sub\":\"" + subject + "\",\"iat\":"
                        + now.minusSeconds(60).getEpochSecond() + ",\"exp\":"
                        + now.plus(life).getEpochSecond() + moreClaims + "}");
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(keys.getPrivate());
            signature.update(content.getBytes(UTF_8));
            return content + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As a kube-apiserver signs them for pods, as far as Vault looks before it asks the kube-apiserver. */
    String serviceAccount(String namespace, String name) {
        return sign(
                "system:serviceaccount:" + namespace + ":" + name,
                Duration.ofHours(1),
                ",\"kubernetes.io\":{\"namespace\":\"" + namespace + "\",\"serviceaccount\":{\"name\":\"" + name
                        + "\",\"uid\":\"1\"}}");
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
    }
}
