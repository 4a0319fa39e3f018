package io.trousseau.server.cli;

import io.trousseau.api.ConfigSchema;
import io.trousseau.api.ConfigSchema.Setting;
import io.trousseau.core.discovery.ProviderCatalog;
import io.trousseau.server.config.ConfigurationFile;
import io.trousseau.server.config.TrousseauConfiguration;
import io.trousseau.server.config.TrousseauConfiguration.Member;
import io.trousseau.server.manifests.Manifest;
import io.trousseau.server.terminal.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code trousseau manifests}: the files that put a configuration to work in a cluster. */
@Command(
        name = "manifests",
        description = {
            "Writes what a control-plane node needs for a configuration: EncryptionConfiguration, the addition to"
                    + " kube-apiserver's static pod, and the server as a static pod and as a systemd unit.",
            "Each file begins with what to check."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class ManifestsCommand implements Callable<Integer> {
    @Option(
            names = {"-c", "--config"},
            required = true,
            paramLabel = "FILE",
            description = "The configuration, at the path that it has on the nodes.")
    @SuppressWarnings("NullAway.Init")
    private Path config;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "Where to write the files; those that exist are not touched (default: standard output).")
    private @Nullable Path folder;

    @Option(
            names = "--image",
            paramLabel = "IMAGE",
            description = "The container image of the static pod (default: trousseau with this version).")
    private @Nullable String image;

    @Mixin
    private final Terminal terminal = new Terminal();

    ManifestsCommand() {}

    @Override
    public Integer call() throws IOException {
        Path file = config.toAbsolutePath().normalize();
        TrousseauConfiguration configuration = ConfigurationFile.read(config);
        List<Manifest> manifests = Manifest.all(
                file,
                configuration,
                folders(file, configuration),
                image == null ? "trousseau:" + Version.text() : image);
        if (folder == null) {
            print(manifests, terminal.out());
        } else {
            write(manifests, folder);
        }
        return ExitCode.OK;
    }

    private static void print(List<Manifest> manifests, PrintWriter out) {
        manifests.forEach(manifest -> {
            out.println("# ==================== " + manifest.name());
            out.println(manifest.content());
        });
    }

    private void write(List<Manifest> manifests, Path to) throws IOException {
        for (Manifest manifest : manifests) {
            if (Files.exists(to.resolve(manifest.name()))) {
                throw new CommandFailedException(
                        ExitCode.FAILED,
                        to.resolve(manifest.name()) + " exists already; nothing was written: remove it, or name another"
                                + " folder");
            }
        }
        Files.createDirectories(to);
        for (Manifest manifest : manifests) {
            Files.writeString(to.resolve(manifest.name()), manifest.content());
            terminal.out().println(to.resolve(manifest.name()));
        }
    }

    /** The configuration's own folder, and those of the files that its members name. */
    private static Set<Path> folders(Path file, TrousseauConfiguration configuration) {
        Path own = Objects.requireNonNull(file.getParent(), "an absolute file has a folder");
        Set<Path> folders = new LinkedHashSet<>(Set.of(own));
        ProviderCatalog catalog = ProviderCatalog.load();
        for (Member member : configuration.keyring().members()) {
            ConfigSchema schema = catalog.select(member.provider()).provider().schema();
            for (Setting setting : schema.settings()) {
                if (setting.type() == ConfigSchema.Type.FILE
                        && member.config().get(setting.name()) instanceof String named) {
                    Path parent = own.resolve(named).normalize().getParent();
                    if (parent != null && !parent.equals(own)) {
                        folders.add(parent);
                    }
                }
            }
        }
        return folders;
    }
}
