package io.trousseau.provider.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.api.KekDescription;
import io.trousseau.api.KekDescription.State;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.azure.AzureFault;
import io.trousseau.testkit.azure.FakeKeyVault;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A key in Key Vault")
class AzureKekTest {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    @TempDir
    static Path folder;

    private static FakeAzure azure;

    private final String name = "Kek-" + NUMBER.incrementAndGet();
    private KekHandle kek;

    @BeforeAll
    static void start() {
        azure = new FakeAzure(folder, InstantSource.system());
    }

    @AfterAll
    static void stop() {
        azure.close();
    }

    @BeforeEach
    void open() {
        azure.vault.createRsaKey(name, 2048);
        kek = azure.open(name, Recording.plain());
    }

    @AfterEach
    void close() {
        kek.close();
        azure.vault.answerAs(null);
        azure.vault.hideDisabledKeys(false);
        azure.vault.permit(azure.entra.objectId(azure.client), FakeKeyVault.EVERYTHING);
        assertThat(azure.vault.notModelled()).isEmpty();
        assertThat(azure.entra.notModelled()).isEmpty();
    }

    private KmsException failedWrap() {
        return Calls.failureOf(() -> Calls.wrap(kek));
    }

    private KmsException failedUnwrap(WrappedKey wrapped) {
        return Calls.failureOf(() -> Calls.unwrap(kek, wrapped));
    }

    private KekDescription describe() {
        return kek.describe(Calls.soon());
    }

    @Nested
    @DisplayName("is asked")
    class Asked {
        @Test
        @DisplayName("for its current version and to wrap with that; to unwrap, once; to be described, once")
        void requests() {
            List<String> before = azure.vault.requests();
            WrappedKey wrapped = Calls.wrap(kek);
            Calls.unwrap(kek, wrapped);
            describe();
            List<String> all = new ArrayList<>(azure.vault.requests());
            assertThat(all.subList(before.size(), all.size())).containsExactly("get", "wrapkey", "unwrapkey", "get");
        }

        @Test
        @DisplayName("by one KEK's name however its URL is written")
        void identity() {
            assertThat(describe().current().identity())
                    .isEqualTo(azure.vault.url() + "/keys/" + name.toLowerCase(java.util.Locale.ROOT));
            Map<String, Object> settings = azure.settings(azure.vault, name.toUpperCase(java.util.Locale.ROOT));
            settings.put("key", settings.get("key").toString().replace("localhost", "LocalHost") + "/");
            try (KekHandle other = FakeAzure.open(settings, Recording.plain())) {
                assertThat(other.describe(Calls.soon())).isEqualTo(describe());
                assertThat(Calls.unwrap(other, Calls.wrap(kek))).isEqualTo(Calls.PLAINTEXT);
            }
        }

        @Test
        @DisplayName("for no version whose recorded name could lead the request elsewhere")
        void hostileVersion() {
            WrappedKey wrapped = Calls.wrap(kek);
            int before = azure.vault.requests().size();
            for (String version : List.of("../../secrets/x", "a/decrypt", "a?b=c", "%2e%2e", "a#b", " ", "ä")) {
                KekVersion stated = new KekVersion(wrapped.version().identity(), version);
                assertThat(failedUnwrap(new WrappedKey(wrapped.ciphertext(), stated))
                                .code())
                        .isEqualTo(Code.KEY_NOT_FOUND);
            }
            assertThat(azure.vault.requests()).hasSize(before);
        }
    }

    @Nested
    @DisplayName("that is rotated")
    class Rotated {
        @Test
        @DisplayName("wraps under the new version at once and unwraps what any older one wrapped")
        void everyVersion() {
            List<WrappedKey> wrapped = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                wrapped.add(Calls.wrap(kek));
                String version = azure.vault.rotate(name);
                assertThat(describe().current().version()).isEqualTo(version);
                assertThat(Calls.wrap(kek).version().version()).isEqualTo(version);
            }
            assertThat(wrapped).extracting(WrappedKey::version).doesNotHaveDuplicates();
            assertThat(wrapped)
                    .allSatisfy(one -> assertThat(Calls.unwrap(kek, one)).isEqualTo(Calls.PLAINTEXT));
        }

