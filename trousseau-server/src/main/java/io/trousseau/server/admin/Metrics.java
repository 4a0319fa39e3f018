package io.trousseau.server.admin;

import static io.trousseau.server.admin.StatusJson.label;

import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.trousseau.api.KmsException;
import io.trousseau.core.keyring.KeyringException;
import io.trousseau.core.keyring.KeyringListener;
import io.trousseau.core.keyring.KeyringStatus;
import io.trousseau.core.keyring.KeyringStatus.LocalKekStatus;
import io.trousseau.core.keyring.KeyringStatus.MemberStatus;
import io.trousseau.core.keyring.MemberPhase;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Counts and times what the server does, for Prometheus; {@code docs/operations.md} lists all names. Labels are names from
 * the configuration, public names of keys, and constants: nothing that a request carries, so that their number is bounded.
 *
 * <p>Safe for use by any number of threads.
 */
public final class Metrics implements KeyringListener, AutoCloseable {
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final Duration[] KMS_BUCKETS = millis(5, 25, 100, 250, 500, 1000, 2000);
    private static final Duration[] REQUEST_BUCKETS = {
        Duration.ofNanos(250_000),
        Duration.ofMillis(1),
        Duration.ofMillis(10),
        Duration.ofMillis(100),
        Duration.ofSeconds(1),
        Duration.ofSeconds(3)
    };

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final MeterProvider<Timer> kmsCalls;
    private final MeterProvider<Timer> requests;
    private final MeterProvider<Counter> damagedCopies;
    private final Counter sealed;
    private final Counter openedFromMemory;
    private final Counter openedByKms;
    private final Map<KeyringException.Code, Counter> refused = new EnumMap<>(KeyringException.Code.class);
    private final Counter reloaded;
    private final Counter notReloaded;
    private final MultiGauge keyId;
    private final MultiGauge memberPhase;
    private final MultiGauge memberDestruction;
    private volatile @Nullable KeyringStatus status;

    /**
     * Metrics that count from zero.
     *
     * @param version of this build
     */
    public Metrics(String version) {
        kmsCalls = Timer.builder("trousseau.kms.calls")
                .description("Calls that reached a member's KMS; unwraps to open stored data have operation=\"unwrap\","
                        + " purpose=\"open\"")
                .serviceLevelObjectives(KMS_BUCKETS)
                .withRegistry(registry);
        requests = Timer.builder("trousseau.grpc.requests")
                .description("Requests of kube-apiserver and how they were answered")
                .serviceLevelObjectives(REQUEST_BUCKETS)
                .withRegistry(registry);
        damagedCopies = Counter.builder("trousseau.damaged.copies")
                .description("Copies of a local KEK that a member unwrapped to something else")
                .withRegistry(registry);
        sealed = counter("trousseau.seals", "Payloads sealed");
        openedFromMemory = counter("trousseau.opens", "Envelopes opened", "source", "memory");
        openedByKms = counter("trousseau.opens", "Envelopes opened", "source", "kms");
        for (KeyringException.Code code : KeyringException.Code.values()) {
            refused.put(code, counter("trousseau.refused", "Envelopes not opened", "code", code.label()));
        }
        reloaded = counter("trousseau.reloads", "Reloads of the configuration", "result", "ok");
        notReloaded = counter("trousseau.reloads", "Reloads of the configuration", "result", "failed");
        keyId = MultiGauge.builder("trousseau.key.id.info")
                .description("The key_id that seals now; key_id_hash is as kube-apiserver prints it")
                .register(registry);
        memberPhase = MultiGauge.builder("trousseau.member.phase")
                .description("1 for the phase that a member is in")
                .register(registry);
        memberDestruction = MultiGauge.builder("trousseau.member.destruction.timestamp")
                .description("When a member's KMS will destroy its KEK, if that is scheduled")
                .baseUnit("seconds")
                .register(registry);
        gauge("trousseau.healthy", "1 if the keyring can seal and open as its policy says", s -> s.healthy() ? 1 : 0);
        gauge("trousseau.degraded", "1 if fewer than all members protect what is sealed", s -> s.degraded() ? 1 : 0);
        gauge(
                "trousseau.local.kek.age.seconds",
                "Age of the local KEK that seals",
                s -> s.localKek()
                        .map(LocalKekStatus::age)
                        .map(age -> age.toMillis() / 1000.0)
                        .orElse(Double.NaN));
        gauge(
                "trousseau.local.kek.uses",
                "Seals under the local KEK that seals",
                s -> s.localKek().map(localKek -> (double) localKek.uses()).orElse(Double.NaN));
        gauge("trousseau.cached.local.keks", "Proven local KEKs in memory", KeyringStatus::cachedLocalKeks);
        Gauge.builder("trousseau.build.info", () -> 1)
                .description("The version that runs")
                .tags("version", version, "java", Runtime.version().toString())
                .register(registry);
        Stream.of(new JvmMemoryMetrics(), new JvmThreadMetrics(), new UptimeMetrics(), new FileDescriptorMetrics())
                .forEach(basics -> basics.bindTo(registry));
    }

