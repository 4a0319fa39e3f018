package io.trousseau.testkit.vault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Replays the recorded calls of {@code vault/contract.txt}, each section on a Vault of its own, and compares the answers. */
abstract class VaultContract {
    static final String TRANSCRIPT = "/vault/contract.txt";

    /** What differs from one run to the next. */
    private static final Set<String> VARYING = Set.of(
            "accessor",
            "client_token",
            "cluster_id",
            "cluster_name",
            "creation_time",
            "entity_id",
            "expire_time",
            "id",
            "issue_time",
            "last_renewal",
            "last_renewal_time",
            "modified",
            "public_key",
            "request_id",
            "secret_id",
            "secret_id_accessor",
            "server_time_utc",
            "storage_type",
            "token",
            "ttl",
            "uuid",
            "wrapped_accessor");

    private static final Pattern UUID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    /** An empty, unsealed Vault. */
    abstract VaultServer newServer();

    /** Lets time pass at the server. */
    abstract void passTime();

    /** Gets the section's lines with the answers that came. */
    void played(Section section, List<String> lines) {}

    @TestFactory
    Stream<DynamicTest> answers() {
        return sections().stream()
                .map(section -> DynamicTest.dynamicTest(section.title(), () -> {
                    List<String> lines = replay(section);
                    played(section, lines);
                    assertThat(String.join("\n", lines)).isEqualTo(String.join("\n", section.lines()));
                }));
    }

    record Section(String title, List<String> lines) {}

    static List<Section> sections() {
        List<Section> sections = new ArrayList<>();
        for (String line : transcript().lines().toList()) {
            if (line.startsWith("== ")) {
                sections.add(new Section(line.substring(3), new ArrayList<>()));
            } else if (!line.startsWith("#") && !line.isBlank()) {
                sections.get(sections.size() - 1).lines().add(line);
            }
        }
        return sections;
    }

    static String transcript() {
        try (InputStream file = Objects.requireNonNull(VaultContract.class.getResourceAsStream(TRANSCRIPT))) {
            return new String(file.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<String> replay(Section section) {
        try (VaultServer server = newServer()) {
            return new Replay(server).play(section.lines());
        }
    }

    private final class Replay {
        private final Map<String, String> values = new HashMap<>(Jwts.values());
        private final VaultClient root;
        private String caller = "root";
        private String namespace = "root";
        private Optional<String> wrapTtl = Optional.empty();
        private Optional<String> until = Optional.empty();
        private VaultReply last =
                new VaultReply(0, HttpHeaders.of(Map.of(), (a, b) -> true), JsonNodeFactory.instance.missingNode(), "");

        Replay(VaultServer server) {
            root = server.root();
        }

        List<String> play(List<String> lines) {
            List<String> played = new ArrayList<>();
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                String[] words = line.split(" ", 3);
                switch (words[0]) {
                    case "->" -> {
                        continue;
                    }
                    case "as" -> caller = words[1];
                    case "in" -> namespace = words[1];
                    case "wrap" -> wrapTtl = Optional.of(words[1]);
                    case "until" -> until = Optional.of("-> " + words[1] + " ");
                    case "save" -> values.put(words[1], last.body().at(words[2]).asText());
                    default -> {
                        played.add(line);
                        played.add(answer(words));
                        continue;
                    }
                }
                played.add(line);
            }
            return played;
        }

        private String answer(String[] words) {
            String answer = call(words);
            if (until.isPresent()) {
                String wanted = until.get();
                until = Optional.empty();
                answer = Awaitility.await().until(() -> call(words), then -> {
                    passTime();
                    return then.startsWith(wanted);
                });
            }
            wrapTtl = Optional.empty();
            return answer;
        }

        private String call(String[] words) {
            VaultClient client = caller.equals("nobody")
                    ? root.withoutToken()
                    : caller.equals("root") ? root : root.withToken(values.get(caller));
            String body = words.length == 3 ? words[2] : "";
            for (Map.Entry<String, String> value :
                    new TreeMap<>(values).descendingMap().entrySet()) {
                body = body.replace("$" + value.getKey(), value.getValue());
            }
            VaultClient there = client.inNamespace(namespace.equals("root") ? "" : namespace);
            last = there.callRaw(
                    words[0],
                    words[1],
                    body,
                    wrapTtl.map(ttl -> Map.of("X-Vault-Wrap-TTL", ttl)).orElse(Map.of()));
            String json = last.body().isMissingNode() ? "" : " " + normalised("", last.body());
            return "-> " + last.status() + json;
        }
    }

    private static JsonNode normalised(String field, JsonNode node) {
        if (node instanceof ObjectNode object) {
            ObjectNode copy = JsonNodeFactory.instance.objectNode();
            TreeMap<String, JsonNode> sorted = new TreeMap<>();
            object.properties().forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
            sorted.forEach((name, value) -> copy.set(
                    name, normalised(field.equals("keys") && value.isNumber() ? "creation_time" : name, value)));
            return copy;
        }
        if (node instanceof ArrayNode array) {
            ArrayNode copy = JsonNodeFactory.instance.arrayNode();
            array.forEach(element -> copy.add(normalised("", element)));
            return copy;
        }
        boolean empty =
                node.isNull() || node.asText().isEmpty() || node.asText().equals("0");
        if (UUID.matcher(node.asText()).matches()) {
            return TextNode.valueOf("~");
        }
        if (VARYING.contains(field) && !empty && !node.asText().equals("root")) {
            return TextNode.valueOf("~");
        }
        if (field.equals("ciphertext")) {
            String[] parts = node.asText().split(":", 3);
            return TextNode.valueOf(parts[0] + ":" + parts[1] + ":~" + parts[2].length());
        }
        return node;
    }
}
