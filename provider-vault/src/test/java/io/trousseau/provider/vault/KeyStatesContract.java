package io.trousseau.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.vault.VaultClient;
import io.trousseau.testkit.vault.VaultServer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a handle makes of what happens to its key, its policy and its Vault: the right code, and recovery by itself. */
abstract class KeyStatesContract {
    static final WrapContext CONTEXT = WrapContext.of(Map.of("keyring", "states"));
    static final byte[] SECRET = {1, 2, 3, 4, 5, 6, 7, 8};

    private static final AtomicInteger KEYS = new AtomicInteger();

    @TempDir
    Path folder;

    private OpenKeks keks;
    String name;
    private String policy;
    private String token;

    /** With a Transit engine at {@code transit}. */
    abstract VaultServer server();

    @BeforeEach
    void makeKey() {
        keks = new OpenKeks(folder);
        name = "key-" + KEYS.incrementAndGet();
        policy = name;
        root().createKey(name, "aes256-gcm96");
        root().writePolicy(policy, policyText());
        token = root().createToken(Duration.ofHours(1), policy);
    }

    @AfterEach
    void closeKeks() {
        keks.close();
    }

    private String policyText() {
        return LeastPrivilege.policyFor("transit", name);
    }

    VaultClient root() {
        return server().root();
    }

    final KekHandle open() {
        return open(Map.of());
    }

    final KekHandle open(Map<String, ?> more) {
        Map<String, Object> settings = new HashMap<>(Map.of("key", name));
        settings.putAll(more);
        return keks.open(server().address(), token, settings);
    }

    private KekHandle openAsRoot() {
        return keks.open(
                server().address(), root().createToken(Map.of("policies", List.of("root"))), Map.of("key", name));
    }

