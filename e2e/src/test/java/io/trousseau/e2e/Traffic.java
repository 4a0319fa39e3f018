package io.trousseau.e2e;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

/** A client of the cluster that creates a Secret and reads it back, about ten times a second, and keeps what failed. */
final class Traffic implements AutoCloseable {
    private final ApiServer apiServer;
    private final String prefix;
    private final AtomicInteger completed = new AtomicInteger();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService client =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "traffic"));

    private Traffic(ApiServer apiServer, String prefix) {
        this.apiServer = apiServer;
        this.prefix = prefix;
    }

    /** Starts a client whose Secrets' names begin with {@code prefix}. */
    static Traffic start(ApiServer apiServer, String prefix) {
        Traffic traffic = new Traffic(apiServer, prefix);
        traffic.client.scheduleWithFixedDelay(traffic::createAndRead, 0, 100, MILLISECONDS);
        return traffic;
    }

    /** How many Secrets were created and read back so far. */
    int completed() {
        return completed.get();
    }

    List<String> failures() {
        return failures;
    }

    private void createAndRead() {
        String name = prefix + "-" + (completed.get() + failures.size());
        try {
            HttpResponse<String> written = apiServer.createSecret(name, "value of " + name);
            HttpResponse<String> read = apiServer.getSecret(name);
            if (written.statusCode() != 201) {
                failures.add("create " + name + ": " + written.body());
            } else if (read.statusCode() != 200) {
                failures.add("get " + name + ": " + read.body());
            } else if (!ApiServer.valueOf(Json.parse(read.body())).equals("value of " + name)) {
                failures.add(name + " reads back as something else");
            } else {
                completed.incrementAndGet();
            }
        } catch (RuntimeException | AssertionError e) {
            failures.add(name + ": " + e);
        }
    }

    @Override
    public void close() {
        client.shutdown();
        try {
            if (!client.awaitTermination(120, SECONDS)) {
                failures.add("a request that never ended");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
