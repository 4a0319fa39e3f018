package io.trousseau.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import io.trousseau.api.KmsProvider;
import io.trousseau.testkit.kek.FaultProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/** A member of the testkit's provider {@code fault}, from outside its process: orders to it. */
final class FaultMember implements ComingAndGoing {
    private final String key;
    private final Path control;
    private int version = 1;
    private boolean away;

    /** A member that keeps its files in {@code directory}. */
    FaultMember(Path directory) {
        this(directory, "e2e");
    }

    /** One of several members that keep their files in {@code directory}: each {@code key} is another KEK. */
    FaultMember(Path directory, String key) {
        this.key = key;
        this.control = directory.resolve("fault-control-" + key);
    }

    /**
     * A copy of {@code distribution} below {@code directory} that has the testkit's jar in its {@code lib}, and one that
     * makes its provider known: the testkit does not do that by itself, lest it be found where nobody wants it.
     */
    static Distribution installed(Distribution distribution, Path directory) {
        try {
            Path testkit = Path.of(FaultProvider.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            Path service = directory.resolve("fault-service.jar");
            try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(service))) {
                jar.putNextEntry(new JarEntry("META-INF/services/" + KmsProvider.class.getName()));
                jar.write(FaultProvider.class.getName().getBytes(UTF_8));
            }
            return distribution.with(directory.resolve("trousseau"), List.of(testkit, service));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Plugin.Member only() {
        return new Plugin.Member("fault", Map.of("key", key, "controlFile", control.toString()));
    }

    /** Named by its key. */
    @Override
    public Plugin.NamedMember member() {
        return only().named(key);
    }

    @Override
    public void takeAway() {
        away = true;
        order();
    }

    @Override
    public void giveBack() {
        away = false;
        order();
    }

    @Override
    public void rotate() {
        version++;
        order();
    }

    private void order() {
        order("version " + version + (away ? "\nerror UNAVAILABLE" : ""));
    }

    /** What happens at each call from now on, in the words of {@link FaultProvider}. */
    void order(String words) {
        try {
            Path coming = control.resolveSibling(control.getFileName() + ".coming");
            Files.writeString(coming, words + "\n");
            Files.move(coming, control, ATOMIC_MOVE, REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
