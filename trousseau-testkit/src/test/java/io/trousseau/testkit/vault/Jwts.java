package io.trousseau.testkit.vault;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;

/** JWTs, one good and one for each thing that can be wrong, and the public key that the good one is checked with. */
final class Jwts {
    private Jwts() {}

    static Map<String, String> values() {
        KeyPair keys = keyPair();
        long now = Instant.now().getEpochSecond();
        long later = now + 3600;
        return Map.of(
                "jwt_key", pem(keys),
                "jwt", jwt(keys, "https://issuer", "node", "vault", now, later),
                "jwt_expired", jwt(keys, "https://issuer", "node", "vault", now - 7200, now - 90),
                "jwt_within_leeway", jwt(keys, "https://issuer", "node", "vault", now + 30, now - 30),
                "jwt_early", jwt(keys, "https://issuer", "node", "vault", now + 90, later),
                "jwt_forged", jwt(keyPair(), "https://issuer", "node", "vault", now, later),
                "jwt_audience", jwt(keys, "https://issuer", "node", "other", now, later),
                "jwt_issuer", jwt(keys, "https://other", "node", "vault", now, later),
                "jwt_subject", jwt(keys, "https://issuer", "other", "vault", now, later));
    }

    private static String jwt(
            KeyPair keys, String issuer, String subject, String audience, long notBefore, long expires) {
        String header = encode("{\"alg\":\"ES256\",\"typ\":\"JWT\"}".getBytes(UTF_8));
        String claims = "{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":\"%s\",\"nbf\":%d,\"exp\":%d}"
                .formatted(issuer, subject, audience, notBefore, expires);
        String signed = header + "." + encode(claims.getBytes(UTF_8));
        try {
            Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
            signature.initSign(keys.getPrivate());
            signature.update(signed.getBytes(UTF_8));
            return signed + "." + encode(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair keyPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** With line breaks as JSON writes them. */
    private static String pem(KeyPair keys) {
        String base64 = Base64.getEncoder().encodeToString(keys.getPublic().getEncoded());
        return "-----BEGIN PUBLIC KEY-----\\n" + base64.replaceAll("(.{64})", "$1\\\\n")
                + "\\n-----END PUBLIC KEY-----";
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
