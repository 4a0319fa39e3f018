package io.trousseau.core.keyring;

import static io.trousseau.core.keyring.Keyrings.PAYLOAD;
import static io.trousseau.core.keyring.Keyrings.config;
import static io.trousseau.core.keyring.Keyrings.open;
import static io.trousseau.core.keyring.Keyrings.opens;
import static io.trousseau.core.keyring.Keyrings.seal;
import static io.trousseau.core.keyring.Keyrings.withJunkCopies;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.keyring.KeyringException.Code;
import io.trousseau.core.keyring.KeyringStatus.Serving;
import io.trousseau.core.localkek.LocalKek;
import io.trousseau.core.localkek.WornOutException;
import io.trousseau.testkit.kek.Fault;
import io.trousseau.testkit.kek.FaultyKek;
import io.trousseau.testkit.kek.InMemoryKek;
import io.trousseau.testkit.kek.Operation;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("Nothing secret is told")
@Timeout(120)
class KeyringSecrecyTest {
    private static final String TOKEN = "hvs.CAESIJ-not-for-anybody";

    private final Logger log = Logger.getLogger("io.trousseau");
    private final ConcurrentLinkedQueue<String> told = new ConcurrentLinkedQueue<>();
    private final Handler handler = new Handler() {
        private final SimpleFormatter formatter = new SimpleFormatter();

        @Override
        public void publish(LogRecord line) {
            // As an operator sees it below debug level: the message, not the foreign cause.
            told.add(line.getLevel() + " " + formatter.formatMessage(line));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };
    private final List<byte[]> secrets = new ArrayList<>();
    private final List<byte[]> ciphertexts = new ArrayList<>();

    @BeforeEach
    void listen() {
        log.setLevel(Level.ALL);
        log.setUseParentHandlers(false);
        log.addHandler(handler);
    }

    @AfterEach
    void stopListening() {
        log.removeHandler(handler);
        log.setUseParentHandlers(true);
        log.setLevel(null);
    }

    private void tell(Object anything) {
        told.add(String.valueOf(anything));
    }

    private void tell(KeyringException failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        told.add(text.toString());
    }

    @Test
    @DisplayName("in logs, messages, causes and texts of all that a keyring hands out, in good days and bad ones")
    void nothingSecret() throws WornOutException {
        InMemoryKek a = InMemoryKek.create("kek-a");
        InMemoryKek b = InMemoryKek.create("kek-b");
        FaultyKek kms = new FaultyKek(a.open());
        Envelope other;
        try (Keyring writer = open(config().decryptThreshold(2).writeQuorum(2), a.open(), b.open())) {
            other = seal(writer);
            remember(writer);
        }
        Recorder recorder = new Recorder();
        try (Keyring keyring = open(config().decryptThreshold(2).writeQuorum(2), recorder, kms, b.open())) {
            Envelope envelope = seal(keyring);
            remember(keyring);
            ciphertexts.addAll(envelope.copies());
            ciphertexts.addAll(other.copies());
            ciphertexts.add(tail(envelope.sealed()));
            ciphertexts.add(tail(other.sealed()));
            opens(keyring, envelope);

            fails(Code.NOT_AUTHENTIC, keyring, withJunkCopies(other, 4));
            kms.always(Operation.UNWRAP, Fault.corrupt());
            fails(Code.NOT_AUTHENTIC, keyring, other);
            kms.always(Fault.throwing(() -> new IllegalStateException("login with " + TOKEN + " failed")));
            // Whichever of the two members' failures comes first.
            tell(Keyrings.failure(() -> open(keyring, withJunkCopies(other, 5))));
            await().until(() -> keyring.status().members().get(0).phase() == MemberPhase.UNREACHABLE);
            tell(keyring.status());
            kms.heal();
            a.rotate();
            await().until(() -> !keyring.isCurrent(envelope));
            await().ignoreExceptions().untilAsserted(() -> opens(keyring, other));
            a.disable();
            await().until(() -> keyring.status().serving() == Serving.FAILED_CLOSED);
            fails(Code.FAILED_CLOSED, keyring, envelope);

            for (Object anything : new Object[] {
                keyring.status(),
                envelope,
                envelope.header(),
                envelope.header().shares(),
                envelope.header().kekPart(),
                envelope.keyId(),
                keyring.snapshot(),
                keyring,
                keyring.newSession(),
                config().build(2)
            }) {
                tell(anything);
            }
        }

        assertThat(told).as("what was logged, among the rest").hasSizeGreaterThan(15);
        assertThat(told).anyMatch(line -> line.contains("key_id is"));
        for (byte[] secret : secrets) {
            assertThat(told).noneMatch(line -> holds(line, secret));
        }
        for (byte[] ciphertext : ciphertexts) {
            assertThat(told).noneMatch(line -> holds(line, ciphertext));
        }
        assertThat(told)
                .filteredOn(line -> line.contains(TOKEN))
                // Only as the cause of a failure, where it can be found when it is looked for.
                .allMatch(line -> line.contains("Caused by: java.lang.IllegalStateException"));
    }

    private void fails(Code code, Keyring keyring, Envelope envelope) {
        KeyringException e = Keyrings.failure(() -> open(keyring, envelope));
        assertThat(e.code()).isEqualTo(code);
        tell(e);
    }

    private void remember(Keyring keyring) throws WornOutException {
        LocalKek localKek = keyring.snapshot().protection().localKek();
        secrets.add(localKek.copyKey());
        secrets.add(PAYLOAD);
        tell(localKek);
        tell(keyring.snapshot().protection());
    }

    private static byte[] tail(byte[] sealed) {
        return Arrays.copyOfRange(sealed, 13, sealed.length);
    }

    /** In any of the forms in which bytes come into texts, from eight bytes of them on. */
    private static boolean holds(String line, byte[] secret) {
        byte[] start = Arrays.copyOf(secret, 8);
        String array = Arrays.toString(start);
        String lower = line.toLowerCase(java.util.Locale.ROOT);
        return line.contains(new String(start, StandardCharsets.UTF_8))
                || line.contains(new String(start, StandardCharsets.ISO_8859_1))
                || lower.contains(HexFormat.of().formatHex(start))
                || line.contains(Base64.getEncoder().encodeToString(secret).substring(0, 10))
                || line.contains(Base64.getUrlEncoder().encodeToString(secret).substring(0, 10))
                || line.contains(array.substring(1, array.length() - 1));
    }
}
