package io.trousseau.provider.aws.credentials;

import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.provider.aws.sdk.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.auth.credentials.InstanceProfileCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.core.SdkSystemSetting;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileSupplier;

/** Makes the source that a configuration asks for. Fetches nothing. */
public final class Sources {
    private static final ProfileFile VERSION_2_ALONE = ProfileFile.builder()
            .type(ProfileFile.Type.CONFIGURATION)
            .content("[profile instance]\nec2_metadata_v1_disabled = true\n")
            .build();

    private final Wanted wanted;
    private final Sts sts;
    private final Workers workers;
    private final InstantSource clock;

    /**
     * What the sources need.
     *
     * @param sts closed by its owner
     * @param workers closed by its owner
     */
    public Sources(Wanted wanted, Sts sts, Workers workers, InstantSource clock) {
        this.wanted = wanted;
        this.sts = sts;
        this.workers = workers;
        this.clock = clock;
    }

    /** The source, with the role on top if one is wanted. */
    public CredentialSource open() {
        CredentialSource origin = switch (wanted.origin()) {
            case DEFAULT -> firstThatHasSome();
            case ENVIRONMENT -> environment();
            case WEB_IDENTITY -> webIdentity();
            case PROFILE -> profile(Code.UNAUTHENTICATED);
            case CONTAINER -> container();
            case INSTANCE -> instance(Code.UNAVAILABLE);
        };
        return wanted.roleArn()
                .<CredentialSource>map(role -> refreshed(
                        deadline -> sts.assumeRole(
                                origin.get(deadline), role, wanted.externalId(), wanted.sessionName(), deadline),
                        origin))
                .orElse(origin);
    }

    private CredentialSource firstThatHasSome() {
        List<CredentialSource> candidates = new ArrayList<>(List.of(environment()));
        // Once the environment names one of these, it is meant, and its failure is an error.
        if (SdkSystemSetting.AWS_WEB_IDENTITY_TOKEN_FILE.getStringValue().isPresent()) {
            candidates.add(webIdentity());
        }
        candidates.add(profile(Code.UNAUTHENTICATED));
        if (SdkSystemSetting.AWS_CONTAINER_CREDENTIALS_FULL_URI.getStringValue().isPresent()
                || SdkSystemSetting.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI
                        .getStringValue()
                        .isPresent()) {
            candidates.add(container());
        }
        candidates.add(instance(Code.UNAUTHENTICATED));
        return new FirstSource(candidates);
    }

    private static CredentialSource environment() {
        return new SdkSource(
                "the environment",
                Code.UNAUTHENTICATED,
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
                EnvironmentVariableCredentialsProvider.create());
    }

    private CredentialSource profile(Code absence) {
        String name = wanted.profile().orElse("default");
        ProfileCredentialsProvider.Builder builder = ProfileCredentialsProvider.builder();
        wanted.profile().ifPresent(builder::profileName);
        List<ProfileFileSupplier> files = new ArrayList<>();
        wanted.configFile()
                .ifPresent(file ->
                        files.add(ProfileFileSupplier.reloadWhenModified(file, ProfileFile.Type.CONFIGURATION)));
        wanted.credentialsFile()
                .ifPresent(
                        file -> files.add(ProfileFileSupplier.reloadWhenModified(file, ProfileFile.Type.CREDENTIALS)));
        if (!files.isEmpty()) {
            builder.profileFile(ProfileFileSupplier.aggregate(files.toArray(ProfileFileSupplier[]::new)));
        }
        String where = wanted.credentialsFile()
                .or(wanted::configFile)
                .map(Path::toString)
                .orElse("the user's AWS files");
        return new SdkSource(
                "the profile " + name + " in " + where,
                absence,
                "it is not there, is incomplete, or names a source that has none",
                builder.build());
    }

    private CredentialSource webIdentity() {
        return refreshed(
                deadline -> {
                    Path file = wanted.tokenFile()
                            .or(() -> SdkSystemSetting.AWS_WEB_IDENTITY_TOKEN_FILE
                                    .getStringValue()
                                    .map(Path::of))
                            .orElseThrow(() -> missing("webIdentityTokenFile", "AWS_WEB_IDENTITY_TOKEN_FILE"));
                    String role = wanted.tokenRoleArn()
                            .or(() -> SdkSystemSetting.AWS_ROLE_ARN.getStringValue())
                            .orElseThrow(() -> missing("webIdentityRoleArn", "AWS_ROLE_ARN"));
                    return sts.assumeRoleWithWebIdentity(token(file), role, wanted.sessionName(), deadline);
                },
                deadline -> {
                    throw new IllegalStateException("a token is not exchanged with other credentials");
                });
    }

    private static KmsException missing(String setting, String variable) {
        return new KmsException(
                Code.UNAUTHENTICATED,
                "no credentials for a web identity: neither the setting " + setting + " nor the environment variable "
                        + variable + " is there");
    }

    private static String token(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new KmsException(
                    Code.UNAUTHENTICATED, "no credentials for a web identity: " + file + " cannot be read", e);
        }
    }

    private static CredentialSource container() {
        return new SdkSource(
                "the container's endpoint",
                Code.UNAVAILABLE,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set, or what it names"
                        + " does not answer",
                ContainerCredentialsProvider.builder().build());
    }

    private static CredentialSource instance(Code absence) {
        return new SdkSource(
                "the instance metadata service",
                absence,
                "it does not answer, or the instance has no role; from a container it answers only with a hop limit of 2",
                // Version 2 alone: version 1 gives credentials to whoever can make this machine send a request.
                InstanceProfileCredentialsProvider.builder()
                        .profileName("instance")
                        .profileFile(() -> VERSION_2_ALONE)
                        .build());
    }

    private CredentialSource refreshed(Function<Deadline, Issued> fetch, CredentialSource base) {
        return new RefreshedSource(fetch, base, workers, clock);
    }
}
