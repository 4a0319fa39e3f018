package io.trousseau.server.cli;

import io.trousseau.core.envelope.Envelope;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code trousseau encrypt}: seals a file. */
@Command(
        name = "encrypt",
        description = {
            "Seals a file of up to 1 MiB under the configured keyring, by itself: nothing else is needed to open it but"
                    + " the KMSes. \"inspect\" shows what protects it.",
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class EncryptCommand implements Callable<Integer> {
    private static final byte[] NOTHING = {};

    @Mixin
    private final FileKeyring file = new FileKeyring();

    EncryptCommand() {}

    @Override
    public Integer call() throws IOException {
        file.run(
                Envelope.MAX_PAYLOAD_BYTES,
                "the file is longer than " + Envelope.MAX_PAYLOAD_BYTES
                        + " bytes; encrypt it with a random key, and that key with this command",
                true,
                (keyring, deadline, bytes) -> keyring.seal(bytes, FileKeyring.PURPOSE, NOTHING, deadline)
                        .toBytes());
        return ExitCode.OK;
    }
}
