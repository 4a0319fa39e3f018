package io.trousseau.core.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.trousseau.core.member.Member.Role;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A member")
class MemberTest {
    private final StubKek kek = StubKek.answering();

    @Test
    @DisplayName("wraps, within two seconds, unless it is told otherwise")
    void defaults() {
        Member member = Member.of("vault-eu", "vault", kek);

        assertThat(member.role()).isEqualTo(Role.WRAP);
        assertThat(member.deadline()).isEqualTo(Duration.ofSeconds(2));
        assertThat(member.formerKeks()).isEmpty();
    }

    @Test
    @DisplayName("refuses names that are no DNS labels and deadlines that cannot be kept")
    void refusals() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Member.of("Vault", "vault", kek))
                .withMessage("the member name Vault is not a DNS label");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Member.of("vault-", "vault", kek))
                .withMessageContaining("not a DNS label");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Member.of("v".repeat(64), "vault", kek))
                .withMessageContaining("not a DNS label");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Member.of("vault", "", kek))
                .withMessage("the provider name  is not a DNS label");
        for (Duration deadline : new Duration[] {Duration.ZERO, Duration.ofSeconds(-1)}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new Member("vault-eu", "vault", kek, Role.WRAP, Set.of(), deadline))
                    .withMessage("the deadline of member vault-eu is not positive");
        }
    }

    @Test
    @DisplayName("keeps a copy of its former KEKs, and all else when its handle is decorated")
    void values() {
        Set<String> former = new HashSet<>(Set.of("kek-old"));
        Member member = new Member("vault-eu", "vault", kek, Role.UNWRAP, former, Duration.ofSeconds(5));
        former.clear();
        StubKek other = StubKek.answering();

        assertThat(member.formerKeks()).containsExactly("kek-old");
        assertThat(member.withHandle(other))
                .isEqualTo(
                        new Member("vault-eu", "vault", other, Role.UNWRAP, Set.of("kek-old"), Duration.ofSeconds(5)));
    }
}
