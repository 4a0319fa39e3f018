package io.trousseau.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class ManifestsCommandTest {
    @TempDir
    Path folder;

    private Path write(String socket, String more) throws IOException {
        return Files.writeString(folder.resolve("trousseau.yaml"), """
                apiVersion: trousseau.io/v1
                kind: TrousseauConfiguration
                socket: {path: %s}
                keyring:
                  name: ring
                  members:
                  - name: main
                    provider: local
                    config: {keyFile: /etc/keys/kek.key}
                  - name: old
                    provider: local
                    role: unwrap
                    config: {keyFile: old.key}
                %s
                """.formatted(socket, more));
    }

    private Map<?, ?> yaml(String file) throws IOException {
        Object document = new Load(LoadSettings.builder().build()).loadFromString(read(file));
        return (Map<?, ?>) Objects.requireNonNull(document);
    }

    private String read(String file) throws IOException {
        return Files.readString(folder.resolve("out").resolve(file));
    }

    private Ran generate(Path config, Object... more) {
        return Ran.trousseau(
                Stream.concat(Stream.of("manifests", "--config", config, "-o", folder.resolve("out")), Stream.of(more))
                        .toArray());
    }

    /** What stands at a path of names and positions in a document. */
    private static Object at(Object document, Object... path) {
        Object here = document;
        for (Object step : path) {
            here = step instanceof Integer place ? ((List<?>) here).get(place) : ((Map<?, ?>) here).get(step);
        }
        return here;
    }

    @Test
    @DisplayName("EncryptionConfiguration names the plugin's socket first and identity last")
    void encryptionConfiguration() throws IOException {
        Ran ran = generate(write("/run/trousseau/kms.sock", ""));
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.out().lines())
                .containsExactly(
                        folder + "/out/encryption-configuration.yaml",
                        folder + "/out/kube-apiserver.yaml",
                        folder + "/out/trousseau-pod.yaml",
                        folder + "/out/trousseau.service");
        Map<?, ?> document = yaml("encryption-configuration.yaml");
        assertThat(at(document, "kind")).isEqualTo("EncryptionConfiguration");
        assertThat(at(document, "resources", 0, "providers", 0, "kms"))
                .isEqualTo(Map.of(
                        "apiVersion", "v2",
                        "name", "trousseau",
                        "endpoint", "unix:///run/trousseau/kms.sock",
                        "timeout", "3s"));
        assertThat(at(document, "resources", 0, "providers", 1)).isEqualTo(Map.of("identity", Map.of()));
    }

    @Test
    @DisplayName("kube-apiserver and the static pod mount the socket's directory, not the socket")
    void directories() throws IOException {
        generate(write("/run/trousseau/kms.sock", ""));
        Map<?, ?> apiserver = yaml("kube-apiserver.yaml");
        assertThat(at(apiserver, "spec", "volumes", 1, "hostPath"))
                .isEqualTo(Map.of("path", "/run/trousseau", "type", "DirectoryOrCreate"));
        assertThat(at(apiserver, "spec", "containers", 0, "volumeMounts", 1, "mountPath"))
                .isEqualTo("/run/trousseau");
        Map<?, ?> pod = yaml("trousseau-pod.yaml");
        assertThat((List<?>) at(pod, "spec", "volumes"))
                .extracting(volume -> at(volume, "hostPath", "path"))
                .containsExactly(folder.toString(), "/etc/keys", "/run/trousseau");
        assertThat((List<?>) at(pod, "spec", "containers", 0, "volumeMounts"))
                .extracting(mount -> at(mount, "mountPath") + " " + at(mount, "readOnly"))
                .containsExactly(folder + " true", "/etc/keys true", "/run/trousseau null");
    }

    @Test
    @DisplayName("the static pod needs nothing of the cluster and has no rights that it does not need")
    void staticPod() throws IOException {
        generate(
                write("/run/trousseau/kms.sock", "admin: {address: '[::1]:9999'}"),
                "--image",
                "example.com/t@sha256:0");
        Map<?, ?> pod = yaml("trousseau-pod.yaml");
        assertThat(at(pod, "spec", "hostNetwork")).isEqualTo(true);
        assertThat(at(pod, "spec", "dnsPolicy")).isEqualTo("Default");
        assertThat(at(pod, "spec", "automountServiceAccountToken")).isEqualTo(false);
        assertThat(at(pod, "spec", "priorityClassName")).isEqualTo("system-node-critical");
        Object container = at(pod, "spec", "containers", 0);
        assertThat(at(container, "image")).isEqualTo("example.com/t@sha256:0");
        assertThat(at(container, "args")).isEqualTo(List.of("serve", "--config", folder + "/trousseau.yaml"));
        assertThat(at(container, "securityContext"))
                .isEqualTo(Map.of(
                        "allowPrivilegeEscalation", false,
                        "readOnlyRootFilesystem", true,
                        "capabilities", Map.of("drop", List.of("ALL"))));
        assertThat(at(container, "livenessProbe", "httpGet"))
                .isEqualTo(Map.of("host", "0:0:0:0:0:0:0:1", "port", 9999, "path", "/livez"));
        assertThat(at(container, "readinessProbe")).isNull();
    }

    @Test
    @DisplayName("without an admin address there is nothing to probe")
    void noAdmin() throws IOException {
        generate(write("/run/trousseau/kms.sock", "admin: {address: none}"));
        assertThat(at(yaml("trousseau-pod.yaml"), "spec", "containers", 0, "livenessProbe"))
                .isNull();
    }

    @Test
    @DisplayName("a socket below /run is in a runtime directory that outlives restarts, any other in a writable path")
    void systemd() throws IOException {
        generate(write("/run/trousseau/kms.sock", ""));
        assertThat(read("trousseau.service"))
                .contains(
                        "\nRuntimeDirectory=trousseau\nRuntimeDirectoryMode=0700\nRuntimeDirectoryPreserve=yes\n",
                        "\nExecStart=/opt/trousseau/bin/trousseau serve --config " + folder + "/trousseau.yaml\n",
                        "\nProtectSystem=strict\n",
                        "\nCapabilityBoundingSet=\n",
                        "\nBefore=kubelet.service\n");
        Files.delete(folder.resolve("out/trousseau.service"));
        try (Stream<Path> rest = Files.list(folder.resolve("out"))) {
            for (Path file : rest.toList()) {
                Files.delete(file);
            }
        }
        generate(write("/var/lib/kms/t.sock", ""));
        assertThat(read("trousseau.service"))
                .contains("\nReadWritePaths=/var/lib/kms\n")
                .doesNotContain("RuntimeDirectory");
    }

    @Test
    @DisplayName("a socket below /var/run is below /run, which is empty after each boot")
    void varRun() throws IOException {
        generate(write("/var/run/kmsplugin/kms.sock", ""));
        assertThat(read("trousseau.service"))
                .contains("\nRuntimeDirectory=kmsplugin\n")
                .doesNotContain("ReadWritePaths");
    }

    @Test
    @DisplayName("systemd starts the service again however often it could not start")
    void startLimit() throws IOException {
        generate(write("/run/trousseau/kms.sock", ""));
        assertThat(read("trousseau.service")).containsPattern("\\[Unit](\n[^\\[\n]+)*\nStartLimitIntervalSec=0\n");
    }

    @Test
    @DisplayName("with a group, the static pod may give it the socket without the node being prepared at each boot")
    void groupOfThePod() throws IOException {
        generate(write("/run/trousseau/kms.sock, group: root", ""));
        assertThat(at(yaml("trousseau-pod.yaml"), "spec", "containers", 0, "securityContext", "capabilities"))
                .isEqualTo(Map.of("drop", List.of("ALL"), "add", List.of("CHOWN")));
        assertThat(read("trousseau-pod.yaml")).doesNotContain("install -d");
    }

    @Test
    @DisplayName("with a group, the directory that is made by hand for the service is the group's")
    void groupOfTheService() throws IOException {
        generate(write("/var/lib/kms/t.sock, group: root", ""));
        assertThat(read("trousseau.service")).contains("\nGroup=root\n", "install -d -m 0750 -g root /var/lib/kms\n");
    }

    @Test
    @DisplayName("files that exist are not touched, and none is written then")
    void existing() throws IOException {
        Path config = write("/run/trousseau/kms.sock", "");
        Path existing = folder.resolve("out/trousseau.service");
        Files.createDirectories(existing.getParent());
        Files.writeString(existing, "mine");
        Ran ran = generate(config);
        assertThat(ran.exitCode()).isEqualTo(1);
        assertThat(ran.err()).contains(existing + " exists already");
        assertThat(existing).hasContent("mine");
        assertThat(folder.resolve("out/trousseau-pod.yaml")).doesNotExist();
    }

    @Test
    @DisplayName("without a folder everything is printed under its file's name")
    void printed() throws IOException {
        Ran ran = Ran.trousseau("manifests", "--config", write("/run/trousseau/kms.sock", ""));
        assertThat(ran.out())
                .contains(
                        "# ==================== encryption-configuration.yaml\n",
                        "# ==================== trousseau.service\n",
                        "image: ");
    }

    @Test
    @DisplayName("a wrong configuration is refused with its problems and exit code 2")
    void wrong() throws IOException {
        Ran ran = generate(write("relative.sock", ""));
        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.err()).contains("socket.path");
    }
}
