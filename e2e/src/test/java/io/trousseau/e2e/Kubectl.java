package io.trousseau.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** kubectl as the administrator of one kube-apiserver. */
final class Kubectl {
    private final Path kubeconfig;

    Kubectl(Path kubeconfig) {
        this.kubeconfig = kubeconfig;
    }

    /** What kubectl printed; a failure of it is an error with its own words. */
    String run(String... arguments) {
        return run(null, arguments);
    }

    void createSecret(String name, String value) {
        run("create", "secret", "generic", name, "--from-literal=value=" + value);
    }

    String readSecret(String name) {
        String encoded = run("get", "secret", name, "--output=jsonpath={.data.value}");
        return new String(Base64.getDecoder().decode(encoded), UTF_8);
    }

    /** {@code kubectl get -A secrets -o json | kubectl replace -f -}: every Secret is written again as it is. */
    String rewriteAllSecrets() {
        try {
            Path all = Files.createTempFile(kubeconfig.getParent(), "secrets", ".json");
            try {
                Files.writeString(all, run("get", "-A", "secrets", "-o", "json"));
                return run(all, "replace", "-f", "-");
            } finally {
                Files.delete(all);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String run(@Nullable Path input, String... arguments) {
        List<String> all = new ArrayList<>(
                List.of("--kubeconfig=" + kubeconfig, "--cache-dir=" + kubeconfig.resolveSibling("kubectl-cache")));
        all.addAll(List.of(arguments));
        return Command.run(Assets.kubectl(), input, all);
    }
}
