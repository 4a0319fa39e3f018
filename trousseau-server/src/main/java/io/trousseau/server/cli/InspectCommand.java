package io.trousseau.server.cli;

import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.Header;
import io.trousseau.core.envelope.KekPart;
import io.trousseau.core.envelope.MemberKek;
import io.trousseau.core.settings.Quoted;
import io.trousseau.server.cli.Inspection.NothingToSeeException;
import io.trousseau.server.json.Json;
import io.trousseau.server.terminal.Style;
import io.trousseau.server.terminal.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code trousseau inspect}: what protects a stored value. */
@Command(
        name = "inspect",
        description = {
            "Prints what protects a stored value: key_id, KEKs and sizes. No key and no KMS is needed.",
            "The value is one that etcd holds, as it is or in Base64, or what \"encrypt\" wrote:",
            "",
            "  etcdctl get /registry/secrets/default/NAME --print-value-only | trousseau inspect",
            ""
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class InspectCommand implements Callable<Integer> {
    private static final int MAX_BYTES = 8 << 20;

    @Parameters(arity = "0..1", paramLabel = "FILE", description = "The value (default: standard input).")
    private @Nullable Path file;

    @Mixin
    private final OutputFormat format = new OutputFormat();

    @Mixin
    private final Terminal terminal = new Terminal();

    InspectCommand() {}

    @Override
    public Integer call() throws IOException {
        Inspection inspection;
        try {
            inspection = Inspection.of(input());
        } catch (NothingToSeeException e) {
            throw new CommandFailedException(ExitCode.FAILED, String.valueOf(e.getMessage()));
        }
        if (format.isJson()) {
            terminal.out().print(Json.print(json(inspection)));
        } else {
            print(inspection, terminal.out(), terminal.style());
        }
        return ExitCode.OK;
    }

    private byte[] input() throws IOException {
        try (InputStream in = file == null ? System.in : Files.newInputStream(file)) {
            byte[] input = in.readNBytes(MAX_BYTES + 1);
            if (input.length > MAX_BYTES) {
                throw new CommandFailedException(
                        ExitCode.FAILED, "the value is longer than " + MAX_BYTES + " bytes; etcd stores no such value");
            }
            return input;
        }
    }

    private static Map<String, @Nullable Object> json(Inspection inspection) {
        Header header = inspection.envelope().header();
        KekPart kekPart = header.kekPart();
        List<Object> keks = new ArrayList<>();
        List<byte[]> copies = inspection.envelope().copies();
        for (int i = 0; i < copies.size(); i++) {
            MemberKek kek = kekPart.keks().get(i);
            keks.add(Json.object(
                    "provider", kek.provider(),
                    "kek", kek.version().identity(),
                    "version", kek.version().version(),
                    "share",
                            header.shares().isEmpty()
                                    ? null
                                    : header.shares().get(i).x(),
                    "bytes", copies.get(i).length));
        }
        Map<String, @Nullable Object> json = Json.object(
                "storedBy",
                        switch (inspection.storedBy()) {
                            case KMS_V2 -> "kms-v2";
                            case KMS_V1 -> "kms-v1";
                            case BLOB -> "blob";
                        },
                "plugin", inspection.plugin().orElse(null),
                "keyId", header.keyId().text(),
                "keyIdHash", header.keyId().hash(),
                "statedKeyId", inspection.statedKeyId().orElse(null),
                "keyring", kekPart.keyring(),
                "epoch", kekPart.epoch(),
                "decryptThreshold", kekPart.decryptThreshold(),
                "localKek", header.commitment().hex(),
                "keks", keks,
                "headerBytes", header.toBytes().length,
                "sealedBytes", inspection.envelope().sealed().length,
                "payloadBytes", inspection.envelope().sealed().length - Envelope.SEAL_OVERHEAD_BYTES);
        inspection.parts().forEach(part -> json.put(part.field(), part.bytes()));
        return json;
    }

    private static void print(Inspection inspection, PrintWriter out, Style style) {
        Envelope envelope = inspection.envelope();
        Header header = envelope.header();
        KekPart kekPart = header.kekPart();
        out.println("stored as  " + inspection.storedBy().words()
                + inspection
                        .plugin()
                        .map(name -> ", plugin " + style.bold(Quoted.of(name)))
                        .orElse(""));
        if (!inspection.parts().isEmpty()) {
            out.println("size       "
                    + inspection.parts().stream()
                            .map(part -> part.bytes() + " bytes " + part.words())
                            .collect(Collectors.joining(", ")));
        }
        out.println("key_id     " + style.mark(header.keyId().text()));
        out.println("           " + style.dim(header.keyId().hash()));
        inspection
                .statedKeyId()
                .filter(stated -> !stated.equals(header.keyId().text()))
                .ifPresent(stated ->
                        out.println(style.bad("           beside it stands another key_id, with which it is refused: ")
                                + Quoted.of(stated)));
        out.println("keyring    " + style.bold(kekPart.keyring()) + ", epoch " + kekPart.epoch());
        out.println("local KEK  " + header.commitment() + "…");
        out.println("opens with " + kekPart.decryptThreshold() + " of these "
                + (kekPart.keks().size() == 1 ? "KEK" : "KEKs") + ":");
        List<byte[]> copies = envelope.copies();
        for (int i = 0; i < copies.size(); i++) {
            MemberKek kek = kekPart.keks().get(i);
            out.println("  " + kek.provider() + "  " + kek.version().identity());
            out.println("      version " + kek.version().version() + ", "
                    + (header.shares().isEmpty()
                            ? "a copy"
                            : "the share " + header.shares().get(i).x()) + " of "
                    + copies.get(i).length + " bytes");
        }
        out.println("payload    " + (envelope.sealed().length - Envelope.SEAL_OVERHEAD_BYTES) + " bytes, sealed");
    }
}
