package io.trousseau.core.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.core.member.Member.Role;
import io.trousseau.core.policy.Policy.PolicyMember;
import io.trousseau.core.policy.PolicyChange.Consequence;
import io.trousseau.core.policy.PolicyChange.Severity;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayName("A policy")
class PolicyTest {
    private static PolicyMember member(String name, Role role, boolean authenticated) {
        return new PolicyMember(name, "p", "kek of " + name, role, Set.of(), authenticated, 100);
    }

    private static PolicyMember wrap(String name) {
        return member(name, Role.WRAP, true);
    }

    private static PolicyMember unwrap(String name) {
        return member(name, Role.UNWRAP, true);
    }

    private static Policy policy(int k, int w, PolicyMember... members) {
        return new Policy("trousseau", 1, k, w, Set.of(), List.of(members));
    }

    @Nested
    @DisplayName("in words")
    class Words {
        @Test
        @DisplayName("says what reads and writes survive and what an attacker needs")
        void sentences() {
            assertThat(PolicyInWords.sentences(policy(2, 2, wrap("vault-eu"), wrap("aws"), wrap("gcp"))))
                    .startsWith(
                            "reads survive the loss of any 1 of: vault-eu, aws, gcp, once all copies exist",
                            "reads of what was written while members were away need every one of: those that were there",
                            "writes survive the loss of any 1 of: vault-eu, aws, gcp",
                            "an attacker needs 2 of 3 members");
        }

        @Test
        @DisplayName("says of a single member that everything hangs on it")
        void single() {
            assertThat(PolicyInWords.sentences(policy(1, 1, wrap("main"), unwrap("old"))))
                    .startsWith("reads and writes need main, the only member that wraps, and so does an attacker")
                    .anyMatch(sentence -> sentence.endsWith("already: old"))
                    .noneMatch(sentence -> sentence.contains("none of"));
        }

        @Test
        @DisplayName("says when no member may be lost")
        void all() {
            assertThat(PolicyInWords.sentences(policy(2, 2, wrap("a"), wrap("b"))))
                    .startsWith(
                            "reads need every one of: a, b",
                            "writes need every one of: a, b",
                            "an attacker needs all of 2 members");
        }

        @Test
        @DisplayName("tells the bytes by which a Secret grows")
        void bytes() {
            int one = PolicyInWords.bytesPerSecret(policy(1, 1, wrap("a")));
            int two = PolicyInWords.bytesPerSecret(policy(1, 2, wrap("a"), wrap("b")));
            assertThat(one - 100).isLessThanOrEqualTo(300);
            assertThat(two - one - 100).isLessThanOrEqualTo(120);
            assertThat(PolicyInWords.sentences(policy(1, 1, wrap("a"))))
                    .contains("each Secret grows by about " + one + " bytes in etcd");
        }

        @Test
        @DisplayName("warns as long as k members without authenticated wrapping exist")
        void unauthenticated() {
            PolicyMember azure = member("azure", Role.WRAP, false);
            assertThat(PolicyInWords.warnings(policy(1, 2, azure, wrap("b"), wrap("c"))))
                    .singleElement()
                    .asString()
                    .contains("public key of azure")
                    .contains("decryptThreshold of 2");
            assertThat(PolicyInWords.warnings(policy(2, 3, azure, wrap("b"), wrap("c"), wrap("d"))))
                    .isEmpty();
        }

        @Test
        @DisplayName("counts each former KEK of such a member: a share planted under it is one more")
        void unauthenticatedFormerKeks() {
            PolicyMember moved = new PolicyMember("azure", "p", "new", Role.WRAP, Set.of("old"), false, 100);
            assertThat(PolicyInWords.warnings(policy(2, 3, moved, wrap("b"), wrap("c"), wrap("d"))))
                    .singleElement()
                    .asString()
                    .contains("decryptThreshold of 3");
        }

        @Test
        @DisplayName("advises no decryptThreshold that the members cannot meet")
        void unauthenticatedAlone() {
            assertThat(PolicyInWords.warnings(policy(1, 1, member("azure", Role.WRAP, false))))
                    .singleElement()
                    .asString()
                    .endsWith("a decryptThreshold of 2 and 1 more member of authenticated wrapping close it");
        }

        @Test
        @DisplayName("warns also when such a member only unwraps, or a former policy needs fewer members")
        void unauthenticatedByTheWay() {
            PolicyMember leaving = member("azure", Role.UNWRAP, false);
            assertThat(PolicyInWords.warnings(policy(1, 2, wrap("b"), wrap("c"), wrap("d"), leaving)))
                    .singleElement()
                    .asString()
                    .contains("public key of azure");
            PolicyMember azure = member("azure", Role.WRAP, false);
            List<PolicyMember> members = List.of(azure, wrap("b"), wrap("c"), wrap("d"));
            assertThat(PolicyInWords.warnings(new Policy("trousseau", 1, 2, 3, Set.of(1), members)))
                    .singleElement()
                    .asString()
                    .contains("formerPolicies");
        }
    }

