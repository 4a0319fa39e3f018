package io.trousseau.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** kubectl as the administrator of one kube-apiserver. */
final class Kubectl {
    private final Path kubeconfig;
    private final Path cache;

    Kubectl(Path kubeconfig) {
        this.kubeconfig = kubeconfig;
        this.cache = kubeconfig.resolveSibling("kubectl-cache");
    }

    /** What kubectl printed; a failure of it is an error with its own words. */
    String run(String... arguments) {
        return run(null, arguments);
    }

    /** As {@link #run(String...)}, with a file as standard input. */
    String runWith(Path input, String... arguments) {
        return run(input, arguments);
    }

    void createSecret(String name, String value) {
        run("create", "secret", "generic", name, "--from-literal=value=" + value);
    }

    String readSecret(String name) {
        String encoded = run("get", "secret", name, "--output=jsonpath={.data.value}");
        return new String(Base64.getDecoder().decode(encoded), UTF_8);
    }

    private String run(@Nullable Path input, String... arguments) {
        List<String> command = new ArrayList<>(
                List.of(Assets.kubectl().toString(), "--kubeconfig=" + kubeconfig, "--cache-dir=" + cache));
        command.addAll(List.of(arguments));
        try {
            Path errors = Files.createTempFile(kubeconfig.getParent(), "kubectl", ".err");
            Path output = Files.createTempFile(kubeconfig.getParent(), "kubectl", ".out");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectInput((input != null ? input : Path.of("/dev/null")).toFile())
                        .redirectOutput(output.toFile())
                        .redirectError(errors.toFile())
                        .start();
                if (!process.waitFor(120, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new AssertionError("kubectl " + String.join(" ", arguments) + " took over two minutes");
                }
                if (process.exitValue() != 0) {
                    throw new AssertionError("kubectl " + String.join(" ", arguments) + ": "
                            + Files.readString(errors).strip());
                }
                return Files.readString(output);
            } finally {
                Files.delete(errors);
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