        @Test
        @DisplayName("and made larger goes on: nothing depends on the size")
        void otherSize() {
            azure.vault.createRsaKey(name + "-large", 4096);
            try (KekHandle large = azure.open(name + "-large", Recording.plain())) {
                WrappedKey wrapped = Calls.wrap(large);
                assertThat(wrapped.ciphertext())
                        .hasSize(512)
                        .hasSizeLessThanOrEqualTo(large.traits().maxWrappedBytes());
                assertThat(Calls.unwrap(large, wrapped)).isEqualTo(Calls.PLAINTEXT);
                assertThat(large.describe(Calls.soon()).algorithm()).isEqualTo("RSA-OAEP-256 (RSA 4096)");
            }
        }
    }

    @Nested
    @DisplayName("that is disabled")
    class Disabled {
        @Test
        @DisplayName("in its current version: wraps no more, unwraps what others wrapped, and is described as DISABLED")
        void current() {
            WrappedKey old = Calls.wrap(kek);
            String version = azure.vault.rotate(name);
            WrappedKey recent = Calls.wrap(kek);
            azure.vault.enable(name, version, false);
            assertThat(describe().state()).isEqualTo(State.DISABLED);
            assertThat(describe().current().version()).isEqualTo(version);
            assertThat(failedWrap()).hasMessageContaining("disabled").hasMessageContaining(version);
            assertThat(failedWrap().code()).isEqualTo(Code.KEY_DISABLED);
            assertThat(failedUnwrap(recent).code()).isEqualTo(Code.KEY_DISABLED);
            assertThat(Calls.unwrap(kek, old)).isEqualTo(Calls.PLAINTEXT);
            azure.vault.enable(name, version, true);
            assertThat(Calls.unwrap(kek, recent)).isEqualTo(Calls.PLAINTEXT);
        }

        @Test
        @DisplayName("in an older version: goes on wrapping and refuses what that one wrapped")
        void older() {
            WrappedKey old = Calls.wrap(kek);
            azure.vault.rotate(name);
            azure.vault.enable(name, old.version().version(), false);
            assertThat(describe().state()).isEqualTo(State.ENABLED);
            assertThat(Calls.unwrap(kek, Calls.wrap(kek))).isEqualTo(Calls.PLAINTEXT);
            assertThat(failedUnwrap(old).code()).isEqualTo(Code.KEY_DISABLED);
        }

        @Test
        @DisplayName("and hidden: is described as DISABLED if it was known, and fails with KEY_DISABLED if not")
        void hidden() {
            describe();
            azure.vault.hideDisabledKeys(true);
            azure.vault.enable(name, false);
            assertThat(describe().state()).isEqualTo(State.DISABLED);
            assertThat(failedWrap().code()).isEqualTo(Code.KEY_DISABLED);
            try (KekHandle fresh = azure.open(name, Recording.plain())) {
                assertThat(Calls.failureOf(fresh::describe, Calls.soon()).code())
                        .isEqualTo(Code.KEY_DISABLED);
            }
        }
    }

    @Nested
    @DisplayName("that may not wrap but unwraps")
    class WriteProtected {
        private void assertOnlyUnwraps(WrappedKey wrapped, String says) {
            assertThat(describe().state()).isEqualTo(State.ENABLED);
            assertThat(failedWrap()).hasMessageContaining(says);
            assertThat(failedWrap().code()).isEqualTo(Code.PERMISSION_DENIED);
            assertThat(Calls.unwrap(kek, wrapped)).isEqualTo(Calls.PLAINTEXT);
        }

        @Test
        @DisplayName("because it is expired")
        void expired() {
            WrappedKey wrapped = Calls.wrap(kek);
            azure.vault.valid(name, Optional.empty(), Optional.of(Instant.now().minusSeconds(60)));
            assertOnlyUnwraps(wrapped, "expired at");
            azure.vault.rotate(name);
            assertThat(Calls.unwrap(kek, Calls.wrap(kek))).isEqualTo(Calls.PLAINTEXT);
        }

        @Test
        @DisplayName("because it is not yet valid")
        void notYet() {
            WrappedKey wrapped = Calls.wrap(kek);
            azure.vault.valid(name, Optional.of(Instant.now().plusSeconds(3600)), Optional.empty());
            assertOnlyUnwraps(wrapped, "wraps from");
        }

        @Test
        @DisplayName("because its operations lack wrapKey")
        void operations() {
            WrappedKey wrapped = Calls.wrap(kek);
            azure.vault.operations(name, List.of("unwrapKey", "sign"));
            assertOnlyUnwraps(wrapped, "does not permit wrapKey");
        }

        @Test
        @DisplayName("because the caller lacks the permission")
        void permission() {
            WrappedKey wrapped = Calls.wrap(kek);
            azure.vault.permit(azure.entra.objectId(azure.client), Set.of("get", "unwrapkey"));
            assertOnlyUnwraps(wrapped, "Key Vault Crypto Service Encryption User");
        }
    }

    @Nested
    @DisplayName("that is of no use")
    class Useless {
        @Test
        @DisplayName("because its operations lack unwrapKey: is refused by every call, before anything is lost")
        void operations() {
            azure.vault.operations(name, List.of("wrapKey", "sign"));
            assertThat(failedWrap()).hasMessageContaining("does not permit unwrapKey");
            assertThat(failedWrap().code()).isEqualTo(Code.KEY_DISABLED);
            assertThat(Calls.failureOf(kek::describe, Calls.soon()).code()).isEqualTo(Code.KEY_DISABLED);
        }

        @Test
        @DisplayName("only if it says so: where a description tells no operations, Key Vault decides at the call")
        void untold() {
            WrappedKey wrapped = Calls.wrap(kek);
            azure.vault.always(
                    "get",
                    new AzureFault.Raw(
                            200,
                            "application/json",
                            "{\"key\":{\"kid\":\"" + azure.vault.keyUrl(name) + "/"
                                    + wrapped.version().version()
                                    + "\",\"kty\":\"RSA\"},\"attributes\":{\"enabled\":true}}"));
            try {
                assertThat(describe().state()).isEqualTo(State.ENABLED);
                assertThat(Calls.unwrap(kek, Calls.wrap(kek))).isEqualTo(Calls.PLAINTEXT);
            } finally {
                azure.vault.heal();
            }
        }

        @Test
        @DisplayName("because it is of a type without the algorithm: is refused with both names")
        void type() {
            azure.hsm.createRsaKey(name, 2048);
            Map<String, Object> settings = azure.settings(azure.hsm, name);
            settings.put("algorithm", "A256GCM");
            try (KekHandle wrong = FakeAzure.open(settings, Recording.plain())) {
                KmsException failure = Calls.failureOf(wrong::describe, Calls.soon());
                assertThat(failure.code()).isEqualTo(Code.KEY_NOT_FOUND);
                assertThat(failure).hasMessageContaining("RSA-HSM").hasMessageContaining("A256GCM");
                assertThat(Calls.failureOf(() -> Calls.wrap(wrong)).code()).isEqualTo(Code.KEY_NOT_FOUND);
            }
        }
    }

    @Nested
    @DisplayName("that is deleted")
    class Deleted {
        @Test
        @DisplayName(
                "is described with the day of its end, refused with KEY_DESTROYED, and usable once it is recovered")
        void recovered() {
            WrappedKey wrapped = Calls.wrap(kek);
            KekVersion before = describe().current();
            azure.vault.delete(name);
            KekDescription description = describe();
            assertThat(description.state()).isEqualTo(State.DESTRUCTION_SCHEDULED);
            assertThat(description.current()).isEqualTo(before);
            assertThat(description.destructionAt())
                    .hasValueSatisfying(at -> assertThat(at).isAfter(Instant.now()));
            assertThat(failedWrap().code()).isEqualTo(Code.KEY_DESTROYED);
            assertThat(failedWrap()).hasMessageContaining("az keyvault key recover");
            assertThat(failedUnwrap(wrapped).code()).isEqualTo(Code.KEY_DESTROYED);
            azure.vault.recover(name);
            assertThat(Calls.unwrap(kek, wrapped)).isEqualTo(Calls.PLAINTEXT);
            assertThat(describe().current()).isEqualTo(before);
        }

        @Test
        @DisplayName("and purged is unknown; made again, it is another version, and the old ciphertexts stay lost")
        void purged() {
            WrappedKey wrapped = Calls.wrap(kek);
            azure.vault.delete(name);
            azure.vault.purge(name);
            assertThat(Calls.failureOf(kek::describe, Calls.soon()).code()).isEqualTo(Code.KEY_NOT_FOUND);
            assertThat(failedUnwrap(wrapped).code()).isEqualTo(Code.KEY_NOT_FOUND);
            azure.vault.createRsaKey(name, 2048);
            assertThat(describe().current().identity())
                    .isEqualTo(wrapped.version().identity());
            assertThat(describe().current().version())
                    .isNotEqualTo(wrapped.version().version());
            assertThat(failedUnwrap(wrapped).code()).isEqualTo(Code.KEY_NOT_FOUND);
        }
    }

    @Nested
    @DisplayName("whose answers name another key")
    class OtherKey {
        @Test
        @DisplayName("in any part, is not believed: BAD_ANSWER")
        void wrongKid() {
            WrappedKey wrapped = Calls.wrap(kek);
            String version = wrapped.version().version();
            String url = azure.vault.url();
            for (String kid : List.of(
                    url + "/keys/" + name + "/0123456789abcdef0123456789abcdef",
                    url + "/keys/other/" + version,
                    "https://evil.vault.azure.net/keys/" + name + "/" + version,
                    "https://localhost:1/keys/" + name + "/" + version,
                    url + "/keys/" + name,
                    url + "/secrets/" + name + "/" + version,
                    "http" + url.substring(5) + "/keys/" + name + "/" + version,
                    "junk")) {
                azure.vault.answerAs(kid);
                assertThat(failedUnwrap(wrapped).code())
                        .as("unwrap answered as %s", kid)
                        .isEqualTo(Code.BAD_ANSWER);
                assertThat(failedWrap().code())
                        .as("wrap answered as %s", kid)
                        .satisfies(code -> assertThat(code).isIn(Code.BAD_ANSWER, Code.KEY_NOT_FOUND));
            }
        }

        @Test
        @DisplayName("by case alone, is believed: Azure does not tell names apart so")
        void otherCase() {
            WrappedKey wrapped = Calls.wrap(kek);
            azure.vault.answerAs(azure.vault.url().replace("localhost", "LOCALHOST") + "/keys/"
                    + name.toUpperCase(java.util.Locale.ROOT) + "/"
                    + wrapped.version().version());
            assertThat(Calls.unwrap(kek, wrapped)).isEqualTo(Calls.PLAINTEXT);
        }
    }

    @Test
    @DisplayName("that was restored into another vault unwraps what the former one wrapped, if it is told so")
    void restored() {
        WrappedKey wrapped = Calls.wrap(kek);
        try (FakeKeyVault second = FakeKeyVault.vault(azure.ca, azure.entra, InstantSource.system())) {
            second.restore(azure.vault, name);
            Map<String, Object> settings = azure.settings(second, name);
            try (KekHandle stranger = FakeAzure.open(settings, Recording.plain())) {
                assertThat(Calls.failureOf(() -> Calls.unwrap(stranger, wrapped))
                                .code())
                        .isEqualTo(Code.KEY_NOT_FOUND);
            }
            settings.put("restoredFrom", List.of(azure.vault.keyUrl(name)));
            try (KekHandle heir = FakeAzure.open(settings, Recording.plain())) {
                assertThat(Calls.unwrap(heir, wrapped)).isEqualTo(Calls.PLAINTEXT);
                assertThat(Calls.wrap(heir).version().identity())
                        .isNotEqualTo(wrapped.version().identity());
            }
        }
    }

    @Test
    @DisplayName("takes no connection and no login when it is opened")
    void lazy() {
        int requests = azure.vault.requests().size();
        int logins = azure.entra.logins();
        azure.open(name, Recording.plain()).close();
        assertThat(azure.vault.requests()).hasSize(requests);
        assertThat(azure.entra.logins()).isEqualTo(logins);
    }

    @Test
    @DisplayName("leaves no thread of its own when it is closed")
    void threads() {
        Calls.wrap(kek);
        assertThat(threadNames()).anyMatch(one -> one.startsWith("trousseau-azure-m-"));
        kek.close();
        org.awaitility.Awaitility.await()
                .untilAsserted(() -> assertThat(threadNames()).noneMatch(one -> one.startsWith("trousseau-azure-m-")));
    }

    private static List<String> threadNames() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).toList();
    }
}
