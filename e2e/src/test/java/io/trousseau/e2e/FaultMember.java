package io.trousseau.e2e;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.awaitility.Awaitility.await;

import io.trousseau.testkit.kek.FaultProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A member of the testkit's provider {@code fault}, from outside its process: orders to it, and the log of its calls. */
final class FaultMember {
    private final Path control;
    private final Path log;

    /** A member that keeps its files in {@code directory}. */
    FaultMember(Path directory) {
        this.control = directory.resolve("fault-control");
        this.log = directory.resolve("fault-calls.log");
    }

    /** A copy of {@code distribution} below {@code directory} that has the testkit's jar in its {@code lib}. */
    static Distribution installed(Distribution distribution, Path directory) {
        try {
            Path testkit = Path.of(FaultProvider.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return distribution.with(directory.resolve("trousseau"), List.of(testkit));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    Plugin.Member member() {
        return new Plugin.Member(
                "fault", Map.of("key", "e2e", "controlFile", control.toString(), "callLog", log.toString()));
    }

    /** What happens at each call from now on, in the words of {@link FaultProvider}. */
    void order(String words) {
        try {
            Path coming = control.resolveSibling("fault-control.coming");
            Files.writeString(coming, words + "\n");
            Files.move(coming, control, ATOMIC_MOVE, REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * How many copies the member unwrapped that it had not just wrapped: each wrap, a probe's too, is followed by one
     * unwrap that proves it.
     */
    long unwrapsOfStoredCopies() {
        await("every wrap is proven")
                .until(() -> !calls().isEmpty() && !last(calls()).equals("wrap"));
        List<String> calls = calls();
        return calls.stream().filter("unwrap"::equals).count()
                - calls.stream().filter("wrap"::equals).count();
    }

    private List<String> calls() {
        try {
            return Files.exists(log) ? Files.readAllLines(log) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String last(List<String> calls) {
        return calls.get(calls.size() - 1);
    }
}
