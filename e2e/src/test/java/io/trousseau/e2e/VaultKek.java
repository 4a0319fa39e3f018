package io.trousseau.e2e;

import io.trousseau.testkit.vault.OpenBao;
import io.trousseau.testkit.vault.OpenBaoCluster;
import io.trousseau.testkit.vault.VaultClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A Transit key of a real OpenBao server, used as production would: AppRole, and a policy that allows no more than needed. */
final class VaultKek implements Kek {
    private static final String KEY = "kubernetes";
    private static final String ROLE = "trousseau";
    private static final String POLICY = """
            path "transit/keys/kubernetes" { capabilities = ["read"] }
            path "transit/encrypt/kubernetes" { capabilities = ["update"] }
            path "transit/decrypt/kubernetes" { capabilities = ["update"] }
            """;

    private final OpenBao server;
    private final Plugin.Member member;

    private VaultKek(OpenBao server, Plugin.Member member) {
        this.server = server;
        this.member = member;
    }

    /** A server of its own that keeps its data on disk, with a key in it. */
    static VaultKek start(String instance, Path workspace) {
        OpenBao server = OpenBao.durable();
        try {
            return new VaultKek(server, prepare(server.root(), List.of(server.address()), instance, workspace));
        } catch (RuntimeException | Error e) {
            server.close();
            throw e;
        }
    }

    /** A key in a cluster that is there: what a configuration says of it. */
    static Plugin.Member in(OpenBaoCluster cluster, String instance, Path workspace) {
        return prepare(cluster.root(), cluster.addresses(), instance, workspace);
    }

    private static Plugin.Member prepare(VaultClient root, List<URI> addresses, String instance, Path workspace) {
        root.enableEngine("transit", "transit");
        root.createKey(KEY, "aes256-gcm96");
        root.writePolicy("trousseau", POLICY);
        root.enableAuth("approle", "approle");
        String roleId = root.createAppRole(ROLE, Map.of("token_policies", "trousseau", "token_ttl", "20m"));
        return new Plugin.Member(
                "vault",
                Map.of(
                        "addresses",
                        addresses.stream()
                                .map(uri -> '"' + uri.toString() + '"')
                                .collect(Collectors.joining(", ", "[", "]")),
                        "key",
                        KEY,
                        "instance",
                        instance,
                        "auth",
                        "approle",
                        "roleId",
                        roleId,
                        "secretIdFile",
                        newSecretId(root, workspace.resolve(instance + ".secret-id"))));
    }

    private static String newSecretId(VaultClient root, Path file) {
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, root.createSecretId(ROLE) + "\n");
            return file.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The server itself, to be stopped, sealed, frozen. */
    OpenBao server() {
        return server;
    }

    @Override
    public Plugin.Member member() {
        return member;
    }

    /** What the configuration of another node says of it: the same, but that its secret-id is its own. */
    Plugin.Member memberOfAnotherNode(Path workspace) {
        Map<String, String> config = new HashMap<>(member.config());
        config.put("secretIdFile", newSecretId(server.root(), workspace.resolve("another-node.secret-id")));
        return new Plugin.Member(member.provider(), config);
    }

    @Override
    public void rotate() {
        server.root().rotateKey(KEY);
    }

    @Override
    public void close() {
        server.close();
    }
}
