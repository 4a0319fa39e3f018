package io.trousseau.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.trousseau.api.ConfigException;
import io.trousseau.api.ConfigException.Problem;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.KmsProviderContract;
import io.trousseau.testkit.RecordingLogger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VaultKmsProviderTest extends KmsProviderContract {
    @TempDir
    Path folder;

    private Path tokenFile;

    @BeforeEach
    void writeToken() throws IOException {
        tokenFile = Files.writeString(folder.resolve("token"), "s.token\n");
    }

    @Override
    protected KmsProvider provider() {
        return new VaultKmsProvider();
    }

    @Override
    protected ProviderConfig usableConfig() {
        return ProviderConfig.of(usable());
    }

    private Map<String, Object> usable() {
        return new HashMap<>(
                Map.of("addresses", List.of("https://127.0.0.1:1"), "key", "payments", "tokenFile", tokenFile));
    }

    private ProviderConfig usableBut(String setting, Object value) {
        Map<String, Object> settings = usable();
        settings.put(setting, value);
        return ProviderConfig.of(settings);
    }

    @Override
    protected Map<String, ProviderConfig> unusableConfigs() {
        Map<String, ProviderConfig> unusable = new LinkedHashMap<>();
        unusable.put("no address", usableBut("addresses", List.of()));
        unusable.put("plain HTTP", usableBut("addresses", List.of("http://vault.example.com:8200")));
        unusable.put("a CA file that is not there", usableBut("caFile", folder.resolve("no-ca.pem")));
        unusable.put("a certificate without its key", usableBut("clientCertificateFile", tokenFile));
        unusable.put("a role with auth: token", usableBut("role", "trousseau"));
        unusable.put("auth: approle without its settings", usableBut("auth", "approle"));
        return unusable;
    }

    private static List<Problem> problemsOf(Map<String, ?> settings) {
        ConfigException refusal = catchThrowableOfType(
                ConfigException.class,
                () -> new VaultKmsProvider().open(ProviderConfig.of(settings), context(new RecordingLogger())));
        assertThat(refusal).as("the refusal of %s", settings).isNotNull();
        return refusal.problems();
    }

    private static ProviderContext context(RecordingLogger log) {
        return new ProviderContext("vault-eu", log, InstantSource.system());
    }

    private void opens(Map<String, ?> settings) {
        new VaultKmsProvider()
                .open(ProviderConfig.of(settings), context(new RecordingLogger()))
                .close();
    }

    @Test
    @DisplayName("Every problem is told at once, each with its setting")
    void allAtOnce() {
        List<Problem> problems = problemsOf(Map.of(
                "addresses", List.of("vault:8200", "http://vault.example.com:8200"),
                "key", "a/b",
                "mount", "../sys",
                "namespace", "team a",
                "instance", "Prod EU",
                "auth", "userpass",
                "proxy", "https://proxy:3128/path",
                "clientKeyFile", tokenFile));
        assertThat(problems)
                .extracting(Problem::field)
                .containsExactlyInAnyOrder(
                        "addresses",
                        "addresses",
                        "key",
                        "mount",
                        "namespace",
                        "instance",
                        "username",
                        "passwordFile",
                        "proxy",
                        "clientCertificateFile");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vault",
                "vault:8200",
                "ftp://vault:8200",
                "https://",
                "https://user:pass-word@vault:8200",
                "https://vault:8200/v1",
                "https://vault:8200?x=y",
                "https://vault:8200#x",
                "https://vault 1:8200"
            })
    @DisplayName("An address is scheme, host and port; what is wrong is not repeated, since it may hold a password")
    void addresses(String address) {
        Map<String, Object> settings = usable();
        settings.put("addresses", List.of(address));
        assertThat(problemsOf(settings)).singleElement().satisfies(problem -> {
            assertThat(problem.field()).isEqualTo("addresses");
            assertThat(problem.message()).contains("https://HOST:PORT").doesNotContain("pass-word");
        });
    }

    @Test
    @DisplayName("Plain HTTP goes to loopback only, unless the settings allow it in as many words")
    void plainHttp() {
        Map<String, Object> settings = usable();
        for (String loopback : List.of("http://127.0.0.1:8200/", "http://localhost:8200", "http://[::1]:8200")) {
            settings.put("addresses", List.of(loopback));
            opens(settings);
        }
        settings.put("addresses", List.of("http://vault.example.com:8200"));
        assertThat(problemsOf(settings))
                .singleElement()
                .satisfies(problem -> assertThat(problem.message()).contains("allowPlainHttp: true"));
        settings.put("allowPlainHttp", true);
        opens(settings);
    }

    @ParameterizedTest
    @CsvSource({"key, ..", "key, a b", "key, a?b", "mount, a//b", "mount, a/../b", "mount, ''", "namespace, a/./b"})
    @DisplayName("A path that would lead elsewhere is refused")
    void paths(String setting, String value) {
        Map<String, Object> settings = usable();
        settings.put(setting, value);
        assertThat(problemsOf(settings))
                .singleElement()
                .extracting(Problem::field)
                .isEqualTo(setting);
    }

    @Test
    @DisplayName("Slashes at the ends of a path are no matter, and \"/\" is the root namespace")
    void slashes() {
        Map<String, Object> settings = usable();
        settings.put("mount", "/kms/transit/");
        settings.put("namespace", "team-a/");
        settings.put("authNamespace", "/");
        opens(settings);
    }

    @Test
    @DisplayName("Each login method opens with its settings, and names each that is missing or of no use")
    void methods() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "secret");
        Map<String, Map<String, ?>> methods = Map.of(
                "approle", Map.of("roleId", "r", "secretIdFile", secret),
                "kubernetes", Map.of("role", "r"),
                "jwt", Map.of("jwtFile", secret),
                "userpass", Map.of("username", "u", "passwordFile", secret));
        methods.forEach((method, settings) -> {
            Map<String, Object> all = new HashMap<>(settings);
            all.put("addresses", List.of("https://127.0.0.1:1"));
            all.put("key", "payments");
            all.put("auth", method);
            opens(all);
            all.put("tokenFile", tokenFile);
            assertThat(problemsOf(all))
                    .as(method)
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.message()).contains("set auth to token"));
            all.keySet().removeAll(settings.keySet());
            all.remove("tokenFile");
            if (!method.equals("kubernetes")) {
                assertThat(problemsOf(all))
                        .as(method)
                        .isNotEmpty()
                        .allSatisfy(problem -> assertThat(problem.message()).contains("auth: " + method));
            }
        });
    }

    @Test
    @DisplayName("auth: cert needs TLS, a certificate and its key")
    void cert() {
        assertThat(problemsOf(Map.of("addresses", List.of("http://127.0.0.1:8200"), "key", "payments", "auth", "cert")))
                .extracting(Problem::field)
                .containsExactlyInAnyOrder("addresses", "clientCertificateFile", "clientKeyFile");
    }

    @Test
    @DisplayName("Problems of several files are told at once")
    void files() {
        Map<String, Object> settings = usable();
        settings.put("caFile", folder.resolve("no-ca.pem"));
        settings.put("auth", "userpass");
        settings.put("username", "u");
        settings.put("passwordFile", folder.resolve("no-password"));
        settings.remove("tokenFile");
        assertThat(problemsOf(settings)).extracting(Problem::field).containsExactlyInAnyOrder("caFile", "passwordFile");
    }

    @Test
    @DisplayName("The handle tells its KEK and nothing else")
    void handle() {
        Map<String, Object> settings = usable();
        settings.put("instance", "prod-eu");
        settings.put("namespace", "team-a");
        try (KekHandle kek = new VaultKmsProvider().open(ProviderConfig.of(settings), context(new RecordingLogger()))) {
            assertThat(kek).hasToString("TransitKek[prod-eu:team-a/transit/payments]");
        }
    }
}
