package io.trousseau.server.admin;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Finds out whether the threads that this process cannot live without still work. It asks no KMS: an outage of all of them
 * is no reason to restart a process that serves from memory.
 *
 * <p>Safe for use by any number of threads.
 */
public final class Watchdog {
    /** How long all answers together may take. */
    public static final Duration BOUND = Duration.ofSeconds(2);

    private final Map<String, Supplier<CompletableFuture<?>>> watched;

    private Watchdog(Map<String, Supplier<CompletableFuture<?>>> watched) {
        this.watched = Map.copyOf(watched);
    }

    /** A watchdog that watches nothing yet. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects what is watched. Not safe for use by several threads. */
    public static final class Builder {
        private final Map<String, Supplier<CompletableFuture<?>>> watched = new LinkedHashMap<>();

        private Builder() {}

        /**
         * Watches something that completes a future when it gets to it.
         *
         * @param name for the message
         * @param ask called at every check
         */
        public Builder watch(String name, Supplier<CompletableFuture<?>> ask) {
            watched.put(name, ask);
            return this;
        }

        /**
         * Watches the thread of an executor, for example of an event loop. One that takes no more tasks is on its way
         * out, and not stuck.
         */
        public Builder watch(String name, Executor executor) {
            return watch(name, () -> {
                CompletableFuture<Boolean> answer = new CompletableFuture<>();
                try {
                    executor.execute(() -> answer.complete(true));
                } catch (RejectedExecutionException e) {
                    answer.complete(false);
                }
                return answer;
            });
        }

        /** The watchdog. */
        public Watchdog build() {
            return new Watchdog(watched);
        }
    }

    /**
     * Asks all that is watched, and waits {@link #BOUND} at most.
     *
     * @return the names of those that did not answer, sorted; empty if all is well
     */
    List<String> stuck() throws InterruptedException {
        Map<String, CompletableFuture<?>> answers = new LinkedHashMap<>();
        watched.forEach((name, ask) -> answers.put(name, ask.get()));
        long end = System.nanoTime() + BOUND.toNanos();
        List<String> stuck = new ArrayList<>();
        for (Map.Entry<String, CompletableFuture<?>> answer : answers.entrySet()) {
            try {
                answer.getValue().get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                stuck.add(answer.getKey());
            } catch (ExecutionException answered) {
                // With a failure; that it answers is all that is asked here.
            }
        }
        stuck.sort(null);
        return stuck;
    }
}
