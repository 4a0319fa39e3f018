package io.trousseau.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.WrapContext;
import io.trousseau.testkit.vault.FakeVault;
import io.trousseau.testkit.vault.VaultFault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("That Vault binds the context is not taken on trust:")
class ContextBindingTest {
    private static final String DECRYPT = "POST transit/decrypt/*";
    private static final WrapContext CONTEXT = WrapContext.of(Map.of("keyring", "bound"));

    @TempDir
    Path folder;

    private FakeVault vault;
    private OpenKeks keks;

    @BeforeEach
    void start() {
        vault = FakeVault.start();
        vault.root().enableEngine("transit", "transit");
        vault.root().createKey("payments", "aes256-gcm96");
        keks = new OpenKeks(folder);
    }

    @AfterEach
    void stop() {
        keks.close();
        vault.close();
    }

    private KekHandle open(Map<String, ?> settings) {
        return keks.open(vault.address(), vault.root().createToken(Map.of("policies", List.of("root"))), settings);
    }

    private static void wrap(KekHandle kek, Duration time, WrapContext context) {
        kek.wrap(new byte[32], context, Deadline.after(time));
    }

    private static void wrap(KekHandle kek) {
        wrap(kek, Duration.ofSeconds(10), CONTEXT);
    }

    private static KmsException failure(Runnable call) {
        KmsException failure = catchThrowableOfType(KmsException.class, call::run);
        assertThat(failure).as("the failure").isNotNull();
        return failure;
    }

    private static Finding finding(KekHandle kek) {
        return kek.examine(Deadline.after(Duration.ofSeconds(10))).stream()
                .filter(finding -> finding.check().equals("vault.key.context"))
                .findFirst()
                .orElseThrow();
    }

    private void ignoreTheContext() {
        vault.always("POST transit/encrypt/*", VaultFault.ignoring("associated_data"));
        vault.always(DECRYPT, VaultFault.ignoring("associated_data"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bound", ""})
    @DisplayName("a Vault that ignores it wraps nothing, and heals when it heeds it")
    void ignored(String keyring) {
        WrapContext context = keyring.isEmpty() ? WrapContext.empty() : CONTEXT;
        ignoreTheContext();
        KekHandle kek = open(Map.of());
        for (int i = 0; i < 2; i++) {
            assertThat(failure(() -> wrap(kek, Duration.ofSeconds(10), context)))
                    .matches(e -> e.code() == Code.BAD_ANSWER)
                    .hasMessageContaining("vault:transit/payments")
                    .hasMessageContaining("Vault ignores associated_data")
                    .hasMessageContaining("upgrade Vault to 1.13 or newer");
        }
        assertThat(finding(kek))
                .matches(finding -> finding.verdict() == Finding.Verdict.FAILURE)
                .matches(finding -> finding.seen().contains("Vault ignores associated_data"))
                .matches(finding -> finding.remedy().contains("upgrade Vault"));
        vault.heal();
        wrap(kek, Duration.ofSeconds(10), context);
        assertThat(finding(kek).verdict()).isEqualTo(Finding.Verdict.OK);
    }

    @Test
    @DisplayName("the proof is one request in the life of a handle")
    void once() {
        KekHandle kek = open(Map.of());
        wrap(kek);
        wrap(kek);
        wrap(kek);
        assertThat(vault.calls(DECRYPT)).isEqualTo(1);
    }

    @Test
    @DisplayName("a proof that was not to be had fails the wrap as what it is, and is made good by the next")
    void notToBeHad() {
        KekHandle kek = open(Map.of());
        vault.next(DECRYPT, VaultFault.errors(503, "Vault is sealed"));
        vault.next(DECRYPT, VaultFault.rateLimited(Duration.ofSeconds(7)));
        assertThat(failure(() -> wrap(kek)))
                .matches(e -> e.code() == Code.UNAVAILABLE)
                .hasMessageStartingWith("proving that a wrap is bound to its context under vault:transit/payments: ");
        assertThat(failure(() -> wrap(kek)))
                .matches(e -> e.code() == Code.THROTTLED)
                .matches(e -> e.retryAfter().equals(Optional.of(Duration.ofSeconds(7))));
        wrap(kek);
        assertThat(vault.calls(DECRYPT)).isEqualTo(3);
    }

    @Test
    @DisplayName("the proof keeps the deadline of the wrap")
    void deadline() {
        KekHandle kek = open(Map.of());
        kek.describe(Deadline.after(Duration.ofSeconds(10)));
        vault.next(DECRYPT, VaultFault.hang());
        assertThat(failure(() -> wrap(kek, Duration.ofMillis(700), CONTEXT)).code())
                .isEqualTo(Code.TIMEOUT);
        vault.heal();
        wrap(kek);
    }

    @Test
    @DisplayName("of an RSA key, which declares that it binds none, no proof is asked")
    void rsa() {
        vault.root().createKey("rsa", "rsa-2048");
        wrap(open(Map.of("key", "rsa", "keyType", "rsa-2048")));
        assertThat(vault.calls(DECRYPT)).isZero();
    }
}
