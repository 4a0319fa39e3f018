package io.trousseau.e2e;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.trousseau.testkit.process.ChildProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Callers that seal and open over a plugin's socket without pause, as a kube-apiserver's connection does. */
final class KmsLoad implements AutoCloseable {
    private final ChildProcess process;

    private KmsLoad(ChildProcess process) {
        this.process = process;
    }

    /** Starts {@code callers} and returns when each of them has sealed and opened once. */
    static KmsLoad start(Plugin plugin, Path directory, int callers) {
        Path log = Workspace.freshFile(directory, "kmsload");
        KmsLoad load = new KmsLoad(Child.start(
                "kmsload load",
                log,
                Map.of(),
                List.of(Assets.kmsload().toString(), "load", "-socket=" + plugin.socket(), "-callers=" + callers)));
        try {
            await("first answers to all callers")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> load.lines().findAny().isPresent());
            return load;
        } catch (RuntimeException e) {
            load.close();
            throw e;
        }
    }

    /** Ends the load; calls under way are awaited. */
    Report finish() {
        process.signal("INT");
        process.awaitExit(Duration.ofSeconds(30));
        return new Report(lines().reduce((first, last) -> last).orElseThrow());
    }

    private Stream<JsonNode> lines() {
        return process.logged()
                .lines()
                .filter(line -> line.startsWith("{") && line.endsWith("}"))
                .map(Json::parse);
    }

    @Override
    public void close() {
        process.close();
    }

    /** What kmsload counted. */
    record Report(JsonNode json) {
        long calls() {
            return json.path("calls").asLong();
        }

        long failedCalls() {
            return json.path("failedCalls").asLong();
        }

        long wrongAnswers() {
            return json.path("wrongAnswers").asLong();
        }

        List<String> keyIds() {
            return strings(json.path("keyIds")).toList();
        }

        /** The first failures of calls that had begun before {@code moment}, as text. */
        List<String> failuresBegunBefore(Instant moment) {
            long nanos = moment.getEpochSecond() * 1_000_000_000 + moment.getNano();
            return StreamSupport.stream(json.path("failures").spliterator(), false)
                    .filter(failure -> failure.path("begunUnixNanos").asLong() < nanos)
                    .map(JsonNode::toString)
                    .limit(10)
                    .toList();
        }

        String latencies() {
            JsonNode micros = json.path("micros");
            return "p50 %d µs, p99 %d µs, longest %d ms"
                    .formatted(
                            micros.path("p50").asLong(),
                            micros.path("p99").asLong(),
                            micros.path("max").asLong() / 1000);
        }

        /** The counts and the first failures. */
        @Override
        public String toString() {
            return "%d calls, %d failed, %d wrong answers; the first failures: %s"
                    .formatted(
                            calls(),
                            failedCalls(),
                            wrongAnswers(),
                            strings(json.path("failures")).limit(3).toList());
        }

        private static Stream<String> strings(JsonNode array) {
            return StreamSupport.stream(array.spliterator(), false)
                    .map(node -> node.isTextual() ? node.asText() : node.toString());
        }
    }
}
