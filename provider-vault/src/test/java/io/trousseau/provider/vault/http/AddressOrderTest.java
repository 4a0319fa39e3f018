package io.trousseau.provider.vault.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AddressOrderTest {
    /** So large that sums overflow: readings have no meaning but as differences. */
    private static final long START = Long.MAX_VALUE - 1_000;

    private static long at(long seconds) {
        return START + seconds * 1_000_000_000L;
    }

    private final AddressOrder fresh = AddressOrder.of(3);

    @Test
    void at_first_the_order_is_that_of_the_configuration() {
        assertThat(fresh.at(START)).containsExactly(0, 1, 2);
    }

    @Test
    void the_one_that_served_last_is_first() {
        assertThat(fresh.served(1).at(START)).containsExactly(1, 2, 0);
    }

    @Test
    void one_that_failed_is_last_for_a_while() {
        AddressOrder order = fresh.failed(0, at(0));
        assertThat(order.at(at(1))).containsExactly(1, 2, 0);
        assertThat(order.at(at(29))).containsExactly(1, 2, 0);
        assertThat(order.at(at(30))).containsExactly(0, 1, 2);
    }

    @Test
    void of_several_that_failed_the_longest_ago_is_tried_before_the_others() {
        AddressOrder order = fresh.failed(0, at(2)).failed(1, at(1)).failed(2, at(3));
        assertThat(order.at(at(4))).containsExactly(1, 0, 2);
    }

    @Test
    void one_that_serves_again_is_forgiven() {
        assertThat(fresh.failed(0, at(0)).served(0).at(at(1))).containsExactly(0, 1, 2);
    }
}
