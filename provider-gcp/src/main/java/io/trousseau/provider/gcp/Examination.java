package io.trousseau.provider.gcp;

import com.google.cloud.kms.v1.CryptoKey;
import com.google.cloud.kms.v1.CryptoKeyVersion;
import com.google.cloud.kms.v1.GetCryptoKeyRequest;
import com.google.cloud.kms.v1.ProtectionLevel;
import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** What {@code trousseau doctor} is told about a CryptoKey and the way to it. One use. */
final class Examination {
    private static final String CREDENTIALS = "gcp.credentials";
    private static final String ENDPOINT = "gcp.endpoint";
    private static final String GET = "gcp.permission.get";
    private static final String ENCRYPT = "gcp.permission.encrypt";
    private static final String DECRYPT = "gcp.permission.decrypt";
    private static final String PROTECTION = "gcp.key.protection";
    private static final String ROTATION = "gcp.key.rotation";
    private static final String DESTRUCTION = "gcp.key.destruction-delay";
    private static final String LATENCY = "gcp.latency";
    private static final Duration SLOW = Duration.ofSeconds(1);
    private static final Duration SHORT_DELAY = Duration.ofDays(7);
    private static final WrapContext CONTEXT = WrapContext.of(Map.of("purpose", "examination"));

    private final GcpKek kek;
    private final CryptoKeyName key;
    private final Service service;
    private final Endpoint endpoint;
    private final Deadline deadline;
    private final List<Finding> findings = new ArrayList<>();

    Examination(GcpKek kek, CryptoKeyName key, Service service, Endpoint endpoint, Deadline deadline) {
        this.kek = kek;
        this.key = key;
        this.service = service;
        this.endpoint = endpoint;
        this.deadline = deadline;
    }

    List<Finding> findings() {
        if (!credentials()) {
            for (String check : List.of(ENDPOINT, GET, ENCRYPT, DECRYPT, PROTECTION, ROTATION, DESTRUCTION, LATENCY)) {
                findings.add(Finding.skipped(check, "there is no token to ask with"));
            }
            return findings;
        }
        Optional<CryptoKey> description = describe();
        permissions();
        if (description.isPresent()) {
            properties(description.get());
        } else {
            for (String check : List.of(PROTECTION, ROTATION, DESTRUCTION)) {
                findings.add(Finding.skipped(check, "the key could not be read"));
            }
        }
        return findings;
    }

    private boolean credentials() {
        try {
            service.authorize(new Operation("examine", key.text()), deadline);
            findings.add(Finding.ok(CREDENTIALS, service.credentials()));
            return true;
        } catch (KmsException e) {
            findings.add(Finding.failure(
                    CREDENTIALS,
                    e.code().label() + ": " + e.getMessage(),
                    "look at credentials, credentialsFile and impersonate, and at the way to what gives out tokens"));
            return false;
        }
    }

    /** Finds out whether the service is reached, which even a refusal shows, and what the key is like. */
    private Optional<CryptoKey> describe() {
        try {
            CryptoKey answer = service.getCryptoKey(
                    GetCryptoKeyRequest.newBuilder().setName(key.text()).build(), deadline);
            findings.add(Finding.ok(ENDPOINT, endpoint + " answers"));
            findings.add(Finding.ok(GET, "cloudkms.cryptoKeys.get is there"));
            return Optional.of(answer);
        } catch (KmsException e) {
            boolean reached = e.code().verdict() != KmsException.Verdict.TRANSIENT || e.code() == Code.THROTTLED;
            if (reached) {
                findings.add(Finding.ok(ENDPOINT, endpoint + " answers"));
                findings.add(refusal(GET, "cloudkms.cryptoKeys.get", e));
            } else {
                findings.add(Finding.failure(
                        ENDPOINT,
                        e.code().label() + ": " + e.getMessage(),
                        "look at endpoint, proxy and caFile, and at the network between here and " + endpoint));
                findings.add(Finding.skipped(GET, "Cloud KMS was not reached"));
            }
            return Optional.empty();
        }
    }

