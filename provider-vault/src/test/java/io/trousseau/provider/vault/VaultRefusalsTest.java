package io.trousseau.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrappedKey;
import io.trousseau.provider.vault.ScriptedVault.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The table in the documentation of the package {@code transit}, and answers that are no answers. */
class VaultRefusalsTest {
    private static final String KEY = """
            {"request_id":"r-1","data":{"allow_plaintext_backup":false,"deletion_allowed":false,"derived":false,
            "exportable":false,"keys":{"1":1795544436,"2":1795544518},"latest_version":2,"min_available_version":0,
            "min_decryption_version":1,"min_encryption_version":0,"name":"payments","soft_deleted":false,
            "supports_decryption":true,"supports_derivation":true,"supports_encryption":true,"type":"aes256-gcm96"}}
            """;

    private static final KekVersion VERSION = new KekVersion("vault:transit/payments", "2-20261124T182158Z");
    private static final byte[] PLAINTEXT = new byte[32];

    @TempDir
    Path folder;

    private ScriptedVault vault;
    private OpenKeks keks;
    private KekHandle kek;

    @BeforeEach
    void open() throws IOException {
        vault = new ScriptedVault();
        vault.on("keys", new Answer(200, KEY));
        vault.on("encrypt", encrypted("vault:v2:" + base64(60), 2));
        vault.on("decrypt", new Answer(200, "{\"data\":{\"plaintext\":\"" + base64(32) + "\"}}"));
        keks = new OpenKeks(folder);
        kek = keks.open(vault.address(), "s.token", Map.of());
    }

    @AfterEach
    void close() {
        keks.close();
        vault.close();
    }

    private static Answer encrypted(String ciphertext, int version) {
        return new Answer(200, "{\"data\":{\"ciphertext\":\"" + ciphertext + "\",\"key_version\":" + version + "}}");
    }

