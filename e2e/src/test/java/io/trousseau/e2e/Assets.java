package io.trousseau.e2e;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the programs are that the suite starts. A missing one fails the suite and says how to get it. */
final class Assets {
    private static final String KUBERNETES = "kubernetes-1.37.2";

    private Assets() {}

    static Path etcd() {
        return controlPlanePart("etcd");
    }

    static Path kubeApiserver() {
        return controlPlanePart("kube-apiserver");
    }

    static Path kubectl() {
        return controlPlanePart("kubectl");
    }

    static Path kmsload() {
        return present(module().resolve("target/kmsload"), "e2e/install");
    }

    /** The unpacked server distribution of this build: {@code bin/trousseau} and {@code lib/*.jar}. */
    static Path distribution() {
        Path distribution = Path.of(System.getProperty(
                        "trousseau.distribution",
                        module().resolve("../trousseau-server/target/trousseau").toString()))
                .normalize();
        present(distribution.resolve("bin/trousseau"), "./mvnw -pl trousseau-server -am package");
        return distribution;
    }

    /** This module's directory. */
    static Path module() {
        return Path.of(System.getProperty("trousseau.e2e", "")).toAbsolutePath();
    }

    private static Path controlPlanePart(String name) {
        String given = System.getenv("KUBEBUILDER_ASSETS");
        if (given != null && !given.isEmpty()) {
            return present(Path.of(given, name), "unset KUBEBUILDER_ASSETS && e2e/install");
        }
        String cache = System.getenv("XDG_CACHE_HOME");
        Path home =
                cache != null && !cache.isEmpty() ? Path.of(cache) : Path.of(System.getProperty("user.home"), ".cache");
        return present(home.resolve("trousseau").resolve(KUBERNETES).resolve(name), "e2e/install");
    }

    private static Path present(Path program, String remedy) {
        if (!Files.isExecutable(program)) {
            throw new IllegalStateException(
                    "The end-to-end suite needs " + program + ", which is not there. Make it with: " + remedy);
        }
        return program;
    }
}
