package io.trousseau.core.localkek;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The cache of proven local KEKs")
class ProvenLocalKeksTest {
    private final LocalKek a = LocalKek.create();
    private final LocalKek b = LocalKek.create();
    private final LocalKek c = LocalKek.create();

    @Test
    @DisplayName("finds a local KEK by its full commitment")
    void finds() {
        ProvenLocalKeks proven = new ProvenLocalKeks(2);
        proven.add(a);

        assertThat(proven.get(a.commitment())).isSameAs(a);
        assertThat(proven.get(b.commitment())).isNull();
    }

    @Test
    @DisplayName("lets the one go that was not used for the longest time, unwiped, for it may be in use")
    void leastRecentlyUsed() throws WornOutException {
        ProvenLocalKeks proven = new ProvenLocalKeks(2);
        proven.add(a);
        proven.add(b);
        proven.get(a.commitment());

        proven.add(c);

        assertThat(proven.size()).isEqualTo(2);
        assertThat(proven.get(a.commitment())).isSameAs(a);
        assertThat(proven.get(b.commitment())).isNull();
        assertThat(proven.get(c.commitment())).isSameAs(c);
        assertThat(b.copyKey()).hasSize(LocalKek.BYTES);
    }

    @Test
    @DisplayName("holds one local KEK of one commitment: the first, whose uses are counted")
    void first() throws WornOutException {
        ProvenLocalKeks proven = new ProvenLocalKeks(2);
        proven.add(a);

        proven.add(LocalKek.prove(a.copyKey(), a.commitment()));

        assertThat(proven.size()).isEqualTo(1);
        assertThat(proven.get(a.commitment())).isSameAs(a);
    }

    @Test
    @DisplayName("wipes every local KEK in it")
    void wipes() {
        ProvenLocalKeks proven = new ProvenLocalKeks(2);
        proven.add(a);
        proven.add(b);

        proven.wipe();

        assertThat(proven.size()).isZero();
        assertThat(proven.get(a.commitment())).isNull();
        assertThatExceptionOfType(WornOutException.class).isThrownBy(a::copyKey);
        assertThatExceptionOfType(WornOutException.class).isThrownBy(b::copyKey);
    }
}
