package io.trousseau.server.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The programs that make a control plane. */
record ClusterParts(Path etcd, Path apiserver, Path kubectl) {
    private static final String ASSETS = "KUBEBUILDER_ASSETS";
    private static final Path IN_CACHE = Path.of("trousseau", "kubernetes-1.37.2");

    /**
     * Finds them in the directory that {@code KUBEBUILDER_ASSETS} names, or in the cache of {@code e2e/install}.
     *
     * @throws IOException if one is missing; the message says how to get it
     */
    static ClusterParts find(Map<String, String> environment) throws IOException {
        String assets = environment.getOrDefault(ASSETS, "");
        Path folder = assets.isEmpty() ? cache(environment).resolve(IN_CACHE) : Path.of(assets);
        ClusterParts parts =
                new ClusterParts(folder.resolve("etcd"), folder.resolve("kube-apiserver"), folder.resolve("kubectl"));
        List<String> missing = Stream.of(parts.etcd, parts.apiserver, parts.kubectl)
                .filter(part -> !Files.isExecutable(part))
                .map(part -> part.getFileName().toString())
                .toList();
        if (missing.isEmpty()) {
            return parts;
        }
        String lacks = folder + " lacks " + String.join(", ", missing);
        throw new IOException(
                assets.isEmpty()
                        ? lacks + ". Get the parts of the control plane in one of two ways:\n"
                                + "  in a clone of Trousseau, build them (Go is needed, about six minutes, once): e2e/install kubernetes\n"
                                + "  or name a directory that has them: export " + ASSETS + "=DIRECTORY"
                        : lacks + ", and " + ASSETS + " names it. Name a directory that has etcd, kube-apiserver and"
                                + " kubectl, or unset " + ASSETS
                                + " and run, in a clone of Trousseau: e2e/install kubernetes");
    }

    private static Path cache(Map<String, String> environment) {
        String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
        return cache.isEmpty()
                ? Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")), ".cache")
                : Path.of(cache);
    }
}
