package io.trousseau.provider.aws;

import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.KmsException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.model.ExpirationModelType;
import software.amazon.awssdk.services.kms.model.IncludeKeyMaterial;
import software.amazon.awssdk.services.kms.model.KeyMetadata;
import software.amazon.awssdk.services.kms.model.RotationsListEntry;

/** What {@code trousseau doctor} is told of a key in AWS: the credentials, every region, and the key's material. */
final class Examination {
    private static final Duration SOON = Duration.ofDays(30);

    private final KeyName key;
    private final KmsCaller caller;
    private final InstantSource clock;
    private final List<Finding> findings = new ArrayList<>();

    Examination(KeyName key, KmsCaller caller, InstantSource clock) {
        this.key = key;
        this.caller = caller;
        this.clock = clock;
    }

    List<Finding> of(Deadline deadline) {
        boolean credentials = credentials(deadline);
        Optional<KeyMetadata> described = Optional.empty();
        int left = caller.regions().size();
        for (KmsRegion region : caller.regions()) {
            // What one region takes too long for must not keep the others from being asked.
            Deadline share = deadline.within(deadline.remaining().dividedBy(left + 1L));
            left--;
            String check = "aws.region." + region.name();
            if (!credentials) {
                findings.add(Finding.skipped(check, "there are no credentials to ask with"));
                continue;
            }
            Optional<KeyMetadata> metadata = region(check, region, share);
            described = described.or(() -> metadata);
        }
        described.ifPresentOrElse(
                metadata -> material(metadata, deadline),
                () -> findings.add(Finding.skipped("aws.key.material", "no region described the key")));
        return List.copyOf(findings);
    }

    private boolean credentials(Deadline deadline) {
        try {
            KmsCaller.Who who = caller.who(deadline);
            String until =
                    who.issued().expiresAt().map(end -> ", good until " + end).orElse(", without an end that is known");
            findings.add(Finding.ok("aws.credentials", "from " + who.issued().source() + until));
            findings.add(who.arn()
                    .map(arn -> Finding.ok("aws.caller", arn))
                    .orElseGet(() ->
                            Finding.skipped("aws.caller", "STS did not tell whom the credentials make the caller")));
            return true;
        } catch (KmsException e) {
            findings.add(Finding.failure(
                    "aws.credentials",
                    String.valueOf(e.getMessage()),
                    "see the settings credentials and roleArn, and the chapter on credentials in docs/aws.md"));
            findings.add(Finding.skipped("aws.caller", "there are no credentials"));
            return false;
        }
    }

    /** Whether the region knows the key, and lets us encrypt and decrypt there. */
    private Optional<KeyMetadata> region(String check, KmsRegion region, Deadline deadline) {
        try {
            KeyMetadata metadata = caller.call(
                    Operation.DESCRIBE,
                    key.text(),
                    List.of(region),
                    deadline,
                    (where, request) -> told(
                            where.client()
                                    .describeKey(asked ->
                                            asked.keyId(key.in(where.name())).overrideConfiguration(request))
                                    .keyMetadata(),
                            Operation.DESCRIBE,
                            where));
            long begun = System.nanoTime();
            SdkBytes ciphertext = caller.call(
                    Operation.ENCRYPT,
                    key.text(),
                    List.of(region),
                    deadline,
                    (where, request) -> told(
                            where.client()
                                    .encrypt(asked -> asked.keyId(key.in(where.name()))
                                            .plaintext(SdkBytes.fromByteArray(new byte[1]))
                                            .overrideConfiguration(request))
                                    .ciphertextBlob(),
                            Operation.ENCRYPT,
                            where));
            caller.call(
                    Operation.DECRYPT,
                    key.text(),
                    List.of(region),
                    deadline,
                    (where, request) -> told(
                            where.client()
                                    .decrypt(asked -> asked.keyId(key.in(where.name()))
                                            .ciphertextBlob(ciphertext)
                                            .overrideConfiguration(request))
                                    .keyId(),
                            Operation.DECRYPT,
                            where));
            long millis = Duration.ofNanos(System.nanoTime() - begun).toMillis();
            findings.add(Finding.ok(
                    check,
                    "describes, encrypts and decrypts; the two together took " + millis + " ms; the key is "
                            + KeyState.nameIn(metadata)));
            return Optional.of(metadata);
        } catch (KmsException e) {
            findings.add(Finding.failure(
                    check,
                    String.valueOf(e.getMessage()),
                    "see the chapter on failures in docs/aws.md, at " + e.code().label()));
            return Optional.empty();
        }
    }

    private <T> T told(@Nullable T part, Operation operation, KmsRegion region) {
        if (part == null) {
            throw Refusals.badAnswer(operation, key.text(), region.name(), "without what it is about");
        }
        return part;
    }

    private void material(KeyMetadata metadata, Deadline deadline) {
        if (metadata.expirationModel() == ExpirationModelType.KEY_MATERIAL_EXPIRES && metadata.validTo() != null) {
            Instant end = metadata.validTo();
            String seen =
                    "the imported key material expires at " + end + ", and with it all that is encrypted under it";
            findings.add(
                    clock.instant().plus(SOON).isBefore(end)
                            ? Finding.ok("aws.key.material", seen)
                            : Finding.warning(
                                    "aws.key.material",
                                    seen,
                                    "import it again, without an end or with a later one: aws kms import-key-material"));
            return;
        }
        if (metadata.currentKeyMaterialId() == null) {
            findings.add(Finding.ok(
                    "aws.key.material", "KMS gives the material of this key no name, and does not rotate it"));
            return;
        }
        try {
            List<RotationsListEntry> rotations = caller.call(
                    Operation.LIST_ROTATIONS,
                    key.text(),
                    deadline,
                    (region, request) -> region.client()
                            .listKeyRotations(asked -> asked.keyId(metadata.arn())
                                    .includeKeyMaterial(IncludeKeyMaterial.ROTATIONS_ONLY)
                                    .overrideConfiguration(request))
                            .rotations());
            String last = rotations.stream()
                    .flatMap(rotation -> Optional.ofNullable(rotation.rotationDate()).stream())
                    .max(Instant::compareTo)
                    .map(date -> ", last at " + date)
                    .orElse("");
            findings.add(Finding.ok("aws.key.material", "rotated " + rotations.size() + " times" + last));
        } catch (KmsException e) {
            findings.add(Finding.skipped(
                    "aws.key.material", "the rotations cannot be listed; allow kms:ListKeyRotations to see them here"));
        }
    }
}