    static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(10));
    }

    static WrappedKey wrap(KekHandle kek) {
        WrapResult wrapped = kek.wrap(SECRET, CONTEXT, soon());
        return new WrappedKey(wrapped.ciphertext(), wrapped.version().orElseThrow());
    }

    static byte[] unwrap(KekHandle kek, WrappedKey wrapped) {
        try (UnwrapResult result = kek.unwrap(wrapped, CONTEXT, soon())) {
            assertThat(result.version()).contains(wrapped.version());
            return result.plaintext();
        }
    }

    static KmsException failure(Callable<?> call) {
        KmsException failure = catchThrowableOfType(KmsException.class, call::call);
        assertThat(failure).as("the failure").isNotNull();
        return failure;
    }

    static void assertServes(KekHandle kek, WrappedKey old) {
        assertThat(unwrap(kek, old)).isEqualTo(SECRET);
        assertThat(unwrap(kek, wrap(kek))).isEqualTo(SECRET);
    }

    /** Vault tells the second in which a key was made; the next second is another. */
    static void nextSecond() {
        long now = Instant.now().getEpochSecond();
        await().until(() -> Instant.now().getEpochSecond() > now);
    }

    private List<String> warnings() {
        return keks.logged().stream()
                .filter(line -> line.startsWith("WARNING") && line.contains("Transit key"))
                .toList();
    }

    @Nested
    @DisplayName("A key that is")
    class Keys {
        @Test
        @DisplayName("rotated wraps under the new version, and unwraps what the old one wrapped")
        void rotated() {
            KekHandle kek = open();
            WrappedKey old = wrap(kek);
            root().rotateKey(name);
            WrappedKey young = wrap(kek);
            assertThat(old.version().version()).startsWith("1-");
            assertThat(young.version().version()).startsWith("2-");
            assertThat(kek.describe(soon()).current()).isEqualTo(young.version());
            assertServes(kek, old);
            assertServes(open(), young);
        }

        @Test
        @DisplayName("given a higher min_decryption_version says KEY_DISABLED for older versions, until it is set back")
        void minDecryptionVersion() {
            KekHandle kek = open();
            WrappedKey old = wrap(kek);
            root().rotateKey(name);
            wrap(kek);
            root().configureKey(name, Map.of("min_decryption_version", 2));
            for (KekHandle handle : List.of(kek, open())) {
                assertThat(failure(() -> unwrap(handle, old)))
                        .matches(e -> e.code() == Code.KEY_DISABLED)
                        .hasMessageContaining("min_decryption_version");
                assertThat(unwrap(handle, wrap(handle))).isEqualTo(SECRET);
            }
            assertThat(warnings()).anyMatch(line -> line.contains("min_decryption_version=2"));
            root().configureKey(name, Map.of("min_decryption_version", 1));
            assertServes(kek, old);
        }

        @Test
        @DisplayName("soft-deleted says KEY_DISABLED and how to bring it back, and serves again once it is back")
        void softDeleted() {
            KekHandle kek = open();
            WrappedKey old = wrap(kek);
            root().must("DELETE", "transit/keys/" + name + "/soft-delete");
            assertThat(failure(() -> unwrap(kek, old)).code()).isEqualTo(Code.KEY_DISABLED);
            assertThat(failure(() -> wrap(kek)))
                    .matches(e -> e.code() == Code.KEY_DISABLED)
                    .hasMessageContaining("soft-delete-restore");
            assertThat(kek.describe(soon()).state()).isEqualTo(KekDescription.State.DISABLED);
            root().must("POST", "transit/keys/" + name + "/soft-delete-restore", Map.of());
            assertServes(kek, old);
        }

        @Test
        @DisplayName("deleted is KEY_NOT_FOUND, and is not made again, even by a token that might")
        void deleted() {
            KekHandle kek = openAsRoot();
            WrappedKey old = wrap(kek);
            root().deleteKey(name);
            assertThat(failure(() -> wrap(kek)).code()).isEqualTo(Code.KEY_NOT_FOUND);
            assertThat(failure(() -> unwrap(kek, old)).code()).isEqualTo(Code.KEY_NOT_FOUND);
            assertThat(failure(() -> kek.describe(soon()))).hasMessageContaining("bao write -f transit/keys/" + name);
            assertThat(root().call("GET", "transit/keys/" + name).status()).isEqualTo(404);
        }

        @Test
        @DisplayName("deleted and made again is never taken for the former one")
        void madeAgain() {
            KekHandle kek = open();
            WrappedKey old = wrap(kek);
            nextSecond();
            root().deleteKey(name);
            root().createKey(name, "aes256-gcm96");
            for (KekHandle handle : List.of(kek, open())) {
                assertThat(failure(() -> unwrap(handle, old)))
                        .matches(e -> e.code() == Code.KEY_NOT_FOUND)
                        .hasMessageContaining("deleted and made again");
                WrappedKey young = wrap(handle);
                assertThat(young.version().version())
                        .startsWith("1-")
                        .isNotEqualTo(old.version().version());
                assertThat(unwrap(handle, young)).isEqualTo(SECRET);
            }
            assertThat(warnings()).anyMatch(line -> line.contains("was deleted and made again"));
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                        aes256-gcm96 | derived               | derived
                        aes256-gcm96 | convergent_encryption | derived
                        rsa-2048     | -                     | set keyType to rsa-2048
                        """)
        @DisplayName("of a kind that does not serve is refused, with the way out")
        void unfit(String type, String option, String text) {
            Map<String, Object> parameters = new HashMap<>(Map.of("type", type));
            if (!option.equals("-")) {
                parameters.put("derived", true);
                parameters.put(option, true);
            }
            root().deleteKey(name);
            root().createKey("transit", name, parameters);
            KekHandle kek = open();
            for (KmsException failure : List.of(failure(() -> wrap(kek)), failure(() -> kek.describe(soon())))) {
                assertThat(failure).matches(e -> e.code() == Code.KEY_DISABLED).hasMessageContaining(text);
            }
            assertThat(verdicts(kek)).containsEntry("vault.key.state", Finding.Verdict.FAILURE);
        }

        @ParameterizedTest
        @ValueSource(strings = {"exportable", "allow_plaintext_backup", "deletion_allowed"})
        @DisplayName("unsafe serves, is warned of once, and is a finding")
        void unsafe(String option) {
            KekHandle kek = open();
            wrap(kek);
            assertThat(warnings()).isEmpty();
            assertThat(verdicts(kek)).containsEntry("vault.key.unsafe", Finding.Verdict.OK);
            root().configureKey(name, Map.of(option, true));
            wrap(kek);
            wrap(kek);
            assertThat(warnings())
                    .singleElement()
                    .asString()
                    .contains(option + "=true")
                    .contains(name);
            assertThat(finding(kek, "vault.key.unsafe"))
                    .matches(finding -> finding.verdict() == Finding.Verdict.WARNING)
                    .matches(finding -> finding.seen().contains(option));
        }
    }

    @Nested
    @DisplayName("A wrap")
    class Wraps {
        @Test
        @DisplayName("during which the key is lost and made by Vault's encrypt is no wrap")
        void madeMeanwhile() throws Exception {
            try (Intermediary between = new Intermediary(server().address())) {
                String token = root().createToken(Map.of("policies", List.of("root")));
                KekHandle kek = keks.open(between.address(), token, Map.of("key", name));
                wrap(kek);
                between.beforeNext("/encrypt/", () -> {
                    nextSecond();
                    root().deleteKey(name);
                });
                assertThat(failure(() -> wrap(kek)))
                        .matches(e -> e.code() == Code.BAD_ANSWER)
                        .hasMessageContaining("take the capability \"create\"");
            }
        }

        @Test
        @DisplayName("during which the key is rotated is under the version that was read")
        void rotatedMeanwhile() throws Exception {
            try (Intermediary between = new Intermediary(server().address())) {
                KekHandle kek = keks.open(between.address(), token, Map.of("key", name));
                between.beforeNext("/encrypt/", () -> root().rotateKey(name));
                WrappedKey wrapped = wrap(kek);
                assertThat(wrapped.version().version()).startsWith("1-");
                assertServes(kek, wrapped);
            }
        }
    }

    @Nested
    @DisplayName("The policy")
    class Policies {
        @Test
        @DisplayName("of this provider's documentation suffices for everything, and examine finds nothing to remedy")
        void leastPrivilege() {
            KekHandle kek = open();
            WrappedKey old = wrap(kek);
            root().rotateKey(name);
            assertServes(kek, old);
            assertThat(kek.describe(soon()).state()).isEqualTo(KekDescription.State.ENABLED);
            assertThat(kek.examine(soon()))
                    .filteredOn(finding -> finding.verdict() == Finding.Verdict.FAILURE
                            || finding.verdict() == Finding.Verdict.WARNING)
                    .isEmpty();
        }

        @Test
        @DisplayName("of this provider's documentation lets nobody make, export, back up, change or delete a key")
        void noMore() {
            VaultClient caller = root().withToken(token);
            assertThat(caller.call("POST", "transit/encrypt/another-key", Map.of("plaintext", "AAAA"))
                            .status())
                    .isEqualTo(403);
            assertThat(caller.call("POST", "transit/keys/" + name + "/config", Map.of("deletion_allowed", true))
                            .status())
                    .isEqualTo(403);
            assertThat(caller.call("POST", "transit/keys/" + name + "/rotate", Map.of())
                            .status())
                    .isEqualTo(403);
            assertThat(caller.call("DELETE", "transit/keys/" + name).status()).isEqualTo(403);
            assertThat(caller.call("GET", "transit/export/encryption-key/" + name)
                            .status())
                    .isEqualTo(403);
            assertThat(caller.call("GET", "transit/backup/" + name).status()).isEqualTo(403);
            root().deleteKey(name);
            assertThat(caller.call("POST", "transit/encrypt/" + name, Map.of("plaintext", "AAAA"))
                            .status())
                    .isEqualTo(403);
            assertThat(root().call("GET", "transit/keys/" + name).status()).isEqualTo(404);
        }

        @ParameterizedTest
        @CsvSource({"keys, read, read", "encrypt, update, encrypt", "decrypt, update, decrypt"})
        @DisplayName("without one of its lines is PERMISSION_DENIED with that line, and heals when it is back")
        void revoked(String part, String capability, String check) {
            KekHandle kek = open();
            WrappedKey old = wrap(kek);
            String line = "path \"transit/" + part + "/" + name + "\"";
            root().writePolicy(policy, policyText().replace(line, "path \"nothing/" + part + "\""));
            KmsException failure = failure(() -> {
                wrap(kek);
                return unwrap(kek, old);
            });
            assertThat(failure)
                    .matches(e -> e.code() == Code.PERMISSION_DENIED)
                    .hasMessageContaining(line + " { capabilities = [\"" + capability + "\"] }");
            assertThat(verdicts(kek)).containsEntry("vault.permission." + check, Finding.Verdict.FAILURE);
            root().writePolicy(policy, policyText());
            assertServes(kek, old);
        }
    }

    @Nested
    @DisplayName("A setting that is wrong is named in the failure:")
    class WrongSettings {
        @Test
        @DisplayName("the key")
        void key() {
            KekHandle kek = keks.open(
                    server().address(),
                    root().createToken(Map.of("policies", List.of("root"))),
                    Map.of("key", "no-key"));
            assertThat(failure(() -> wrap(kek)))
                    .matches(e -> e.code() == Code.KEY_NOT_FOUND)
                    .hasMessageContaining("check the settings key and mount");
            assertThat(verdicts(kek))
                    .containsEntry("vault.permission.read", Finding.Verdict.OK)
                    .containsEntry("vault.key.state", Finding.Verdict.FAILURE);
        }

        @Test
        @DisplayName("the mount, which an ordinary token cannot tell from a missing permission")
        void mount() {
            assertThat(failure(() -> wrap(open(Map.of("mount", "no-mount")))))
                    .matches(e -> e.code() == Code.PERMISSION_DENIED)
                    .hasMessageContaining("check the settings mount, key and namespace");
            KekHandle kek = keks.open(
                    server().address(),
                    root().createToken(Map.of("policies", List.of("root"))),
                    Map.of("key", name, "mount", "no-mount"));
            assertThat(failure(() -> wrap(kek)))
                    .matches(e -> e.code() == Code.KEY_NOT_FOUND)
                    .hasMessageContaining("check the settings mount and namespace");
        }

        @Test
        @DisplayName("the namespace")
        void namespace() {
            KekHandle kek = open(Map.of("namespace", "no-such-team", "authNamespace", "/"));
            assertThat(failure(() -> wrap(kek)))
                    .matches(e -> e.code() == Code.KEY_NOT_FOUND)
                    .hasMessageContaining("Check the setting namespace");
        }

        @Test
        @DisplayName("the namespace of the token, which says nothing about the key")
        void authNamespace() {
            for (Map<String, String> settings :
                    List.of(Map.of("namespace", "no-such-team"), Map.of("authNamespace", "no-such-team"))) {
                KekHandle kek = open(settings);
                assertThat(failure(() -> wrap(kek)))
                        .matches(e -> e.code() == Code.UNAUTHENTICATED)
                        .hasMessageContaining("namespace, authNamespace: check that there is a namespace no-such-team");
            }
        }

        @Test
        @DisplayName("the address")
        void address() {
            KekHandle kek = open(Map.of("addresses", List.of("http://127.0.0.1:1")));
            assertThat(failure(() -> wrap(kek)))
                    .matches(e -> e.code() == Code.UNAVAILABLE)
                    .hasMessageContaining("http://127.0.0.1:1");
            assertThat(finding(kek, "vault.address"))
                    .matches(finding -> finding.verdict() == Finding.Verdict.FAILURE)
                    .matches(finding -> finding.remedy().contains("addresses"));
        }
    }

    @Test
    @DisplayName("A key in a namespace and at another mount is the same KEK however its path is split")
    void namespaces() {
        root().createNamespace("team-" + name);
        VaultClient team = root().inNamespace("team-" + name);
        team.enableEngine("transit", "kms/transit");
        team.createKey("kms/transit", name, Map.of());
        String rootToken = root().createToken(Map.of("policies", List.of("root")));
        KekHandle inNamespace = keks.open(
                server().address(),
                rootToken,
                Map.of("key", name, "mount", "kms/transit", "namespace", "team-" + name, "authNamespace", "/"));
        KekHandle byPath =
                keks.open(server().address(), rootToken, Map.of("key", name, "mount", "team-" + name + "/kms/transit"));
        WrappedKey wrapped = wrap(inNamespace);
        assertThat(wrapped.version().identity()).isEqualTo("vault:team-" + name + "/kms/transit/" + name);
        assertThat(unwrap(byPath, wrapped)).isEqualTo(SECRET);
    }

    @Test
    @DisplayName("A sealed Vault is UNAVAILABLE, and the same handle serves once it is unsealed")
    void sealed() {
        KekHandle kek = open();
        WrappedKey old = wrap(kek);
        server().seal();
        try {
            assertThat(failure(() -> unwrap(kek, old)))
                    .matches(e -> e.code() == Code.UNAVAILABLE)
                    .hasMessageContaining("sealed");
            assertThat(finding(kek, "vault.address"))
                    .matches(finding -> finding.verdict() == Finding.Verdict.FAILURE)
                    .matches(finding -> finding.seen().contains("sealed"));
        } finally {
            server().unseal();
        }
        assertServes(kek, old);
    }

    static Map<String, Finding.Verdict> verdicts(KekHandle kek) {
        Map<String, Finding.Verdict> verdicts = new TreeMap<>();
        kek.examine(soon()).forEach(finding -> verdicts.put(finding.check(), finding.verdict()));
        return verdicts;
    }

    static Finding finding(KekHandle kek, String check) {
        return kek.examine(soon()).stream()
                .filter(finding -> finding.check().equals(check))
                .findFirst()
                .orElseThrow();
    }
}