    private static Duration[] millis(long... values) {
        return java.util.stream.LongStream.of(values)
                .mapToObj(Duration::ofMillis)
                .toArray(Duration[]::new);
    }

    private Counter counter(String name, String description, String... tags) {
        return Counter.builder(name).description(description).tags(tags).register(registry);
    }

    private void gauge(String name, String description, ToDoubleFunction<KeyringStatus> value) {
        Gauge.builder(name, this, metrics -> {
                    KeyringStatus now = metrics.status;
                    return now == null ? Double.NaN : value.applyAsDouble(now);
                })
                .description(description)
                .register(registry);
    }

    /** Counts and times gRPC requests. */
    public ServerInterceptor interceptor() {
        return new RequestTimer(this);
    }

    void answered(String method, Status.Code code, Duration duration) {
        requests.withTags("method", method, "code", code.name()).record(duration);
    }

    /** A changed configuration is in use. */
    public void reloaded() {
        reloaded.increment();
    }

    /** A changed configuration was refused, and the old one stays in use. */
    public void reloadFailed() {
        notReloaded.increment();
    }

    @Override
    public void attempted(
            String member,
            Operation operation,
            Purpose purpose,
            Duration duration,
            KmsException.@Nullable Code failure) {
        kmsCalls.withTags(
                        "member",
                        member,
                        "operation",
                        label(operation),
                        "purpose",
                        label(purpose),
                        "outcome",
                        failure == null ? "ok" : failure.label())
                .record(duration);
    }

    @Override
    public void sealed() {
        sealed.increment();
    }

    @Override
    public void opened(boolean fromMemory) {
        (fromMemory ? openedFromMemory : openedByKms).increment();
    }

    @Override
    public void refused(KeyringException.Code code) {
        Objects.requireNonNull(refused.get(code)).increment();
    }

    @Override
    public void damagedCopy(String member) {
        damagedCopies.withTag("member", member).increment();
    }

    /** All of it in the text format of Prometheus. */
    synchronized String scrape(KeyringStatus now) {
        status = now;
        keyId.register(
                now.keyId().stream()
                        .map(id -> Row.of(
                                Tags.of("keyring", now.keyring(), "key_id", id.text(), "key_id_hash", id.hash()), 1))
                        .toList(),
                true);
        memberPhase.register(now.members().stream().flatMap(Metrics::phases).toList(), true);
        memberDestruction.register(
                now.members().stream()
                        .filter(member -> member.destructionAt().isPresent())
                        .map(member -> Row.of(
                                Tags.of("member", member.name()),
                                member.destructionAt().get().getEpochSecond()))
                        .toList(),
                true);
        now.members().forEach(member -> damagedCopies.withTag("member", member.name()));
        return registry.scrape();
    }

    private static Stream<Row<Number>> phases(MemberStatus member) {
        return Stream.of(MemberPhase.values())
                .map(phase -> Row.of(
                        Tags.of("member", member.name(), "provider", member.provider(), "phase", label(phase)),
                        member.phase() == phase ? 1 : 0));
    }

    @Override
    public void close() {
        registry.close();
    }
}
