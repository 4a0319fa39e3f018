package io.trousseau.e2e;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.trousseau.testkit.process.ChildProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Asks a plugin for its Status over its socket ten times a second, from before the plugin starts if need be, and keeps
 * every change of the answer.
 */
final class KeyIdWatch implements AutoCloseable {
    private final ChildProcess process;

    private KeyIdWatch(ChildProcess process) {
        this.process = process;
    }

    static KeyIdWatch start(Plugin plugin, Path directory) {
        return new KeyIdWatch(Child.start(
                "kmsload watch",
                Workspace.freshFile(directory, "watch"),
                Map.of(),
                List.of(
                        Assets.kmsload().toString(),
                        "watch",
                        "-socket=" + plugin.socket(),
                        "-timeout=1s",
                        "-interval=100ms")));
    }

    /** Every answer that differed from the one before it, errors included. */
    List<JsonNode> answers() {
        return process.logged()
                .lines()
                .filter(line -> line.startsWith("{") && line.endsWith("}"))
                .map(Json::parse)
                .toList();
    }

    /** Lets the watch go on for a while before it is asked. */
    KeyIdWatch goOnFor(Duration time) {
        await().pollDelay(time).atMost(time.plusSeconds(10)).until(() -> true);
        return this;
    }

    /** The answer that holds now. */
    JsonNode last() {
        List<JsonNode> answers = answers();
        return answers.isEmpty() ? MissingNode.getInstance() : answers.get(answers.size() - 1);
    }

    /** The key_ids that were answered, in order, without repetition next to each other. */
    List<String> keyIds() {
        List<String> keyIds = new ArrayList<>();
        for (JsonNode answer : answers()) {
            String keyId = answer.path("keyId").asText();
            if (answer.path("code").asText().equals("OK")
                    && (keyIds.isEmpty() || !keyIds.get(keyIds.size() - 1).equals(keyId))) {
                keyIds.add(keyId);
            }
        }
        return keyIds;
    }

    @Override
    public void close() {
        process.close();
    }
}
