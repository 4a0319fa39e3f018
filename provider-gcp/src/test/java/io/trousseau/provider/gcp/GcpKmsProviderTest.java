package io.trousseau.provider.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trousseau.api.ConfigException;
import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.KmsProviderContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GcpKmsProviderTest extends KmsProviderContract {
    private static final String KEY =
            "projects/acme-prod/locations/europe-west3/keyRings/kubernetes/cryptoKeys/secrets";

    @TempDir
    Path folder;

    @Override
    protected KmsProvider provider() {
        return new GcpKmsProvider();
    }

    @Override
    protected ProviderConfig usableConfig() throws IOException {
        return config("credentialsFile", file("key.json", CredentialFiles.serviceAccount("kms@acme-prod.example")));
    }

    @Override
    protected Map<String, ProviderConfig> unusableConfigs() throws IOException {
        Path usable = file("usable.json", CredentialFiles.serviceAccount("kms@acme-prod.example"));
        Map<String, ProviderConfig> configs = new LinkedHashMap<>();
        configs.put("a key that is none", config("key", "my-key"));
        configs.put("a key with a version", config("key", KEY + "/cryptoKeyVersions/1"));
        configs.put("a credentials file that is not there", config("credentialsFile", folder.resolve("missing")));
        configs.put("a credentials file that is no JSON", config("credentialsFile", file("text", "hello")));
        configs.put("a credentials file that is no object", config("credentialsFile", file("list", "[1]")));
        configs.put("credentials of no known type", config("credentialsFile", file("t", "{\"type\":\"magic\"}")));
        configs.put(
                "credentials without their fields",
                config("credentialsFile", file("f", "{\"type\":\"service_account\"}")));
        configs.put(
                "credentials that run a program",
                config("credentialsFile", file("x", CredentialFiles.externalAccountOfProgram())));
        configs.put(
                "credentials of another universe",
                config("credentialsFile", usable, "universeDomain", "sovereign.example"));
        configs.put("a file and the metadata server", config("credentialsFile", usable, "credentials", "metadata"));
        configs.put("no file where one is asked for", config("credentials", "file"));
        configs.put("an endpoint that is none", config("endpoint", "kms/v1", "credentials", "metadata"));
        configs.put("an endpoint without TLS elsewhere", config("endpoint", "http://kms.example:80"));
        configs.put(
                "credentials for an endpoint without TLS",
                config("endpoint", "http://127.0.0.1:1", "credentialsFile", usable));
        configs.put("a proxy that is none", config("proxy", "socks://x", "credentials", "metadata"));
        configs.put("an account that is none", config("impersonate", List.of("kms"), "credentials", "metadata"));
        configs.put("a project that is none", config("quotaProject", "No Project", "credentials", "metadata"));
        configs.put(
                "a CA file that is not there", config("caFile", folder.resolve("missing"), "credentials", "metadata"));
        configs.put("a CA file without certificates", config("caFile", file("ca", "no"), "credentials", "metadata"));
        return configs;
    }

    @Test
    @DisplayName("every problem is told at once, each with its setting")
    void everyProblem() {
        assertThatThrownBy(() -> open(config("key", "my-key", "proxy", "x", "endpoint", "::", "credentials", "file")))
                .isInstanceOfSatisfying(
                        ConfigException.class,
                        e -> assertThat(e.problems())
                                .extracting(ConfigException.Problem::field)
                                .containsExactlyInAnyOrder("key", "proxy", "endpoint", "credentials"));
    }

    @Test
    @DisplayName("credentials that run a program are refused with the reason, and taken when asked for")
    void program() throws IOException {
        Path file = file("program.json", CredentialFiles.externalAccountOfProgram());
        assertThatThrownBy(() -> open(config("credentialsFile", file)))
                .hasMessageContaining("whoever can write the file could run anything")
                .hasMessageContaining("allowExecutable");
        open(config("credentialsFile", file, "allowExecutable", true));
    }

    @Test
    @DisplayName("a program inside the source of impersonated credentials is found too")
    void nestedProgram() throws IOException {
        Path file = file(
                "nested.json",
                "{\"type\":\"impersonated_service_account\",\"service_account_impersonation_url\":"
                        + "\"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@b:generateAccessToken\","
                        + "\"source_credentials\":" + CredentialFiles.externalAccountOfProgram() + "}");
        assertThatThrownBy(() -> open(config("credentialsFile", file))).hasMessageContaining("allowExecutable");
    }

    @Test
    @DisplayName("no piece of a broken credentials file is in the message")
    void brokenFileIsNotQuoted() throws IOException {
        Path file = file(
                "broken.json",
                "{\"type\":\"service_account\",\"client_email\":\"a@b\",\"client_id\":\"1\",\"private_key_id\":\"2\","
                        + "\"private_key\":\"sesame-0pen\"}");
        assertThatThrownBy(() -> open(config("credentialsFile", file)))
                .hasMessageContaining("no usable credentials file")
                .hasMessageNotContaining("sesame")
                .hasNoCause();
    }

    @Test
    @DisplayName("names of regional, sovereign and old projects' keys are taken")
    void keyNames() {
        for (String key : List.of(
                KEY,
                "projects/123456789012/locations/global/keyRings/R_1/cryptoKeys/k-1",
                "projects/example.com:old/locations/us/keyRings/r/cryptoKeys/k",
                "projects/s3ns:tenant/locations/u-france-east1/keyRings/r/cryptoKeys/k")) {
            assertThat(CryptoKeyName.parse(key)).as(key).isPresent();
        }
    }

    private void open(ProviderConfig config) {
        new GcpKmsProvider(Map.of(), folder)
                .open(config, new ProviderContext("gcp-eu", System.getLogger("test"), InstantSource.system()))
                .close();
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private static ProviderConfig config(Object... settings) {
        Map<String, Object> values = new HashMap<>(Map.of("key", KEY));
        for (int i = 0; i < settings.length; i += 2) {
            values.put((String) settings[i], settings[i + 1]);
        }
        return ProviderConfig.of(values);
    }
}
