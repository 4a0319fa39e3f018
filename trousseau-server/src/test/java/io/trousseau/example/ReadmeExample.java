package io.trousseau.example;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.trousseau.api.Deadline;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.MalformedEnvelopeException;
import io.trousseau.core.keyring.Keyring;
import io.trousseau.core.keyring.KeyringConfig;
import io.trousseau.core.member.Member;
import io.trousseau.provider.local.LocalKmsProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** The example of the README, compiled and run. */
final class ReadmeExample {
    private ReadmeExample() {}

    static String run(Path keyFile, Path file) throws IOException, MalformedEnvelopeException {
        // example
        ProviderContext context = new ProviderContext("local", System.getLogger("kms"), InstantSource.system());
        ProviderConfig settings = ProviderConfig.of(Map.of("keyFile", keyFile));
        Member member = Member.of("local", "local", new LocalKmsProvider().open(settings, context));
        try (Keyring keyring = Keyring.open(KeyringConfig.named("invoices").build(1), List.of(member))) {
            Deadline deadline = Deadline.after(Duration.ofSeconds(5));
            byte[] customer = "customer 4711".getBytes(UTF_8);
            Envelope envelope = keyring.seal("IBAN DE02…".getBytes(UTF_8), "payment", customer, deadline);
            Files.write(file, envelope.toBytes());

            Envelope stored = Envelope.parse(Files.readAllBytes(file));
            byte[] payload = keyring.open(stored, "payment", customer, deadline);
            if (!keyring.isCurrent(stored)) {
                Envelope renewed = keyring.reseal(stored, "payment", customer, deadline);
                Files.write(file, renewed.toBytes());
            }
            return new String(payload, UTF_8);
        }
        // end
    }
}
