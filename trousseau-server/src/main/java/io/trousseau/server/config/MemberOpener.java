package io.trousseau.server.config;

import io.trousseau.api.ConfigException;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekTraits;
import io.trousseau.api.KmsException;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.core.discovery.ProviderCatalog;
import io.trousseau.core.discovery.ProviderOrigin;
import io.trousseau.core.discovery.SelectedProvider;
import io.trousseau.core.settings.Settings;
import io.trousseau.server.config.YamlNode.Block;
import io.trousseau.server.config.YamlNode.Refused;
import io.trousseau.server.config.YamlNode.Scalar;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Opens the KEK of a member as it stands in the file, and finds the line of what its provider refuses. A member can be
 * opened although other fields of it have problems, so that all problems are told at once.
 */
final class MemberOpener {
    /** A problem of one item of a list, as in {@code scopes[2]}. */
    private static final Pattern ITEM = Pattern.compile("(.+)(\\[[0-9]+])");

    private static final System.Logger LOG = System.getLogger(MemberOpener.class.getName());

    private final ProviderCatalog catalog;
    private final Path folder;
    private final Problems problems;

    MemberOpener(ProviderCatalog catalog, Path folder, Problems problems) {
        this.catalog = catalog;
        this.folder = folder;
        this.problems = problems;
    }

    /** An open KEK, the name of its member, and whether it takes part in wrapping. */
    record Opened(String name, boolean wraps, KekHandle handle, KekTraits traits, ProviderOrigin origin) {}

    /**
     * Opens a member.
     *
     * @return empty if that is not possible; why is then among the problems, unless the reader of the file tells it
     */
    Optional<Opened> open(YamlNode node, String path) {
        if (!(node instanceof Block member)) {
            return Optional.empty();
        }
        Optional<String> provider = text(member, ConfigurationSchema.PROVIDER);
        YamlNode config = member.field(ConfigurationSchema.MEMBER_CONFIG.name())
                .orElseGet(() -> new Block(member.place(), Map.of()));
        if (provider.isEmpty()
                || !(config instanceof Block settings)
                || settings.fields().values().stream().anyMatch(Refused.class::isInstance)) {
            return Optional.empty();
        }
        SelectedProvider selected;
        try {
            selected = catalog.select(provider.get());
        } catch (ConfigException e) {
            e.problems().forEach(problem -> add(problem, member, path));
            return Optional.empty();
        }
        try {
            ProviderConfig checked = Settings.check(selected.provider().schema(), raw(settings), folder);
            String name = text(member, ConfigurationSchema.MEMBER_NAME).orElse(path);
            ProviderContext context =
                    new ProviderContext(name, System.getLogger(selected.origin().className()), InstantSource.system());
            KekHandle handle = selected.provider().open(checked, context);
            return Optional.of(
                    new Opened(name, KeyringPolicy.wraps(member), handle, traits(handle), selected.origin()));
        } catch (ConfigException e) {
            String configPath = FieldPath.of(path, ConfigurationSchema.MEMBER_CONFIG.name());
            e.problems().forEach(problem -> add(problem, settings, configPath));
        } catch (RuntimeException | LinkageError e) {
            LOG.log(System.Logger.Level.DEBUG, "the provider could not open a KEK", e);
            problems.add(
                    member.place(),
                    path,
                    "cannot be opened: " + selected.origin() + " failed with " + reason(e)
                            + "; log.level debug logs more");
        }
        return Optional.empty();
    }

    /** The message of an exception that nobody promised may hold anything; it is logged at debug level only. */
    private static String reason(Throwable e) {
        return e instanceof KmsException || e instanceof LinkageError
                ? e.toString()
                : e.getClass().getName();
    }

    private static KekTraits traits(KekHandle handle) {
        try {
            return handle.traits();
        } catch (RuntimeException | LinkageError e) {
            handle.close();
            throw e;
        }
    }

    private static Optional<String> text(Block block, Field<?> field) {
        return block.field(field.name())
                .filter(node -> node instanceof Scalar scalar && scalar.kind() == Scalar.Kind.TEXT)
                .map(node -> ((Scalar) node).text());
    }

    /** The settings with {@code null} for those that have no value, which the check then refuses. */
    private static Map<String, @Nullable Object> raw(Block settings) {
        Map<String, @Nullable Object> raw = new LinkedHashMap<>();
        settings.fields().forEach((name, node) -> raw.put(name, node.plain().orElse(null)));
        return raw;
    }

    private void add(ConfigException.Problem problem, Block block, String path) {
        if (problem.field().isEmpty()) {
            problems.add(block.place(), path, problem.message());
            return;
        }
        Matcher item = ITEM.matcher(problem.field());
        String name = item.matches() ? item.group(1) : problem.field();
        String rest = item.matches() ? item.group(2) : "";
        Place place = block.field(name).map(YamlNode::place).orElse(block.place());
        problems.add(place, FieldPath.of(path, name) + rest, problem.message());
    }
}
