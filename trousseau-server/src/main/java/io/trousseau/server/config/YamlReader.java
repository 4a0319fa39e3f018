package io.trousseau.server.config;

import io.trousseau.core.settings.Quoted;
import io.trousseau.server.config.YamlNode.Block;
import io.trousseau.server.config.YamlNode.Items;
import io.trousseau.server.config.YamlNode.Refused;
import io.trousseau.server.config.YamlNode.Scalar;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.StreamEndEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.resolver.CoreScalarResolver;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;

/**
 * Reads the part of YAML 1.2 that a configuration needs: one document of blocks, lists and scalars. Anchors, aliases,
 * tags, directives, repeated fields and deep nesting are refused, so that what a person reads in the file is what is
 * meant, and a small file cannot become a large tree.
 */
final class YamlReader {
    private static final int DEEPEST = 16;

    /** Nothing in a configuration is as long; it bounds the work of reading one. */
    private static final int LONGEST_NUMBER = 40;

    private final ScalarResolver coreSchema = new CoreScalarResolver(false);
    private final Problems problems;
    private final Iterator<Event> events;

    private YamlReader(String text, Problems problems) {
        LoadSettings settings = LoadSettings.builder()
                .setCodePointLimit(ConfigurationFile.MAX_BYTES)
                .setParseComments(false)
                .build();
        this.problems = problems;
        this.events = new Parse(settings).parseString(text).iterator();
    }

    /**
     * Reads a document.
     *
     * @return empty if there is none or it is not YAML, which is then among the problems
     */
    static Optional<YamlNode> read(String text, Problems problems) {
        try {
            return new YamlReader(text, problems).document();
        } catch (TooDeepException e) {
            problems.add(e.place, e.path, "is nested more than " + DEEPEST + " deep; nothing after it was read");
        } catch (MarkedYamlEngineException e) {
            Place place = e.getProblemMark().map(YamlReader::place).orElse(Place.WHOLE_FILE);
            problems.add(place, "", "is not YAML: " + e.getProblem());
        } catch (ReaderException e) {
            long line = text.substring(0, Math.min(e.getPosition(), text.length()))
                    .lines()
                    .count();
            problems.add(
                    new Place((int) line, 1),
                    "",
                    "is not YAML: the character U+%04X is not allowed".formatted(e.getCodePoint()));
        } catch (YamlEngineException e) {
            problems.add(Place.WHOLE_FILE, "", "is not YAML: " + e.getMessage());
        }
        return Optional.empty();
    }

    private Optional<YamlNode> document() {
        events.next();
        Event start = events.next();
        if (!(start instanceof DocumentStartEvent document)) {
            problems.add(Place.WHOLE_FILE, "", "is empty");
            return Optional.empty();
        }
        if (document.getSpecVersion().isPresent() || !document.getTags().isEmpty()) {
            problems.add(place(document), "", "a directive is not allowed; remove the lines that start with %");
        }
        Event root = events.next();
        YamlNode node = node(root, place(root), "", 0);
        events.next();
        Event end = events.next();
        if (!(end instanceof StreamEndEvent)) {
            problems.add(place(end), "", "a second document is not allowed; keep one per file");
        }
        return Optional.of(node);
    }

    private YamlNode node(Event event, Place place, String path, int depth) {
        if (event instanceof AliasEvent alias) {
            problems.add(
                    place(event), path, "an alias is not allowed; write out what *" + alias.getAlias() + " stands for");
            return new Refused(place);
        }
        refuseProperties((NodeEvent) event, path);
        if (event instanceof ScalarEvent scalar) {
            return new Scalar(place, scalar.getValue(), kind(scalar));
        }
        if (depth == DEEPEST) {
            throw new TooDeepException(place(event), path);
        }
        return event instanceof MappingStartEvent ? block(place, path, depth) : items(place, path, depth);
    }

    private Block block(Place place, String path, int depth) {
        Map<String, YamlNode> fields = new LinkedHashMap<>();
        for (Event key = events.next(); !(key instanceof CollectionEndEvent); key = events.next()) {
            Place keyPlace = place(key);
            if (!(key instanceof ScalarEvent name)) {
                node(key, keyPlace, path, depth + 1);
                problems.add(keyPlace, path, "a field's name must be text");
                node(events.next(), keyPlace, path, depth + 1);
                continue;
            }
            refuseProperties(name, path);
            String field = FieldPath.of(path, name.getValue());
            YamlNode value = node(events.next(), keyPlace, field, depth + 1);
            YamlNode first = fields.putIfAbsent(name.getValue(), value);
            if (first != null) {
                problems.add(
                        keyPlace,
                        field,
                        "stands here a second time, first in line "
                                + first.place().line() + "; remove one");
            }
        }
        return new Block(place, fields);
    }

    private Items items(Place place, String path, int depth) {
        List<YamlNode> items = new ArrayList<>();
        for (Event item = events.next(); !(item instanceof CollectionEndEvent); item = events.next()) {
            items.add(node(item, place(item), FieldPath.of(path, items.size()), depth + 1));
        }
        return new Items(place, items);
    }

    private void refuseProperties(NodeEvent event, String path) {
        event.getAnchor()
                .ifPresent(anchor ->
                        problems.add(place(event), path, "an anchor is not allowed; remove &" + anchor.getValue()));
        Optional<String> tag =
                event instanceof ScalarEvent scalar ? scalar.getTag() : ((CollectionStartEvent) event).getTag();
        tag.ifPresent(t -> problems.add(place(event), path, "a tag is not allowed; remove " + Quoted.of(t)));
    }

    private Scalar.Kind kind(ScalarEvent scalar) {
        if (!scalar.isPlain() || scalar.getValue().length() > LONGEST_NUMBER) {
            return Scalar.Kind.TEXT;
        }
        Tag tag = coreSchema.resolve(scalar.getValue(), true);
        if (tag.equals(Tag.NULL)) {
            return Scalar.Kind.NOTHING;
        }
        if (tag.equals(Tag.BOOL)) {
            return Scalar.Kind.BOOLEAN;
        }
        if (tag.equals(Tag.INT)) {
            return Scalar.Kind.INTEGER;
        }
        return tag.equals(Tag.FLOAT) ? Scalar.Kind.DECIMAL : Scalar.Kind.TEXT;
    }

    private static Place place(Event event) {
        return event.getStartMark().map(YamlReader::place).orElse(Place.WHOLE_FILE);
    }

    private static Place place(Mark mark) {
        return new Place(mark.getLine() + 1, mark.getColumn() + 1);
    }

    /** Ends the reading, whose work would grow with the square of the depth. */
    private static final class TooDeepException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Place place;
        private final transient String path;

        TooDeepException(Place place, String path) {
            this.place = place;
            this.path = path;
        }
    }
}
