package io.trousseau.core.keyring;

import static io.trousseau.core.keyring.Keyrings.PAYLOAD;
import static io.trousseau.core.keyring.Keyrings.config;
import static io.trousseau.core.keyring.Keyrings.open;
import static io.trousseau.core.keyring.Keyrings.opens;
import static io.trousseau.core.keyring.Keyrings.seal;
import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.api.KekHandle;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.MalformedEnvelopeException;
import io.trousseau.testkit.kek.InMemoryKek;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("An envelope of which one bit was changed")
@Timeout(300)
class KeyringTamperTest {
    private enum Part {
        MAGIC,
        HEADER,
        LENGTHS,
        COPIES,
        SEALED
    }

    private enum Outcome {
        MALFORMED,
        REFUSED,
        OPENED
    }

    @ParameterizedTest(name = "k = {0}, n = {1}, local KEK in memory: {2}")
    @CsvSource({"1, 1, false", "1, 1, true", "1, 2, false", "2, 3, false", "2, 3, true"})
    @DisplayName("is refused, or opens as if it were whole")
    void everyBit(int threshold, int count, boolean inMemory) {
        List<InMemoryKek> keks = IntStream.range(0, count)
                .mapToObj(i -> InMemoryKek.create("kek-" + i))
                .toList();
        // A reader that remembers one local KEK forgets it by opening another.
        try (Keyring writer = keyringOf(threshold, keks, 100);
                Keyring other = keyringOf(threshold, keks, 100);
                Keyring reader = keyringOf(threshold, keks, inMemory ? 100 : 1)) {
            Envelope envelope = seal(writer);
            Envelope decoy = seal(other);
            seal(reader);
            byte[] whole = envelope.toBytes();
            opens(reader, envelope);
            Map<Part, Set<Outcome>> outcomes = new EnumMap<>(Part.class);
            boolean remembered = true;
            for (int bit = 0; bit < whole.length * 8; bit++) {
                if (!inMemory && remembered) {
                    opens(reader, decoy);
                }
                byte[] changed = whole.clone();
                changed[bit / 8] ^= (byte) (1 << bit % 8);
                Part part = partOf(bit / 8, envelope);
                Outcome outcome = outcome(reader, changed, bit);
                outcomes.computeIfAbsent(part, any -> EnumSet.noneOf(Outcome.class))
                        .add(outcome);
                // What has a genuine copy is known, even if the header or the payload was then refused.
                remembered = part != Part.COPIES || outcome == Outcome.OPENED;
            }

            assertThat(outcomes.get(Part.MAGIC)).containsExactly(Outcome.MALFORMED);
            assertThat(outcomes.get(Part.HEADER)).containsExactlyInAnyOrder(Outcome.MALFORMED, Outcome.REFUSED);
            assertThat(outcomes.get(Part.SEALED)).containsExactlyInAnyOrder(Outcome.MALFORMED, Outcome.REFUSED);
            // With another length what follows is no envelope, but for a rare coincidence.
            assertThat(outcomes.get(Part.LENGTHS)).contains(Outcome.MALFORMED).doesNotContain(Outcome.OPENED);
            // A damaged copy is skipped where others suffice, and not looked at where none is needed.
            boolean copiesNeeded = !inMemory && threshold == count;
            assertThat(outcomes.get(Part.COPIES)).containsExactly(copiesNeeded ? Outcome.REFUSED : Outcome.OPENED);
            opens(reader, envelope);
        }
    }

    private static Keyring keyringOf(int threshold, List<InMemoryKek> keks, int cached) {
        return open(
                config().decryptThreshold(threshold).writeQuorum(keks.size()).maxCachedLocalKeks(cached),
                keks.stream().map(InMemoryKek::open).toArray(KekHandle[]::new));
    }

    private static Part partOf(int at, Envelope envelope) {
        int header = 6 + envelope.header().toBytes().length;
        if (at < header) {
            return at < 4 ? Part.MAGIC : at < 6 ? Part.LENGTHS : Part.HEADER;
        }
        int copy = header;
        for (byte[] bytes : envelope.copies()) {
            if (at < copy + 2 + bytes.length) {
                return at < copy + 2 ? Part.LENGTHS : Part.COPIES;
            }
            copy += 2 + bytes.length;
        }
        return Part.SEALED;
    }

    private static Outcome outcome(Keyring reader, byte[] changed, int bit) {
        Envelope envelope;
        try {
            envelope = Envelope.parse(changed);
        } catch (MalformedEnvelopeException e) {
            return Outcome.MALFORMED;
        }
        try {
            assertThat(open(reader, envelope)).as("bit %d", bit).containsExactly(PAYLOAD);
            return Outcome.OPENED;
        } catch (KeyringException e) {
            assertThat(e.code())
                    .as("bit %d", bit)
                    .isIn(
                            KeyringException.Code.NOT_AUTHENTIC,
                            KeyringException.Code.FOREIGN_KEYRING,
                            KeyringException.Code.POLICY_REFUSED,
                            KeyringException.Code.UNKNOWN_KEK,
                            KeyringException.Code.KEK_GONE);
            return Outcome.REFUSED;
        }
    }
}
