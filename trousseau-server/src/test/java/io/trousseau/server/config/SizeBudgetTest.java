package io.trousseau.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.api.KekTraits;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SizeBudgetTest {
    private static final int FIXED = 300;
    private static final int PER_MEMBER = 903;

    @Test
    @DisplayName("what fits to the byte is accepted, one byte more is not")
    void boundary() {
        // Eight members, so that what is left for their ciphertexts is a whole number for each but the last.
        int left = SizeBudget.MAX_ANNOTATIONS_BYTES - FIXED - 8 * PER_MEMBER;
        assertThat(budget(left / 8, left - left / 8 * 7)).satisfies(fits -> {
            assertThat(fits.annotationsBytes()).isEqualTo(32768);
            assertThat(fits.fits()).isTrue();
        });
        assertThat(budget(left / 8, left - left / 8 * 7 + 1).fits()).isFalse();
    }

    private static SizeBudget budget(int ofSeven, int ofTheLast) {
        Map<String, KekTraits> members = new LinkedHashMap<>();
        for (int i = 0; i < 7; i++) {
            members.put("m" + i, new KekTraits(Set.of(), 64, ofSeven));
        }
        members.put("last", new KekTraits(Set.of(), 64, ofTheLast));
        return SizeBudget.of(members);
    }
}
