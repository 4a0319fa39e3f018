package io.trousseau.core.keyring;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.core.keyring.UnwrapRace.ArmHedge;
import io.trousseau.core.keyring.UnwrapRace.Ask;
import io.trousseau.core.keyring.UnwrapRace.Candidate;
import io.trousseau.core.keyring.UnwrapRace.Lost;
import io.trousseau.core.keyring.UnwrapRace.Won;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A race to unwrap")
class UnwrapRaceTest {
    private static final Candidate A = new Candidate("a", 0);
    private static final Candidate B = new Candidate("b", 1);
    private static final Candidate C = new Candidate("c", 2);

    @Test
    @DisplayName("asks only the best member if one copy is needed, and stops at its answer")
    void best() {
        UnwrapRace race = new UnwrapRace(1, List.of(A, B, C));
        assertThat(race.start()).containsExactly(new Ask(A), new ArmHedge());
        assertThat(race.good(A)).containsExactly(new Won());
        assertThat(race.hedge()).isEmpty();
    }

    @Test
    @DisplayName("asks as many as are needed at once")
    void needed() {
        UnwrapRace race = new UnwrapRace(2, List.of(A, B, C));
        assertThat(race.start()).containsExactly(new Ask(A), new Ask(B), new ArmHedge());
        assertThat(race.good(B)).isEmpty();
        assertThat(race.good(A)).containsExactly(new Won());
    }

    @Test
    @DisplayName("turns to the next member at a failure, and is lost as soon as too few are left")
    void failures() {
        UnwrapRace race = new UnwrapRace(2, List.of(A, B, C));
        race.start();
        assertThat(race.failed(A)).containsExactly(new Ask(C));
        assertThat(race.failed(B)).containsExactly(new Lost());
        assertThat(race.good(C)).isEmpty();
    }

    @Test
    @DisplayName("asks one more at each hedge, and takes whichever answers")
    void hedges() {
        UnwrapRace race = new UnwrapRace(1, List.of(A, B, C));
        race.start();
        assertThat(race.hedge()).containsExactly(new Ask(B), new ArmHedge());
        assertThat(race.hedge()).containsExactly(new Ask(C));
        assertThat(race.failed(A)).isEmpty();
        assertThat(race.good(C)).containsExactly(new Won());
    }

    @Test
    @DisplayName("does not ask two members for one copy, unless the first fails or is slow")
    void sameCopy() {
        Candidate other = new Candidate("b", 0);
        UnwrapRace failing = new UnwrapRace(1, List.of(A, other));
        assertThat(failing.start()).containsExactly(new Ask(A), new ArmHedge());
        assertThat(failing.failed(A)).containsExactly(new Ask(other));
        UnwrapRace slow = new UnwrapRace(1, List.of(A, other));
        slow.start();
        assertThat(slow.hedge()).containsExactly(new Ask(other));
        assertThat(slow.failed(A)).isEmpty();
        assertThat(slow.good(other)).containsExactly(new Won());
    }

    @Test
    @DisplayName("does not count one copy twice, and asks nobody in vain")
    void distinct() {
        Candidate other = new Candidate("d", 0);
        UnwrapRace race = new UnwrapRace(2, List.of(A, other));
        assertThat(race.start()).containsExactly(new Lost());
    }
}
