package io.trousseau.testkit.vault;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * One request, as a mount sees it: the fields of its body are read the way Vault reads them, numbers from strings and
 * strings from numbers included.
 *
 * @param method {@code GET}, {@code LIST}, {@code POST} (also for PUT), {@code DELETE}
 * @param path below the namespace; the mount's own prefix is gone when a mount sees it
 * @param body the JSON body; empty if there was none
 */
record FakeCall(String method, String path, ObjectNode body) {
    FakeCall at(String newPath) {
        return new FakeCall(method, newPath, body);
    }

    boolean is(String expected) {
        return method.equals(expected);
    }

    /** Refuses a method that the path does not have. */
    void only(String... methods) {
        if (!List.of(methods).contains(method)) {
            throw Refusal.wrongMethod();
        }
    }

    /**
     * The warnings for fields that Vault does not know.
     *
     * @param known the fields that this path has
     * @param notModelled fields that it has in a real Vault and not here
     */
    List<String> warnings(Set<String> known, Set<String> notModelled) {
        TreeSet<String> unknown = new TreeSet<>();
        body.fieldNames().forEachRemaining(field -> {
            if (notModelled.contains(field)) {
                throw new Unmodelled(method + " " + path + ": the field " + field);
            }
            if (!known.contains(field)) {
                unknown.add(field);
            }
        });
        List<String> warnings = new ArrayList<>();
        if (!unknown.isEmpty()) {
            warnings.add("Endpoint ignored these unrecognized parameters: [" + String.join(" ", unknown) + "]");
        }
        return warnings;
    }

    boolean has(String field) {
        return body.hasNonNull(field);
    }

    /** The field's text; empty if it is missing. */
    String text(String field) {
        return body.path(field).asText("");
    }

    Optional<Integer> integer(String field) {
        JsonNode node = body.path(field);
        if (node.isMissingNode() || node.isNull()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new BigInteger(node.asText()).intValueExact());
        } catch (ArithmeticException | NumberFormatException e) {
            throw Refusal.badRequest("error converting input for field \"" + field
                    + "\": '' cannot parse value as 'int': strconv.ParseInt: invalid syntax");
        }
    }

    Optional<Boolean> flag(String field) {
        JsonNode node = body.path(field);
        if (node.isMissingNode() || node.isNull()) {
            return Optional.empty();
        }
        return switch (node.asText()) {
            case "true", "1" -> Optional.of(true);
            case "false", "0" -> Optional.of(false);
            default -> throw new Unmodelled("a truth value of " + node);
        };
    }

    Optional<Duration> duration(String field) {
        JsonNode node = body.path(field);
        return node.isMissingNode() || node.isNull() ? Optional.empty() : Optional.of(GoDuration.parse(node.asText()));
    }

    /** A list, or one text with commas. */
    List<String> texts(String field) {
        List<String> texts = new ArrayList<>();
        JsonNode node = body.path(field);
        if (node.isArray()) {
            node.forEach(text -> texts.add(text.asText()));
        } else {
            for (String text : node.asText("").split(",", -1)) {
                if (!text.isBlank()) {
                    texts.add(text.strip());
                }
            }
        }
        return List.copyOf(texts);
    }

    /** Method and path: the body may hold a secret. */
    @Override
    public String toString() {
        return method + " " + path;
    }
}
