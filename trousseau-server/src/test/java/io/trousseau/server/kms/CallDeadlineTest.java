package io.trousseau.server.kms;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Context;
import io.trousseau.api.Deadline;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class CallDeadlineTest {
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Test
    @DisplayName("a caller is answered 100 ms before it gives up, so that it learns the reason")
    void margin() throws Exception {
        assertThat(deadlineOf(1000).remaining())
                .isLessThanOrEqualTo(Duration.ofMillis(999_900))
                .isGreaterThan(Duration.ofSeconds(900));
    }

    @Test
    @DisplayName("a caller with little patience gives a tenth of it")
    void smallMargin() throws Exception {
        try (Context.CancellableContext context =
                Context.current().withDeadlineAfter(100, TimeUnit.MILLISECONDS, timer)) {
            assertThat(context.call(CallDeadline::current).remaining()).isLessThanOrEqualTo(Duration.ofMillis(90));
        }
    }

    @Test
    @DisplayName("a caller that states no deadline is taken to have kube-apiserver's 3 s")
    void none() {
        assertThat(CallDeadline.current().remaining())
                .isLessThanOrEqualTo(Duration.ofMillis(2900))
                .isPositive();
    }

    private Deadline deadlineOf(long seconds) throws Exception {
        try (Context.CancellableContext context =
                Context.current().withDeadlineAfter(seconds, TimeUnit.SECONDS, timer)) {
            return context.call(CallDeadline::current);
        }
    }
}
