package io.trousseau.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** An unpacked server distribution: what a user has, {@code bin/trousseau}, {@code lib/*.jar} and a folder for each provider. */
record Distribution(Path directory) {
    /** The distribution of this build. */
    static Distribution built() {
        return new Distribution(Assets.distribution());
    }

    /** A copy of this distribution in {@code target} without the folders of all providers but one. */
    Distribution withOnly(String provider, Path target) {
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path from : tree.toList()) {
                Path name = directory.relativize(from);
                boolean another = name.getNameCount() > 1
                        && name.startsWith("lib")
                        && Files.isDirectory(directory.resolve(name.subpath(0, 2)))
                        && !name.startsWith(Path.of("lib", provider));
                if (!another) {
                    Files.copy(from, target.resolve(name.toString()));
                }
            }
            return new Distribution(target);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A copy of this distribution in {@code target} with more jars in its {@code lib}. */
    Distribution with(Path target, List<Path> jars) {
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path from : tree.toList()) {
                Files.copy(from, target.resolve(directory.relativize(from).toString()));
            }
            for (Path jar : jars) {
                Files.copy(jar, target.resolve("lib").resolve(jar.getFileName()));
            }
            return new Distribution(target);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path launcher() {
        return directory.resolve("bin/trousseau");
    }

    /** {@code trousseau keygen}: a new key file. */
    Path generateKey(Path file) {
        run("keygen", file.toString());
        return file;
    }

    /** {@code trousseau rotate}: a new version in a key file. */
    void rotateKey(Path file) {
        run("rotate", file.toString());
    }

    /** {@code trousseau rotate --activate-in}: a new version that wraps only after {@code time}. */
    void rotateKeyLater(Path file, Duration time) {
        run("rotate", "--activate-in", time.toSeconds() + "s", file.toString());
    }

    /** {@code trousseau config diff}: what going from one configuration to the other does. Fails if data would be lost. */
    String configDiff(Path before, Path after) {
        return Command.run(launcher(), "config", "diff", before.toString(), after.toString());
    }

    private void run(String... arguments) {
        Command.run(launcher(), arguments);
    }
}