    private static String base64(int bytes) {
        return Base64.getEncoder().encodeToString(new byte[bytes]);
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(5));
    }

    private void wrap() {
        kek.wrap(PLAINTEXT, WrapContext.empty(), soon());
    }

    private void unwrap() {
        kek.unwrap(new WrappedKey(new byte[60], VERSION), WrapContext.empty(), soon())
                .close();
    }

    private static KmsException failure(Runnable call) {
        KmsException failure = catchThrowableOfType(KmsException.class, call::run);
        assertThat(failure).as("the failure").isNotNull();
        assertThat(failure).hasMessageContaining("vault:transit/payments");
        return failure;
    }

    private static Answer refusal(int status, String error) {
        return new Answer(status, "{\"errors\":[" + (error.isEmpty() ? "" : "\"" + error + "\"") + "]}");
    }

    @Test
    @DisplayName("What the other tests spoil works")
    void unspoilt() {
        wrap();
        unwrap();
        assertThat(kek.describe(soon()).current()).isEqualTo(VERSION);
    }

    @ParameterizedTest(name = "{0} {1} is {2}")
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            400 | invalid ciphertext: no prefix                                                  | INVALID_CIPHERTEXT
            400 | invalid ciphertext length                                                      | INVALID_CIPHERTEXT
            400 | invalid ciphertext: could not decode base64                                    | INVALID_CIPHERTEXT
            400 | cipher: message authentication failed                                          | INVALID_CIPHERTEXT
            400 | chacha20poly1305: message authentication failed                                | INVALID_CIPHERTEXT
            500 | failed to RSA decrypt the ciphertext: crypto/rsa: decryption error             | INVALID_CIPHERTEXT
            400 | encryption key not found                                                       | KEY_NOT_FOUND
            400 | ciphertext or signature version is disallowed by policy (too old)              | KEY_DISABLED
            400 | refusing to use soft-deleted key                                               | KEY_DISABLED
            400 | invalid ciphertext: version is too new                                         | UNAVAILABLE
            400 | missing 'context' for key derivation; the key was created using a derived key  | KEY_DISABLED
            400 | '[0].associated_data' provided for non-AEAD cipher suite rsa-2048              | KEY_DISABLED
            400 | something that no Vault has said so far                                        | INTERNAL
            403 | permission denied                                                              | PERMISSION_DENIED
            404 | no handler for route                                                           | KEY_NOT_FOUND
            404 | namespace not found                                                            | KEY_NOT_FOUND
            404 | ~~                                                                             | KEY_NOT_FOUND
            429 | request path "transit/decrypt/payments": rate limit quota exceeded             | THROTTLED
            472 | ~~                                                                             | UNAVAILABLE
            473 | ~~                                                                             | UNAVAILABLE
            500 | internal error                                                                 | UNAVAILABLE
            501 | ~~                                                                             | UNAVAILABLE
            502 | bad gateway                                                                    | UNAVAILABLE
            503 | Vault is sealed                                                                | UNAVAILABLE
            504 | gateway timeout                                                                | UNAVAILABLE
            """)
    @DisplayName("A refusal of decrypt")
    void refusedUnwrap(int status, String error, Code code) {
        vault.on("decrypt", refusal(status, error.replace("\"", "\\\"")));
        KmsException failure = failure(this::unwrap);
        assertThat(failure.code()).as(failure.getMessage()).isEqualTo(code);
        assertThat(failure).hasMessageStartingWith("unwrap under ").hasMessageContaining(Integer.toString(status));
    }

    @ParameterizedTest(name = "{0} {1} is {2}")
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            400 | no such key version                                                                  | UNAVAILABLE
            400 | requested version for encryption is higher than the latest key version               | UNAVAILABLE
            400 | requested version for encryption is less than the minimum encryption key version     | UNAVAILABLE
            400 | message encryption not supported for key type ed25519                                | KEY_DISABLED
            400 | refusing to use soft-deleted key                                                     | KEY_DISABLED
            400 | invalid ciphertext: which is no word of encrypt                                      | INTERNAL
            403 | permission denied                                                                    | PERMISSION_DENIED
            503 | Vault is sealed                                                                      | UNAVAILABLE
            """)
    @DisplayName("A refusal of encrypt")
    void refusedWrap(int status, String error, Code code) {
        vault.on("encrypt", refusal(status, error));
        KmsException failure = failure(this::wrap);
        assertThat(failure.code()).as(failure.getMessage()).isEqualTo(code);
        assertThat(failure).hasMessageStartingWith("wrap under ");
    }

    @Test
    @DisplayName("A node that is behind (412) is asked again until the deadline, and is then TIMEOUT or UNAVAILABLE")
    void behind() {
        vault.on("decrypt", refusal(412, "required index state not present"));
        KmsException failure = failure(() -> kek.unwrap(
                new WrappedKey(new byte[60], VERSION), WrapContext.empty(), Deadline.after(Duration.ofMillis(500))));
        assertThat(failure.code()).isIn(Code.UNAVAILABLE, Code.TIMEOUT);
    }

    @Test
    @DisplayName("A rate limit tells how long to wait, as Vault said")
    void retryAfter() {
        vault.on(
                "encrypt",
                new Answer(
                        429,
                        "{\"errors\":[\"rate limit quota exceeded\"]}",
                        "application/json",
                        Map.of("Retry-After", "7")));
        assertThat(failure(this::wrap).retryAfter()).contains(Duration.ofSeconds(7));
    }

    @Test
    @DisplayName("A denied request names the line that the policy lacks, and the settings that could be wrong")
    void denied() {
        vault.on("encrypt", refusal(403, "permission denied"));
        assertThat(failure(this::wrap))
                .hasMessageContaining("path \"transit/encrypt/payments\" { capabilities = [\"update\"] }")
                .hasMessageContaining("mount, key and namespace");
    }

    @Test
    @DisplayName("A login that is refused is UNAUTHENTICATED")
    void unauthenticated() {
        vault.on("lookup-self", refusal(403, "permission denied"));
        vault.on("keys", refusal(403, "permission denied"));
        assertThat(failure(this::wrap).code()).isEqualTo(Code.UNAUTHENTICATED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"data\":null}",
                "{\"data\":{}}",
                "{\"data\":{\"plaintext\":null}}",
                "{\"data\":{\"plaintext\":\"\"}}",
                "{\"data\":{\"plaintext\":17}}",
                "{\"data\":{\"plaintext\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}}",
                "{\"data\":{\"plaintext\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\"}}",
                "{\"data\":{\"plaintext\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\"}}",
                "{\"data\":{\"plaintext\":\"****************************************AAA=\"}}",
                "{\"data\":{\"plaintext\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"",
                "[]",
                "null",
                "",
                "<html><body>Welcome</body></html>"
            })
    @DisplayName("An answer of decrypt without the plaintext, whole and of the right length, is BAD_ANSWER")
    void badPlaintext(String body) {
        vault.on("decrypt", new Answer(200, body));
        assertThat(failure(this::unwrap).code()).isEqualTo(Code.BAD_ANSWER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "vault:v2:",
                "vault:v2",
                "vault:v1:%s",
                "vault:v3:%s",
                "vault:v02:%s",
                "vault:2:%s",
                "VAULT:v2:%s",
                "xvault:v2:%s",
                " vault:v2:%s",
                "vault:v2:%s ",
                "vault:v2:%s\\n",
                "vault:v2:%s=",
                "vault:v2:AAAA%s",
                "vault:v2:AAAA",
                "vault:v2:***",
                "vault:v2:QUFB-_8="
            })
    @DisplayName(
            "An answer of encrypt without a ciphertext of the version asked for and the right length is BAD_ANSWER")
    void badCiphertext(String form) {
        vault.on("encrypt", encrypted(form.formatted(base64(60)), 2));
        assertThat(failure(this::wrap).code()).isEqualTo(Code.BAD_ANSWER);
    }

    @Test
    @DisplayName("An answer of encrypt that contradicts itself about the version is BAD_ANSWER")
    void contradiction() {
        vault.on("encrypt", encrypted("vault:v2:" + base64(60), 1));
        assertThat(failure(this::wrap).code()).isEqualTo(Code.BAD_ANSWER);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            "name":"payments"             | "name":"other"
            "type":"aes256-gcm96"         | "type":""
            "latest_version":2            | "latest_version":3
            "latest_version":2            | "latest_version":1
            "latest_version":2            | "latest_version":"x"
            "2":1795544518                | "2":"yesterday"
            "2":1795544518                | "2":-5
            "2":1795544518                | "2":99999999999999
            "keys":                       | "no_keys":
            "exportable":false,           |
            "derived":false,              |
            "min_decryption_version":1,   |
            "data":                       | "no_data":
            """)
    @DisplayName("An answer about the key that lacks what matters is BAD_ANSWER, and nothing is encrypted")
    void badKey(String from, String to) {
        String spoilt = KEY.replace("\n", "").replace(from, to == null ? "" : to);
        assertThat(spoilt).isNotEqualTo(KEY.replace("\n", ""));
        vault.on("keys", new Answer(200, spoilt));
        assertThat(failure(this::wrap).code()).isEqualTo(Code.BAD_ANSWER);
        assertThat(failure(() -> kek.describe(soon())).code()).isEqualTo(Code.BAD_ANSWER);
        assertThat(vault.asked()).noneMatch(asked -> asked.contains("/encrypt/"));
    }

    @Test
    @DisplayName("HTML with 200 from a proxy is BAD_ANSWER, and is not repeated in the message")
    void html() {
        vault.on("decrypt", new Answer(200, "<html>sign in, secret-cookie</html>", "text/html", Map.of()));
        assertThat(failure(this::unwrap))
                .matches(e -> e.code() == Code.BAD_ANSWER)
                .hasMessageNotContaining("secret-cookie");
    }

    @Test
    @DisplayName("A key that is missing is never encrypted with, since that would make it")
    void neverMade() {
        vault.on("keys", refusal(404, ""));
        assertThat(failure(this::wrap))
                .matches(e -> e.code() == Code.KEY_NOT_FOUND)
                .hasMessageContaining("bao write -f transit/keys/payments");
        assertThat(vault.asked()).noneMatch(asked -> asked.contains("/encrypt/"));
    }

    @Test
    @DisplayName("One call is one attempt: what fails is not asked again")
    void oneAttempt() {
        vault.on("decrypt", refusal(500, "internal error"));
        unwrapsBefore();
        long before = decrypts();
        failure(this::unwrap);
        assertThat(decrypts() - before).isEqualTo(1);
    }

    private void unwrapsBefore() {
        kek.describe(soon());
    }

    private long decrypts() {
        return vault.asked().stream()
                .filter(asked -> asked.contains("/decrypt/"))
                .count();
    }
}
