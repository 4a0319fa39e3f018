package io.trousseau.server.config;

import io.trousseau.api.KekTraits;
import io.trousseau.core.discovery.ProviderCatalog;
import io.trousseau.server.config.MemberOpener.Opened;
import io.trousseau.server.config.YamlNode.Block;
import io.trousseau.server.config.YamlNode.Items;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A configuration file while it is read. Everything that is wrong is found before anything is used: in the file, in the
 * providers' settings and in the files that those name.
 */
public final class ConfigurationFile {
    /** The largest file that is read, in bytes. */
    static final int MAX_BYTES = 1 << 20;

    /** The path of the list of members. */
    static final String MEMBERS = FieldPath.of(ConfigurationSchema.KEYRING.name(), ConfigurationSchema.MEMBERS.name());

    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private final Path path;
    private final Problems problems;
    private boolean writableByAll;

    private ConfigurationFile(Path path) {
        this.path = path;
        this.problems = new Problems(path.toString());
    }

    /**
     * Reads what the file says. Members are not opened, so their providers' settings are not checked and their providers
     * need not be there.
     *
     * @param path of the file
     * @return the configuration
     * @throws InvalidConfigurationException with every problem
     */
    public static TrousseauConfiguration read(Path path) {
        ConfigurationFile file = new ConfigurationFile(path);
        Optional<TrousseauConfiguration> configuration = file.content().flatMap(file::configuration);
        file.problems.throwIfAny();
        return configuration.orElseThrow();
    }

    /**
     * Reads what the file says and opens every member's KEK. The KMSes need not be reachable.
     *
     * @param path of the file
     * @param providers whom the members' providers are looked for
     * @return the configuration and the open KEKs, which the caller closes
     * @throws InvalidConfigurationException with every problem of the file, of the providers' settings and of the files
     *     that those name. Nothing stays open.
     */
    public static OpenedConfiguration open(Path path, ProviderCatalog providers) {
        ConfigurationFile file = new ConfigurationFile(path);
        Optional<YamlNode> root = file.content();
        Optional<TrousseauConfiguration> configuration = root.flatMap(file::configuration);
        List<Opened> opened = new ArrayList<>();
        try {
            // Whoever may write a file that all may write shall not choose which code runs.
            if (root.isPresent() && !file.writableByAll) {
                file.openMembers(root.get(), providers, opened);
            }
            SizeBudget budget = file.sizeBudget(root, opened);
            file.problems.throwIfAny();
            return opened(configuration.orElseThrow(), opened, budget);
        } catch (Throwable e) {
            opened.forEach(member -> member.handle().close());
            throw e;
        }
    }

    /**
     * Reads what the file says and opens every member's KEK that can be opened, whatever is wrong with the others.
     *
     * @param path of the file
     * @param providers whom the members' providers are looked for
     * @return what can be used, and every problem
     */
    public static ExaminedConfiguration examine(Path path, ProviderCatalog providers) {
        ConfigurationFile file = new ConfigurationFile(path);
        Optional<YamlNode> root = file.content();
        Optional<TrousseauConfiguration> configuration = root.flatMap(file::configuration);
        List<Opened> opened = new ArrayList<>();
        if (configuration.isPresent() && !file.writableByAll) {
            file.openMembers(root.orElseThrow(), providers, opened);
        }
        Map<String, OpenedMember> members = new LinkedHashMap<>();
        for (Opened member : opened) {
            configuration.orElseThrow().keyring().members().stream()
                    .filter(settings -> settings.name().equals(member.name()))
                    .forEach(settings ->
                            members.put(member.name(), new OpenedMember(settings, member.handle(), member.origin())));
        }
        SizeBudget budget = file.sizeBudget(root, opened);
        return new ExaminedConfiguration(
                file.writableByAll ? Optional.empty() : configuration, members, budget, file.problems.byLine());
    }

    private static OpenedConfiguration opened(
            TrousseauConfiguration configuration, List<Opened> opened, SizeBudget budget) {
        List<OpenedMember> members = new ArrayList<>();
        for (int i = 0; i < opened.size(); i++) {
            members.add(new OpenedMember(
                    configuration.keyring().members().get(i),
                    opened.get(i).handle(),
                    opened.get(i).origin()));
        }
        return new OpenedConfiguration(configuration, members, budget);
    }

    private Optional<TrousseauConfiguration> configuration(YamlNode root) {
        return ConfigurationSchema.FILE.read(root, "", problems);
    }

    private void openMembers(YamlNode root, ProviderCatalog providers, List<Opened> opened) {
        if (!(members(root).orElse(null) instanceof Items members)) {
            return;
        }
        Path folder = path.toAbsolutePath().getParent();
        MemberOpener opener = new MemberOpener(providers, folder == null ? path.getRoot() : folder, problems);
        for (int i = 0; i < members.items().size(); i++) {
            opener.open(members.items().get(i), FieldPath.of(MEMBERS, i)).ifPresent(opened::add);
        }
    }

    private SizeBudget sizeBudget(Optional<YamlNode> root, List<Opened> opened) {
        Map<String, KekTraits> wrapping = new LinkedHashMap<>();
        opened.stream().filter(Opened::wraps).forEach(member -> wrapping.put(member.name(), member.traits()));
        SizeBudget budget = SizeBudget.of(wrapping);
        if (!budget.fits()) {
            Place place = root.flatMap(ConfigurationFile::members)
                    .map(YamlNode::place)
                    .orElse(Place.WHOLE_FILE);
            problems.add(place, MEMBERS, budget.excess());
        }
        return budget;
    }

    private static Optional<YamlNode> members(YamlNode root) {
        return field(root, ConfigurationSchema.KEYRING).flatMap(keyring -> field(keyring, ConfigurationSchema.MEMBERS));
    }

    private static Optional<YamlNode> field(YamlNode node, Field<?> field) {
        return node instanceof Block block ? block.field(field.name()) : Optional.empty();
    }

    private Optional<YamlNode> content() {
        try {
            if (!Files.readAttributes(path, BasicFileAttributes.class).isRegularFile()) {
                refuse("is not a regular file");
                return Optional.empty();
            }
            refuseIfWritableByAll();
            return bytes().flatMap(this::text).flatMap(text -> YamlReader.read(text, problems));
        } catch (NoSuchFileException e) {
            refuse("does not exist");
        } catch (AccessDeniedException e) {
            refuse("may not be read by this user; change its owner or mode");
        } catch (IOException e) {
            refuse("cannot be read: " + e);
        }
        return Optional.empty();
    }

    private void refuseIfWritableByAll() throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
        if (view != null && view.readAttributes().permissions().contains(PosixFilePermission.OTHERS_WRITE)) {
            writableByAll = true;
            refuse("may be changed by every user of this machine; run chmod o-w " + path);
        }
    }

    private Optional<byte[]> bytes() throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length <= MAX_BYTES) {
                return Optional.of(bytes);
            }
            refuse("is larger than " + MAX_BYTES + " bytes, the most that is read");
            return Optional.empty();
        }
    }

    private Optional<String> text(byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return Optional.of(text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text);
        } catch (CharacterCodingException e) {
            refuse("is not UTF-8; save it as UTF-8 text");
            return Optional.empty();
        }
    }

    private void refuse(String message) {
        problems.add(Place.WHOLE_FILE, "", message);
    }
}
