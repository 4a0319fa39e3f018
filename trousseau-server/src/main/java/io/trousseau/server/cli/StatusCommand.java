package io.trousseau.server.cli;

import io.trousseau.server.client.AdminClient;
import io.trousseau.server.config.ConfigurationFile;
import io.trousseau.server.json.Json;
import io.trousseau.server.terminal.Style;
import io.trousseau.server.terminal.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code trousseau status}: what the running server knows of itself. */
@Command(
        name = "status",
        description = "Asks the running server how it is.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:healthy",
            "2:the command line or the configuration is wrong",
            "4:not healthy",
            "5:no server answers"
        })
final class StatusCommand implements Callable<Integer> {
    private static final String DEFAULT_ADDRESS = "127.0.0.1:8787";
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final class Server {
        @Option(
                names = {"-c", "--config"},
                paramLabel = "FILE",
                description = "The server's configuration, which says where it answers.")
        @Nullable Path config;

        @Option(
                names = "--address",
                paramLabel = "HOST:PORT",
                description = "Where the server answers (default: " + DEFAULT_ADDRESS + ").")
        @Nullable String address;
    }

    @ArgGroup
    private @Nullable Server server;

    @Mixin
    private final OutputFormat format = new OutputFormat();

    @Mixin
    private final Terminal terminal = new Terminal();

    StatusCommand() {}

    @Override
    public Integer call() throws InterruptedException {
        String address = address();
        String body = ask(address);
        Map<?, ?> status;
        try {
            status = (Map<?, ?>) Objects.requireNonNull(Json.parse(body));
        } catch (IllegalArgumentException | ClassCastException | NullPointerException e) {
            throw new CommandFailedException(
                    ExitCode.UNREACHABLE, "what answers at " + address + " is not a Trousseau server");
        }
        if (format.isJson()) {
            terminal.out().print(body);
        } else {
            print(status, terminal.out(), terminal.style());
        }
        return Boolean.TRUE.equals(status.get("healthy")) ? ExitCode.OK : ExitCode.UNHEALTHY;
    }

    private String address() {
        if (server == null) {
            return DEFAULT_ADDRESS;
        }
        if (server.address != null) {
            return server.address;
        }
        Path file = server.config;
        if (file == null) {
            return DEFAULT_ADDRESS;
        }
        InetSocketAddress address = ConfigurationFile.read(file)
                .admin()
                .address()
                .orElseThrow(() -> new CommandFailedException(
                        ExitCode.USAGE, "admin.address in " + file + " is none: nobody can be asked"));
        if (address.getPort() == 0) {
            throw new CommandFailedException(
                    ExitCode.USAGE,
                    "admin.address in " + server.config
                            + " takes any free port; the server's log says which, give it with --address");
        }
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private static String ask(String address) throws InterruptedException {
        try {
            HttpResponse<String> answer = AdminClient.get(address, "/status", PATIENCE);
            if (answer.statusCode() == 200) {
                return answer.body();
            }
            throw new CommandFailedException(
                    ExitCode.UNREACHABLE, "what answers at " + address + " is not a Trousseau server");
        } catch (IllegalArgumentException e) {
            throw new CommandFailedException(ExitCode.USAGE, "--address is not HOST:PORT: " + address);
        } catch (IOException e) {
            throw new CommandFailedException(
                    ExitCode.UNREACHABLE,
                    "no server answers at " + address + "; is it running, and is that its admin.address?"
                            + " --config or --address names another one");
        }
    }

    private static void print(Map<?, ?> status, PrintWriter out, Style style) {
        boolean healthy = Boolean.TRUE.equals(status.get("healthy"));
        out.println((healthy ? style.good("healthy") : style.bad("not healthy: " + status.get("health"))));
        out.println();
        out.println("keyring    " + style.bold(String.valueOf(status.get("keyring"))) + ", " + status.get("serving")
                + (Boolean.TRUE.equals(status.get("degraded"))
                        ? style.warn(", degraded: not every member protects what is sealed now")
                        : ""));
        if (status.get("keyId") != null) {
            out.println("key_id     " + style.mark(String.valueOf(status.get("keyId"))));
            out.println("           " + style.dim(String.valueOf(status.get("keyIdHash"))));
        }
        if (status.get("localKek") instanceof Map<?, ?> localKek) {
            out.println("local KEK  " + localKek.get("name") + ", " + age(localKek.get("ageSeconds")) + " old, "
                    + localKek.get("uses") + " seals");
        }
        out.println("in memory  " + status.get("cachedLocalKeks") + " local KEKs");
        if (status.get("configurationProblems") instanceof List<?> problems && !problems.isEmpty()) {
            out.println();
            out.println(style.bad("The configuration file has changed and is not in use:"));
            problems.forEach(problem -> out.println("  " + problem));
        }
        out.println();
        out.println(style.bold("members"));
        for (Map<?, ?> member : objects(status.get("members"))) {
            boolean well = "well".equals(member.get("phase"));
            out.println("  " + member.get("name") + "  "
                    + (well ? style.good("well") : style.bad(String.valueOf(member.get("phase")))) + ", "
                    + member.get("provider") + ", " + ("wrap".equals(member.get("role")) ? "wraps" : "only unwraps")
                    + (Boolean.TRUE.equals(member.get("protects")) ? ", protects what is sealed now" : ""));
            if (!well) {
                out.println("      " + member.get("message"));
            }
            if (member.get("kek") != null) {
                out.println("      KEK " + member.get("kek") + ", version " + member.get("kekVersion"));
            }
            if (member.get("destructionAt") != null) {
                out.println("      " + style.bad("its KMS will destroy the KEK at " + member.get("destructionAt")));
            }
            if (member.get("lastAnswerSeconds") != null) {
                out.println(style.dim("      last answered " + age(member.get("lastAnswerSeconds")) + " ago, in about "
                        + member.get("latencyMillis") + " ms"));
            }
        }
        List<Map<?, ?>> stale = objects(status.get("keyIds")).stream()
                .filter(keyId -> Boolean.FALSE.equals(keyId.get("current")))
                .toList();
        if (!stale.isEmpty()) {
            out.println();
            out.println(style.warn(
                    "Stored data that was read lately is under other key_ids and waits to be written anew:"));
            stale.forEach(keyId -> out.println("  " + keyId.get("keyId") + ", last read " + keyId.get("lastUsed")));
            out.println("  kubectl get secrets --all-namespaces -o json | kubectl replace -f -");
        }
    }

    private static List<Map<?, ?>> objects(@Nullable Object list) {
        return list instanceof List<?> items
                ? items.stream()
                        .filter(Map.class::isInstance)
                        .<Map<?, ?>>map(item -> (Map<?, ?>) item)
                        .toList()
                : List.of();
    }

    private static String age(@Nullable Object seconds) {
        if (!(seconds instanceof Number number)) {
            return "unknown time";
        }
        long value = number.longValue();
        if (value < 120) {
            return value + " s";
        }
        if (value < 7200) {
            return value / 60 + " min";
        }
        return value < 172_800 ? value / 3600 + " h" : value / 86_400 + " days";
    }
}
