package io.trousseau.core.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.trousseau.api.KekVersion;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A KEK part")
class KekPartTest {
    private static final MemberKek A = kek("vault", "transit/a", "1");
    private static final MemberKek B = kek("vault", "transit/b", "1");

    private static MemberKek kek(String provider, String identity, String version) {
        return new MemberKek(provider, new KekVersion(identity, version));
    }

    @Test
    @DisplayName("gives the same key_id in whatever order the members were configured")
    void orderDoesNotMatter() {
        KekPart one = new KekPart("prod", 0, 1, List.of(A, B));
        KekPart other = new KekPart("prod", 0, 1, List.of(B, A));

        assertThat(one).isEqualTo(other);
        assertThat(one.keyId()).isEqualTo(other.keyId());
    }

    @Test
    @DisplayName("gives another key_id if any part of the protection is another")
    void everyPartMatters() {
        List<KekPart> different = List.of(
                new KekPart("prod", 0, 1, List.of(A, B)),
                new KekPart("test", 0, 1, List.of(A, B)),
                new KekPart("prod", 1, 1, List.of(A, B)),
                new KekPart("prod", 0, 2, List.of(A, B)),
                new KekPart("prod", 0, 1, List.of(A)),
                new KekPart("prod", 0, 1, List.of(A, kek("local", "transit/b", "1"))),
                new KekPart("prod", 0, 1, List.of(A, kek("vault", "transit/b", "2"))),
                new KekPart("prod", 0, 1, List.of(A, kek("vault", "transit/c", "1"))),
                // The same characters, divided between the parts in another way.
                new KekPart("prod", 0, 1, List.of(A, kek("vault", "transit/", "b1"))),
                new KekPart("prod", 0, 1, List.of(A, kek("vaultt", "ransit/b", "1"))));

        assertThat(different).extracting(KekPart::keyId).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("refuses what no keyring can be")
    void refusals() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KekPart("Prod", 0, 1, List.of(A)))
                .withMessage("keyring name is not a DNS label");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KekPart("prod", -1, 1, List.of(A)))
                .withMessage("epoch is negative");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KekPart("prod", 0, 0, List.of(A)))
                .withMessage("decryptThreshold is 0, must be 1 to 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KekPart("prod", 0, 2, List.of(A)))
                .withMessage("decryptThreshold is 2, must be 1 to 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KekPart("prod", 0, 1, List.of()))
                .withMessage("there are 0 KEKs, must be 1 to 16");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KekPart("prod", 0, 1, List.of(A, B, A)))
                .withMessage("one KEK is there twice");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KekPart("prod", 0, 1, List.of(A, B, kek("vault", "transit/a", "2"))))
                .withMessage("one KEK is there twice");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KekPart(
                        "prod",
                        0,
                        1,
                        IntStream.range(0, 17)
                                .mapToObj(i -> kek("vault", "transit/" + i, "1"))
                                .toList()))
                .withMessage("there are 17 KEKs, must be 1 to 16");
    }

    @Test
    @DisplayName("refuses a provider that is no DNS label")
    void provider() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> kek("Vault", "transit/a", "1"))
                .withMessage("provider is not a DNS label");
    }
}
