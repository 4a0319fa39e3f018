package io.trousseau.server.cli;

import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.MalformedEnvelopeException;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code trousseau decrypt}: opens what {@code encrypt} sealed. */
@Command(
        name = "decrypt",
        description = "Opens what \"encrypt\" sealed under a keyring of the same name and KEKs.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class DecryptCommand implements Callable<Integer> {
    private static final byte[] NOTHING = {};

    /** Header and copies are far smaller than this. */
    private static final int MAX_BYTES = 2 * Envelope.MAX_PAYLOAD_BYTES;

    @Mixin
    private final FileKeyring file = new FileKeyring();

    DecryptCommand() {}

    @Override
    public Integer call() throws IOException {
        file.run(MAX_BYTES, "the file is too long to come from \"encrypt\"", false, (keyring, deadline, bytes) -> {
            Envelope envelope;
            try {
                envelope = Envelope.parse(bytes);
            } catch (MalformedEnvelopeException e) {
                throw new CommandFailedException(
                        ExitCode.FAILED, "the file does not come from \"encrypt\": " + e.getMessage());
            }
            return keyring.open(envelope, FileKeyring.PURPOSE, NOTHING, deadline);
        });
        return ExitCode.OK;
    }
}
