package io.trousseau.core.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.MalformedEnvelopeException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The log, when somebody fills the store with damaged copies")
class DamagedCopiesLogTest {
    private final Logger log = Logger.getLogger(Keyring.class.getName());
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord line) {
            if (line.getMessage().contains("is of no use")) {
                lines.add(line.getMessage());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };
    private final Cluster cluster = new Cluster(11, "a");

    @BeforeEach
    void listen() {
        log.setUseParentHandlers(false);
        log.addHandler(handler);
    }

    @AfterEach
    void stop() {
        log.removeHandler(handler);
        log.setUseParentHandlers(true);
    }

    @Test
    @DisplayName("tells of the first at once, and of the others by their number")
    void bounded() throws MalformedEnvelopeException {
        KeyringConfig config = Cluster.config(1, c -> c);
        Cluster.Node writer = cluster.new Node(config).start();
        Cluster.Node reader = cluster.new Node(config).start();
        cluster.loop.run(Duration.ofMinutes(1));
        Envelope envelope = writer.seal("genuine");

        for (int i = 1; i <= 3; i++) {
            damage(reader, envelope, i);
        }
        assertThat(lines).singleElement().asString().contains("the copy of member a", "its KMS refuses the copy");

        cluster.loop.run(Duration.ofMinutes(1));
        damage(reader, envelope, 6);
        assertThat(lines).hasSize(2);
        assertThat(lines.get(1)).endsWith("(and 2 more like this since the last such line)");
        assertThat(reader.open(envelope)).isEqualTo("genuine");
    }

    private static void damage(Cluster.Node reader, Envelope envelope, int mask) throws MalformedEnvelopeException {
        byte[] copy = envelope.copies().get(0);
        copy[copy.length - 1] ^= (byte) mask;
        Envelope damaged = Envelope.of(envelope.header(), List.of(copy), envelope.sealed());
        assertThatThrownBy(() -> reader.open(damaged)).isInstanceOf(KeyringException.class);
    }
}
