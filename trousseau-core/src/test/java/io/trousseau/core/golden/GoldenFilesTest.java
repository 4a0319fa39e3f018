package io.trousseau.core.golden;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.api.Deadline;
import io.trousseau.core.envelope.Commitment;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.Header;
import io.trousseau.core.envelope.KekPart;
import io.trousseau.core.envelope.MalformedEnvelopeException;
import io.trousseau.core.envelope.MemberKek;
import io.trousseau.core.envelope.ShareMark;
import io.trousseau.core.golden.GoldenFile.Kek;
import io.trousseau.core.keyring.Keyring;
import io.trousseau.core.keyring.KeyringConfig;
import io.trousseau.core.localkek.LocalKek;
import io.trousseau.core.member.Member;
import io.trousseau.core.sharing.SecretSharing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

@DisplayName("What was stored in format 1")
class GoldenFilesTest {
    static final List<String> NAMES = GoldenFile.NAMES;

    @ParameterizedTest
    @FieldSource("NAMES")
    @DisplayName("is read with all of its parts, and written byte for byte the same")
    void readAndWritten(String name) throws MalformedEnvelopeException {
        GoldenFile golden = GoldenFile.of(name);
        Envelope envelope = Envelope.parse(golden.blob());

        assertThat(envelope.toBytes()).containsExactly(golden.blob());
        assertThat(envelope.header()).isEqualTo(madeOfItsParts(golden));
        assertThat(envelope.keyId()).hasToString(golden.text("keyId"));
        assertThat(envelope.header().commitment().hex()).isEqualTo(golden.text("commitment"));
        assertThat(Envelope.of(Header.parse(envelope.header().toBytes()), envelope.copies(), envelope.sealed()))
                .isEqualTo(envelope);
    }

    private static Header madeOfItsParts(GoldenFile golden) {
        List<Kek> keks = golden.keks();
        int threshold = golden.number("decryptThreshold");
        Commitment commitment = Commitment.to(golden.bytes("localKek"));
        return new Header(
                new KekPart(
                        golden.text("keyring"),
                        golden.number("epoch"),
                        threshold,
                        keks.stream()
                                .map(kek -> new MemberKek(kek.provider(), kek.version()))
                                .toList()),
                commitment,
                threshold == 1
                        ? List.of()
                        : keks.stream()
                                .map(kek -> ShareMark.of(commitment, kek.x(), kek.secret()))
                                .toList());
    }

    @ParameterizedTest
    @FieldSource("NAMES")
    @DisplayName("is opened by its local KEK")
    void opened(String name) throws Exception {
        GoldenFile golden = GoldenFile.of(name);
        Envelope envelope = Envelope.parse(golden.blob());
        LocalKek localKek =
                LocalKek.prove(golden.bytes("localKek"), envelope.header().commitment());

        assertThat(localKek.open(
                        envelope.header(), golden.text("purpose"), golden.bytes("associatedData"), envelope.sealed()))
                .containsExactly(golden.bytes("payload"));
    }

    @ParameterizedTest
    @FieldSource("NAMES")
    @DisplayName("is shared so that any k of the shares give the local KEK")
    void shared(String name) throws MalformedEnvelopeException {
        GoldenFile golden = GoldenFile.of(name);
        List<Kek> keks = golden.keks();
        int threshold = golden.number("decryptThreshold");
        List<ShareMark> marks = Envelope.parse(golden.blob()).header().shares();

        for (int i = 0; i < marks.size(); i++) {
            assertThat(marks.get(i)
                            .fits(
                                    Commitment.to(golden.bytes("localKek")),
                                    keks.get(i).secret()))
                    .isTrue();
        }
        for (Set<Integer> some : subsets(keks.size(), threshold)) {
            Map<Integer, byte[]> shares = new HashMap<>();
            some.forEach(i -> shares.put(keks.get(i).x(), keks.get(i).secret()));
            byte[] joined = threshold == 1 ? shares.get(0) : SecretSharing.join(shares);
            assertThat(joined).containsExactly(golden.bytes("localKek"));
        }
    }

    @ParameterizedTest
    @FieldSource("NAMES")
    @DisplayName("is opened by a keyring of any k of its members")
    void openedByKeyring(String name) throws MalformedEnvelopeException {
        GoldenFile golden = GoldenFile.of(name);
        int threshold = golden.number("decryptThreshold");
        Envelope envelope = Envelope.parse(golden.blob());

        for (Set<Integer> some : subsets(golden.keks().size(), threshold)) {
            List<Member> members = new ArrayList<>();
            some.forEach(i -> {
                Kek kek = golden.keks().get(i);
                members.add(Member.of("member-" + i, kek.provider(), new FixedKek(kek.version(), kek.key())));
            });
            KeyringConfig config = KeyringConfig.named(golden.text("keyring"))
                    .decryptThreshold(threshold)
                    .writeQuorum(threshold)
                    .build(threshold);
            try (Keyring keyring = Keyring.open(config, members)) {
                assertThat(keyring.open(
                                envelope,
                                golden.text("purpose"),
                                golden.bytes("associatedData"),
                                Deadline.after(Duration.ofSeconds(30))))
                        .as("opened by members %s", some)
                        .containsExactly(golden.bytes("payload"));
            }
        }
    }

    private static List<Set<Integer>> subsets(int of, int size) {
        return IntStream.range(0, 1 << of)
                .filter(bits -> Integer.bitCount(bits) == size)
                .mapToObj(bits -> {
                    Set<Integer> subset = new HashSet<>();
                    for (int i = 0; i < of; i++) {
                        if ((bits >>> i & 1) == 1) {
                            subset.add(i);
                        }
                    }
                    return subset;
                })
                .toList();
    }
}
