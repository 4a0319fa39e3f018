package io.trousseau.provider.vault.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.provider.vault.auth.TokenLife.Step;
import io.trousseau.provider.vault.http.FileStamp;
import io.trousseau.provider.vault.http.VaultException;
import io.trousseau.provider.vault.http.VaultException.Kind;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokenLifeTest {
    private static final List<FileStamp> FILES =
            List.of(new FileStamp(Path.of("secret-id"), null, FileTime.fromMillis(1), 9));
    private static final List<FileStamp> CHANGED =
            List.of(new FileStamp(Path.of("secret-id"), null, FileTime.fromMillis(2), 9));
    private static final VaultException REFUSED =
            VaultException.of(Kind.UNAUTHENTICATED, null, "refused").build();

    /** Not zero, and so large that sums overflow: readings have no meaning but as differences. */
    private static final long START = Long.MAX_VALUE - 1_000;

    private static Token token(int seconds, boolean renewable) {
        return new Token("t" + seconds, Duration.ofSeconds(seconds), renewable, true);
    }

    private static long at(double seconds) {
        return START + (long) (seconds * 1e9);
    }

    private static TokenLife loggedIn(int seconds, boolean renewable) {
        return TokenLife.none().loggedIn(token(seconds, renewable), START, 0);
    }

    @Test
    void without_a_token_a_login_is_due() {
        assertThat(TokenLife.none().usable(START)).isNull();
        assertThat(TokenLife.none().next(START, false, FILES)).isEqualTo(Step.LOG_IN);
    }

    @Test
    void a_token_is_renewed_at_two_thirds_of_its_life_or_a_bit_earlier() {
        TokenLife life = loggedIn(300, true);
        assertThat(life.next(at(199), true, FILES)).isEqualTo(Step.NOTHING);
        assertThat(life.next(at(201), false, FILES)).isEqualTo(Step.RENEW);
        assertThat(life.wakeAt(at(1))).isCloseTo(at(200), org.assertj.core.data.Offset.offset(1_000L));

        TokenLife earlier = TokenLife.none().loggedIn(token(300, true), START, 1);
        assertThat(earlier.next(at(169), false, FILES)).isEqualTo(Step.NOTHING);
        assertThat(earlier.next(at(171), false, FILES)).isEqualTo(Step.RENEW);
    }

    @Test
    void a_token_serves_until_it_expires() {
        TokenLife life = loggedIn(300, true);
        assertThat(life.usable(at(299.9))).isEqualTo(token(300, true));
        assertThat(life.usable(at(300))).isNull();
        assertThat(life.next(at(300), false, FILES)).isEqualTo(Step.LOG_IN);
    }

    @Test
    void a_token_without_end_needs_nothing() {
        TokenLife life = loggedIn(0, false);
        assertThat(life.next(at(1e6), true, FILES)).isEqualTo(Step.NOTHING);
        assertThat(life.wakeAt(at(1e6))).isNull();
        assertThat(life.usable(at(1e6))).isNotNull();
    }

    @Test
    void what_cannot_be_renewed_is_replaced_by_a_login_in_time() {
        assertThat(loggedIn(300, false).next(at(201), false, FILES)).isEqualTo(Step.LOG_IN);
        TokenLife refused = loggedIn(300, true).renewalEnded(at(201));
        assertThat(refused.next(at(201), false, FILES)).isEqualTo(Step.LOG_IN);
        assertThat(refused.usable(at(201))).isNotNull();
    }

    @Test
    void a_renewal_that_gives_less_than_half_of_the_first_life_is_the_last() {
        TokenLife half = loggedIn(300, true).renewed(token(150, true), at(200), 0);
        assertThat(half.usable(at(349))).isNotNull();
        assertThat(half.next(at(301), false, FILES)).isEqualTo(Step.RENEW);

        TokenLife last = loggedIn(300, true).renewed(token(149, true), at(200), 0);
        assertThat(last.next(at(301), false, FILES)).isEqualTo(Step.LOG_IN);
        assertThat(last.usable(at(348))).isNotNull();
        assertThat(last.usable(at(349))).isNull();
    }

    @Test
    void what_came_into_the_file_during_a_renewal_is_read_after_it() {
        TokenLife life = loggedIn(300, true).outdated(at(200)).renewed(token(300, true), at(201), 0);
        assertThat(life.usable(at(400))).isNotNull();
        assertThat(life.next(at(202), false, FILES)).isEqualTo(Step.LOG_IN);
        assertThat(life.wakeAt(at(202))).isEqualTo(at(200));
    }

    @Test
    void a_good_token_is_kept_while_a_login_fails() {
        TokenLife life = loggedIn(300, false).refused(REFUSED, FILES, at(201), 0);
        assertThat(life.usable(at(299))).isNotNull();
        assertThat(life.next(at(201.5), true, FILES)).isEqualTo(Step.NOTHING);
        assertThat(life.next(at(202.1), false, FILES)).isEqualTo(Step.LOG_IN);
    }

    @Test
    void after_failures_the_pauses_double_up_to_half_a_minute() {
        TokenLife life = TokenLife.none();
        double now = 0;
        for (int pause : new int[] {1, 2, 4, 8, 16, 30, 30}) {
            life = life.failed(at(now), 0);
            assertThat(life.next(at(now + pause - 0.1), false, FILES)).isEqualTo(Step.NOTHING);
            assertThat(life.wakeAt(at(now))).isEqualTo(at(now + pause));
            now += pause;
            assertThat(life.next(at(now), false, FILES)).isEqualTo(Step.LOG_IN);
        }
        life = life.loggedIn(token(300, true), at(now), 0).failed(at(now + 201), 0);
        assertThat(life.next(at(now + 202), false, FILES)).isEqualTo(Step.RENEW);
    }

    @Test
    void who_waits_for_a_token_does_not_wait_for_the_pause_when_vault_was_not_reached() {
        assertThat(TokenLife.none().failed(START, 0).next(at(0.1), true, FILES)).isEqualTo(Step.LOG_IN);
    }

    @Test
    void refused_credentials_are_tried_again_at_once_when_their_file_changes_and_else_later() {
        TokenLife life = TokenLife.none().refused(REFUSED, FILES, START, 0);
        assertThat(life.next(at(0.1), true, FILES)).isEqualTo(Step.NOTHING);
        assertThat(life.refusal(at(0.1), FILES)).isSameAs(REFUSED);
        assertThat(life.next(at(0.1), true, CHANGED)).isEqualTo(Step.LOG_IN);
        assertThat(life.refusal(at(0.1), CHANGED)).isNull();
        assertThat(life.next(at(1), true, FILES)).isEqualTo(Step.LOG_IN);
        assertThat(life.refusal(at(1), FILES)).isNull();
    }

    @Test
    void a_rate_limit_is_obeyed() {
        VaultException slower = VaultException.of(Kind.RATE_LIMITED, null, "slower")
                .retryAfter(Duration.ofSeconds(50))
                .build();
        TokenLife life = TokenLife.none().refused(slower, FILES, START, 0);
        assertThat(life.next(at(49), true, FILES)).isEqualTo(Step.NOTHING);
        assertThat(life.next(at(50), true, FILES)).isEqualTo(Step.LOG_IN);
    }

    @Test
    void a_lost_token_is_replaced_and_a_newer_one_is_not_taken_for_it() {
        TokenLife life = loggedIn(300, true);
        assertThat(life.lost(token(300, true)).usable(at(1))).isNull();
        assertThat(life.lost(token(300, true)).next(at(1), false, FILES)).isEqualTo(Step.LOG_IN);
        assertThat(life.lost(token(200, true)).usable(at(1))).isNotNull();
        assertThat(life.lost(token(300, true))
                        .renewed(token(300, true), at(1), 0)
                        .usable(at(2)))
                .isNull();
    }

    @Test
    void an_outdated_token_serves_until_the_file_is_read() {
        TokenLife life = loggedIn(0, false).outdated(at(5));
        assertThat(life.next(at(5), false, FILES)).isEqualTo(Step.LOG_IN);
        assertThat(life.usable(at(5))).isNotNull();
    }

    @Test
    void the_token_of_before_of_which_vault_says_nothing_any_more_is_dead() {
        Token silent = Token.unknown("t300");
        assertThat(loggedIn(300, true).isDead(silent, at(1))).isTrue();
        assertThat(loggedIn(300, true).isDead(Token.unknown("another"), at(1))).isFalse();
        assertThat(loggedIn(300, true).isDead(token(300, true), at(1))).isFalse();
        TokenLife neverKnown = TokenLife.none().loggedIn(silent, START, 0);
        assertThat(neverKnown.isDead(silent, at(1))).isFalse();
        assertThat(neverKnown.lost(silent).isDead(silent, at(1))).isTrue();
    }

    @Test
    void nothing_of_a_token_is_in_its_text() {
        assertThat(loggedIn(300, true).toString()).doesNotContain("t300");
    }
}