    private void permissions() {
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        long begin = System.nanoTime();
        Optional<WrapResult> wrapped =
                attempt(ENCRYPT, "cloudkms.cryptoKeyVersions.useToEncrypt", () -> kek.wrap(random, CONTEXT, deadline));
        if (wrapped.isEmpty()) {
            findings.add(Finding.skipped(DECRYPT, "there is nothing to decrypt"));
            findings.add(Finding.skipped(LATENCY, "nothing was encrypted"));
            return;
        }
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        attempt(DECRYPT, "cloudkms.cryptoKeyVersions.useToDecrypt", () -> {
            WrapResult result = wrapped.get();
            kek.unwrap(new WrappedKey(result.ciphertext(), result.version().orElseThrow()), CONTEXT, deadline)
                    .close();
            return true;
        });
        findings.add(latency(took));
    }

    private static Finding latency(Duration took) {
        String seen = "one Encrypt took " + took.toMillis() + " ms";
        return took.compareTo(SLOW) <= 0
                ? Finding.ok(LATENCY, seen)
                : Finding.warning(
                        LATENCY,
                        seen + ", and a member is given 2 s unless configured otherwise",
                        "raise the member's deadline, or use a key in a location nearer to this machine");
    }

    private void properties(CryptoKey answer) {
        CryptoKeyVersion primary = answer.getPrimary();
        ProtectionLevel level = primary.getProtectionLevel();
        if (level == ProtectionLevel.EXTERNAL || level == ProtectionLevel.EXTERNAL_VPC) {
            findings.add(Finding.warning(
                    PROTECTION,
                    level + ": each call goes on to a key manager outside Google, which can be slow or away",
                    "give the member a deadline of its own (deadline: 5s), and the keyring another member beside it"));
        } else {
            findings.add(Finding.ok(PROTECTION, level + ", " + primary.getAlgorithm()));
        }
        if (answer.hasNextRotationTime()) {
            findings.add(Finding.ok(
                    ROTATION,
                    "Cloud KMS rotates the key next at "
                            + Instant.ofEpochSecond(answer.getNextRotationTime().getSeconds())));
        } else {
            findings.add(Finding.ok(ROTATION, "the key is not rotated on a schedule"));
        }
        Duration delay = Duration.ofSeconds(answer.getDestroyScheduledDuration().getSeconds());
        if (answer.hasDestroyScheduledDuration() && delay.compareTo(SHORT_DELAY) < 0) {
            findings.add(Finding.warning(
                    DESTRUCTION,
                    "a version is destroyed " + delay.toHours() + " h after someone schedules it, for ever",
                    "a key's delay cannot be changed: make the next key with --destroy-scheduled-duration=30d"));
        } else {
            findings.add(Finding.ok(
                    DESTRUCTION,
                    "a version is destroyed " + delay.toDays() + " days after someone"
                            + " schedules it, and can be restored until then"));
        }
    }

    private <T> Optional<T> attempt(String check, String permission, Supplier<T> call) {
        try {
            T answer = call.get();
            findings.add(Finding.ok(check, permission + " is there"));
            return Optional.of(answer);
        } catch (KmsException e) {
            findings.add(refusal(check, permission, e));
            return Optional.empty();
        }
    }

    private Finding refusal(String check, String permission, KmsException e) {
        String seen = e.code().label() + ": " + e.getMessage();
        return switch (e.code()) {
            case PERMISSION_DENIED ->
                Finding.failure(
                        check,
                        seen,
                        "grant " + permission + " on the key: gcloud kms keys add-iam-policy-binding " + key.text()
                                + " --member=… --role=…");
            case TIMEOUT -> Finding.skipped(check, seen);
            default -> Finding.failure(check, seen, "look at the key in Cloud KMS: " + key.text());
        };
    }
}
