package io.trousseau.provider.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.trousseau.api.ConfigException;
import io.trousseau.api.ConfigException.Problem;
import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.testkit.KmsProviderContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AzureKmsProviderTest extends KmsProviderContract {
    private static final String KEY = "https://payments.vault.azure.net/keys/trousseau";

    @TempDir
    Path folder;

    @Override
    protected KmsProvider provider() {
        return new AzureKmsProvider();
    }

    @Override
    protected ProviderConfig usableConfig() {
        return config(Map.of("auth", "managed-identity"));
    }

    @Override
    protected Map<String, ProviderConfig> unusableConfigs() throws IOException {
        Path junk = Files.writeString(folder.resolve("junk"), "junk");
        Map<String, ProviderConfig> configs = new HashMap<>();
        configs.put("a key's URL with a version", config(Map.of("key", KEY + "/0123456789abcdef0123456789abcdef")));
        configs.put("no URL", config(Map.of("key", "trousseau")));
        configs.put("a CA file that is none", config(Map.of("caFile", junk)));
        configs.put("a CA file that is not there", config(Map.of("caFile", folder.resolve("none"))));
        configs.put("a login without what it needs", config(Map.of("auth", "client-secret")));
        configs.put(
                "a certificate that is none",
                config(Map.of(
                        "auth",
                        "client-certificate",
                        "tenantId",
                        "t",
                        "clientId",
                        "c",
                        "clientCertificateFile",
                        junk)));
        return configs;
    }

    private static ProviderConfig config(Map<String, ?> settings) {
        Map<String, Object> all = new HashMap<>(
                Map.of("key", KEY, "algorithm", "RSA-OAEP-256", "cloud", "public", "auth", "environment"));
        all.putAll(settings);
        return ProviderConfig.of(all);
    }

    private static List<Problem> problems(Map<String, ?> settings, Map<String, String> environment) {
        ConfigException refusal =
                catchThrowableOfType(ConfigException.class, () -> AzureSettings.check(config(settings), environment));
        assertThat(refusal).as("the refusal of %s", settings).isNotNull();
        return refusal.problems();
    }

    @ParameterizedTest
    @DisplayName("A key's URL that cannot be one is refused with what to write")
    @CsvSource({
        "http://payments.vault.azure.net/keys/k, must be the URL of a key",
        "https://payments.vault.azure.net/secrets/k, must be the URL of a key",
        "https://payments.vault.azure.net/keys/a_b, must be the URL of a key",
        "https://payments.vault.azure.net/keys/k?x=y, must be the URL of a key",
        "https://u:p@payments.vault.azure.net/keys/k, must be the URL of a key",
        "https://payments.vault.azure.net/keys/k/abc, leave the last part away",
        "https://payments.vault.azure.cn/keys/k, set \"cloud: china\"",
        "https://payments.managedhsm.usgovcloudapi.net/keys/k, set \"cloud: usgov\"",
        "https://vault.azure.net.evil.example/keys/k, is no vault or HSM of the cloud",
        "https://vault.azure.net/keys/k, is no vault or HSM of the cloud",
    })
    void keys(String url, String says) {
        assertThat(problems(Map.of("key", url), Map.of())).singleElement().satisfies(problem -> {
            assertThat(problem.field()).isEqualTo("key");
            assertThat(problem.message()).contains(says).doesNotContain("u:p");
        });
    }

    @ParameterizedTest
    @DisplayName("A cloud has its own login and its own resource")
    @CsvSource({
        "public, x.vault.azure.net, https://login.microsoftonline.com/, https://vault.azure.net",
        "public, x.managedhsm.azure.net, https://login.microsoftonline.com/, https://managedhsm.azure.net",
        "china, x.vault.azure.cn, https://login.chinacloudapi.cn/, https://vault.azure.cn",
        "usgov, x.vault.usgovcloudapi.net, https://login.microsoftonline.us/, https://vault.usgovcloudapi.net",
        "usgov, x.managedhsm.usgovcloudapi.net, https://login.microsoftonline.us/, https://managedhsm.usgovcloudapi.net",
    })
    void clouds(String cloud, String host, String authority, String resource) {
        AzureSettings settings =
                AzureSettings.check(config(Map.of("cloud", cloud, "key", "https://" + host + "/keys/k")), Map.of());
        assertThat(settings.authorityHost()).isEqualTo(authority);
        assertThat(settings.resource()).isEqualTo(resource);
    }

    @Test
    @DisplayName("All problems are told at once, each under its setting")
    void allAtOnce() {
        assertThat(problems(
                        Map.of(
                                "key", "nonsense",
                                "authorityHost", "https://x",
                                "auth", "workload-identity",
                                "clientId", "a b",
                                "clientSecretFile", folder.resolve("s"),
                                "proxy", "socks://x"),
                        Map.of()))
                .extracting(Problem::field)
                .contains(
                        "key",
                        "authorityHost",
                        "tenantId",
                        "federatedTokenFile",
                        "clientSecretFile",
                        "clientId",
                        "proxy");
    }

    @Test
    @DisplayName("A cloud of one's own needs to be told where to log in and for what")
    void custom() {
        assertThat(problems(Map.of("cloud", "custom"), Map.of()))
                .extracting(Problem::field)
                .containsExactly("authorityHost", "resource");
    }

    @Test
    @DisplayName("The environment decides for one way before anything is tried, and settings come before variables")
    void environment() {
        assertThat(login(Map.of(), Map.of())).isEqualTo("system-assigned managed identity");
        assertThat(login(Map.of(), Map.of("AZURE_CLIENT_ID", "c"))).isEqualTo("user-assigned managed identity c");
        Map<String, String> workload =
                Map.of("AZURE_TENANT_ID", "t", "AZURE_CLIENT_ID", "c", "AZURE_FEDERATED_TOKEN_FILE", "/f");
        assertThat(login(Map.of(), workload)).isEqualTo("workload identity of client c in tenant t");
        assertThat(login(Map.of("clientId", "mine"), workload))
                .isEqualTo("workload identity of client mine in tenant t");
        assertThat(login(Map.of(), Map.of("AZURE_TENANT_ID", "t", "AZURE_CLIENT_ID", "c", "AZURE_CLIENT_SECRET", "s")))
                .isEqualTo("secret of client c in tenant t");
        assertThat(login(
                        Map.of(),
                        Map.of("AZURE_TENANT_ID", "t", "AZURE_CLIENT_ID", "c", "AZURE_CLIENT_CERTIFICATE_PATH", "/p")))
                .isEqualTo("certificate of client c in tenant t");
        assertThat(problems(Map.of(), Map.of("AZURE_CLIENT_SECRET", "hunter2")))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.field()).isEqualTo("auth");
                    assertThat(problem.message()).contains("AZURE_TENANT_ID").doesNotContain("hunter2");
                });
    }

    @Test
    @DisplayName("What names a way to log in is not changed by the environment")
    void environmentIgnored() {
        assertThat(login(
                        Map.of("auth", "managed-identity"),
                        Map.of("AZURE_TENANT_ID", "t", "AZURE_CLIENT_ID", "c", "AZURE_FEDERATED_TOKEN_FILE", "/f")))
                .isEqualTo("system-assigned managed identity");
    }

    private static String login(Map<String, ?> settings, Map<String, String> environment) {
        return AzureSettings.check(config(settings), environment).login().describe();
    }
}
