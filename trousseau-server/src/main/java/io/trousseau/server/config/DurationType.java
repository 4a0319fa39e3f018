package io.trousseau.server.config;

import io.trousseau.core.settings.DurationText;
import io.trousseau.server.config.YamlNode.Scalar;
import io.trousseau.server.json.Json;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** A time span within bounds, both inclusive. */
record DurationType(Duration least, Duration most) implements FieldType<Duration> {
    @Override
    public Optional<Duration> read(YamlNode node, String path, Problems problems) {
        if (!(node instanceof Scalar scalar) || scalar.isNothing()) {
            return refuse(node, path, problems);
        }
        Optional<Duration> span = DurationText.parse(scalar.text());
        if (span.isEmpty()) {
            return refuse(node, path, problems, "; write " + DurationText.FORM);
        }
        return span.get().compareTo(least) < 0 || span.get().compareTo(most) > 0 ? refuse(node, path, problems) : span;
    }

    @Override
    public String inWords() {
        return "a time span from " + DurationText.of(least) + " to " + DurationText.of(most);
    }

    @Override
    public Map<String, Object> jsonSchema() {
        return Json.object("type", "string", "pattern", "^" + DurationText.PATTERN + "$");
    }
}
