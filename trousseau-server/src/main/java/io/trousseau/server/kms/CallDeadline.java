package io.trousseau.server.kms;

import io.grpc.Context;
import io.trousseau.api.Deadline;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** When a call must be answered. */
final class CallDeadline {
    /** What a caller that states none is given: kube-apiserver's own default. */
    private static final Duration DEFAULT = Duration.ofSeconds(3);

    /** Kept back, so that the answer arrives before the caller gives up and hides the reason. */
    private static final Duration LARGEST_MARGIN = Duration.ofMillis(100);

    private CallDeadline() {}

    /** Of the call that runs on this thread. */
    static Deadline current() {
        io.grpc.Deadline stated = Context.current().getDeadline();
        Duration left = stated == null ? DEFAULT : Duration.ofNanos(stated.timeRemaining(TimeUnit.NANOSECONDS));
        Duration margin = left.dividedBy(10);
        return Deadline.after(left.minus(margin.compareTo(LARGEST_MARGIN) < 0 ? margin : LARGEST_MARGIN));
    }
}