    @Nested
    @DisplayName("when it changes")
    class Change {
        private List<Severity> severities(Policy before, Policy after) {
            return PolicyChange.between(before, after).stream()
                    .map(Consequence::severity)
                    .toList();
        }

        private String texts(Policy before, Policy after) {
            return String.join(
                    "\n",
                    PolicyChange.between(before, after).stream()
                            .map(Consequence::text)
                            .toList());
        }

        @Test
        @DisplayName("moves from A to B in steps of which none loses data")
        void movingHouse() {
            Policy a = policy(1, 1, wrap("a"));
            Policy both = policy(1, 2, wrap("a"), wrap("b"));
            Policy leaving = policy(1, 1, wrap("b"), unwrap("a"));
            Policy b = policy(1, 1, wrap("b"));
            assertThat(severities(a, both)).containsExactly(Severity.STALE, Severity.NOTE);
            assertThat(severities(both, leaving)).containsExactly(Severity.STALE, Severity.NOTE);
            assertThat(severities(leaving, b)).containsExactly(Severity.CAUTION);
            assertThat(texts(leaving, b)).contains("make sure that everything is rewritten");
        }

        @Test
        @DisplayName("in one leap from A to B loses everything, and is told so")
        void leap() {
            assertThat(PolicyChange.between(policy(1, 1, wrap("a")), policy(1, 1, wrap("b"))))
                    .first()
                    .satisfies(worst -> {
                        assertThat(worst.severity()).isEqualTo(Severity.UNREADABLE);
                        assertThat(worst.text()).contains("without a").contains("role: unwrap");
                    });
        }

        @Test
        @DisplayName("asks for a first round of role unwrap where old nodes could not read what new ones write")
        void rollout() {
            assertThat(texts(policy(1, 1, wrap("a")), policy(1, 1, wrap("a"), wrap("b"))))
                    .contains("while a is away")
                    .contains("first roll out b with role: unwrap");
        }

        @Test
        @DisplayName("names the line that keeps data of a lower threshold readable")
        void threshold() {
            Policy one = policy(1, 2, wrap("a"), wrap("b"), wrap("c"));
            Policy two = policy(2, 3, wrap("a"), wrap("b"), wrap("c"));
            assertThat(texts(one, two)).contains("keyring.formerPolicies: {decryptThreshold: 1}");
            Policy kept = new Policy("trousseau", 1, 2, 3, Set.of(1), two.members());
            assertThat(severities(one, kept)).doesNotContain(Severity.UNREADABLE);
            assertThat(texts(two, one)).contains("those with the old configuration refuse");
        }

        @Test
        @DisplayName("warns when degraded data could hang on the member that leaves")
        void degraded() {
            Policy three = policy(1, 1, wrap("a"), wrap("b"), wrap("c"));
            Policy two = policy(1, 1, wrap("a"), wrap("b"));
            assertThat(PolicyChange.between(three, two)).anySatisfy(consequence -> {
                assertThat(consequence.severity()).isEqualTo(Severity.CAUTION);
                assertThat(consequence.text()).contains("copies at c");
            });
        }

        @Test
        @DisplayName("asks to compare identities where a member is said to have taken over another KEK")
        void heir() {
            PolicyMember moved =
                    new PolicyMember("a", "p", "another place", Role.WRAP, Set.of("the old one"), true, 100);
            assertThat(PolicyChange.between(policy(1, 1, wrap("a")), policy(1, 1, moved)))
                    .first()
                    .satisfies(worst -> {
                        assertThat(worst.severity()).isEqualTo(Severity.CAUTION);
                        assertThat(worst.text()).contains("formerKeks of a");
                    });
        }

        @Test
        @DisplayName("under another keyring name opens nothing")
        void name() {
            Policy other = new Policy("other", 1, 1, 1, Set.of(), List.of(wrap("a")));
            assertThat(severities(policy(1, 1, wrap("a")), other)).containsExactly(Severity.UNREADABLE);
        }

        @Test
        @DisplayName("of nothing has no consequence")
        void same() {
            Stream.of(policy(1, 1, wrap("a")), policy(2, 3, wrap("a"), wrap("b"), wrap("c"), unwrap("d")))
                    .forEach(
                            same -> assertThat(PolicyChange.between(same, same)).isEmpty());
        }
    }
}
