package io.trousseau.provider.aws;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The order of regions")
class RegionOrderTest {
    private static final long AVOIDED = RegionOrder.AVOIDED.toNanos();

    private final RegionOrder order = new RegionOrder(3);

    @Test
    @DisplayName("is the configured one while none has failed")
    void configured() {
        assertThat(order.at(0)).containsExactly(0, 1, 2);
    }

    @Test
    @DisplayName("has those last that failed lately, and keeps every one")
    void failedLast() {
        order.failed(0, 0);
        assertThat(order.at(1)).containsExactly(1, 2, 0);
        order.failed(1, 1);
        assertThat(order.at(2)).containsExactly(2, 0, 1);
        order.failed(2, 2);
        assertThat(order.at(3)).containsExactly(0, 1, 2);
    }

    @Test
    @DisplayName("forgets a failure after a while, or once the region has served")
    void forgets() {
        order.failed(0, 5);
        assertThat(order.at(5 + AVOIDED - 1)).containsExactly(1, 2, 0);
        assertThat(order.at(5 + AVOIDED)).containsExactly(0, 1, 2);
        order.failed(0, 6);
        order.served(0);
        assertThat(order.at(7)).containsExactly(0, 1, 2);
    }
}
