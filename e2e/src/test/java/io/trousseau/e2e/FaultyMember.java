package io.trousseau.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import io.trousseau.api.KmsProvider;
import io.trousseau.e2e.faulty.FaultyProvider;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/** The outside of a member whose provider is {@link FaultyProvider}: orders to it, and the calls that reached its KEK. */
final class FaultyMember {
    private final Path key;
    private final Path order;
    private final Path log;

    /** A member with the key file {@code key} whose order and log are beside it. */
    FaultyMember(Path key) {
        this.key = key;
        this.order = key.resolveSibling("order");
        this.log = key.resolveSibling("calls.log");
    }

    /** A copy of {@code distribution} below {@code directory} that has the provider in its {@code lib}. */
    static Distribution installed(Distribution distribution, Path directory) {
        return distribution.with(
                directory.resolve("trousseau"), List.of(jar(directory.resolve("faulty-provider.jar"))));
    }

    Plugin.Member member() {
        return new Plugin.Member(
                "faulty", Map.of("keyFile", key.toString(), "order", order.toString(), "log", log.toString()));
    }

    /** From now on each call hangs ({@code hang}) or fails ({@code fail UNAVAILABLE}). */
    void order(String words) {
        try {
            Path coming = order.resolveSibling("order.coming");
            Files.writeString(coming, words);
            Files.move(coming, order, ATOMIC_MOVE, REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** From now on each call is answered, those that hang included. */
    void heal() {
        order("");
    }

    /** The SHA-256 of every ciphertext that the KEK was given to unwrap, in order. */
    List<String> unwrapped() {
        try (Stream<String> calls = Files.lines(log)) {
            return calls.filter(call -> call.startsWith("unwrap "))
                    .map(call -> call.substring("unwrap ".length()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path jar(Path file) {
        String folder = FaultyProvider.class.getPackageName().replace('.', '/');
        try (OutputStream out = Files.newOutputStream(file);
                JarOutputStream jar = new JarOutputStream(out);
                Stream<Path> classes = Files.list(Path.of(FaultyProvider.class
                                .getResource("FaultyProvider.class")
                                .toURI())
                        .getParent())) {
            jar.putNextEntry(new JarEntry("META-INF/services/" + KmsProvider.class.getName()));
            jar.write(FaultyProvider.class.getName().getBytes(UTF_8));
            for (Path compiled : classes.toList()) {
                jar.putNextEntry(new JarEntry(folder + "/" + compiled.getFileName()));
                Files.copy(compiled, jar);
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
