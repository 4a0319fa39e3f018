package io.trousseau.server.admin;

import static io.trousseau.server.admin.StatusJson.label;

import io.trousseau.api.KmsException;
import io.trousseau.api.NanoClock;
import io.trousseau.core.envelope.KeyId;
import io.trousseau.core.keyring.KeyringException;
import io.trousseau.core.keyring.KeyringListener;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes to the logger {@code trousseau.audit} what somebody may have to account for later: every use of a KEK on behalf of
 * data, every change of the key_id, every refusal. Probes are written at debug level, single seals and opens not at all.
 *
 * <p>Who can write to etcd can cause refusals without end, so that there is one line a code and ten seconds, which says how
 * many it stands for. Safe for use by any number of threads.
 */
public final class AuditLog implements KeyringListener {
    /** The name of the logger. */
    public static final String LOGGER = "trousseau.audit";

    private static final Logger LOG = System.getLogger(LOGGER);
    private static final Duration QUIET = Duration.ofSeconds(10);

    private static final class Refusals {
        long toldAt;
        long untold;
    }

    private final NanoClock clock;
    private final Map<KeyringException.Code, Refusals> refusals = new EnumMap<>(KeyringException.Code.class);

    /** An audit log on the clock of this JVM. */
    public AuditLog() {
        this(NanoClock.system());
    }

    AuditLog(NanoClock clock) {
        this.clock = clock;
    }

    @Override
    public void attempted(
            String member,
            Operation operation,
            Purpose purpose,
            Duration duration,
            KmsException.@Nullable Code failure) {
        Level level = purpose == Purpose.PROBE ? Level.DEBUG : Level.INFO;
        if (LOG.isLoggable(level)) {
            LOG.log(
                    level,
                    "kms member={0} operation={1} purpose={2} outcome={3} millis={4}",
                    member,
                    label(operation),
                    label(purpose),
                    failure == null ? "ok" : failure.label(),
                    Long.toString(duration.toMillis()));
        }
    }

    @Override
    public void promoted(KeyId keyId) {
        LOG.log(Level.INFO, "key_id={0} hash={1} seals from now on", keyId, keyId.hash());
    }

    @Override
    public void refused(KeyringException.Code code) {
        long untold;
        synchronized (refusals) {
            long now = clock.nanoTime();
            Refusals earlier = refusals.get(code);
            if (earlier != null && now - earlier.toldAt < QUIET.toNanos()) {
                earlier.untold++;
                return;
            }
            untold = earlier == null ? 0 : earlier.untold;
            Refusals told = new Refusals();
            told.toldAt = now;
            refusals.put(code, told);
        }
        LOG.log(
                Level.WARNING,
                "refused code={0}{1}",
                code.label(),
                untold == 0 ? "" : " and " + untold + " times more since the last such line");
    }

    @Override
    public void damagedCopy(String member) {
        LOG.log(Level.WARNING, "damaged copy member={0}: it unwrapped to another key than the envelope names", member);
    }
}
