package io.trousseau.provider.aws.credentials;

import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.provider.aws.sdk.SdkClients;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.AssumedRoleUser;
import software.amazon.awssdk.services.sts.model.Credentials;

/** Exchanges what one has for the credentials of a role, in the first region that answers. Blocks. */
public final class Sts implements AutoCloseable {
    private static final int SERVER_ERROR = 500;

    private final List<StsClient> regions;

    /** Takes the clients over, one for each region in the order of preference. */
    public Sts(List<StsClient> regions) {
        this.regions = List.copyOf(regions);
    }

    /** The STS that is asked first. */
    public StsClient first() {
        return regions.get(0);
    }

    Issued assumeRole(Issued base, String roleArn, Optional<String> externalId, String sessionName, Deadline deadline) {
        String source = "the role " + roleArn + ", assumed with " + base.source();
        return exchange(source, deadline, share -> client -> {
            var answer = client.assumeRole(asked -> asked.roleArn(roleArn)
                    .externalId(externalId.orElse(null))
                    .roleSessionName(sessionName)
                    .overrideConfiguration(SdkClients.signed(base.credentials(), share)));
            return issued(source, answer.credentials(), answer.assumedRoleUser());
        });
    }

    Issued assumeRoleWithWebIdentity(String token, String roleArn, String sessionName, Deadline deadline) {
        String source = "the role " + roleArn + ", for a web identity token";
        return exchange(source, deadline, share -> client -> {
            var answer = client.assumeRoleWithWebIdentity(asked -> asked.roleArn(roleArn)
                    .webIdentityToken(token)
                    .roleSessionName(sessionName)
                    .overrideConfiguration(SdkClients.until(share)));
            return issued(source, answer.credentials(), answer.assumedRoleUser());
        });
    }

    private Issued exchange(String source, Deadline deadline, Function<Deadline, Function<StsClient, Issued>> request) {
        KmsException last = null;
        for (int i = 0; i < regions.size(); i++) {
            Deadline share = deadline.within(deadline.remaining().dividedBy(regions.size() - i));
            try {
                return request.apply(share).apply(regions.get(i));
            } catch (SdkException e) {
                last = failed(source, e);
                if (last.code() != Code.UNAVAILABLE) {
                    throw last;
                }
            }
        }
        throw last == null ? new IllegalStateException("no STS given") : last;
    }

    private static KmsException failed(String source, SdkException e) {
        String what = "no credentials from " + source + ": ";
        if (!(e instanceof AwsServiceException answered)) {
            return new KmsException(Code.UNAVAILABLE, what + "STS was not reached, or too slow", e);
        }
        String error =
                answered.awsErrorDetails() == null || answered.awsErrorDetails().errorCode() == null
                        ? "HTTP status " + answered.statusCode()
                        : answered.awsErrorDetails().errorCode();
        if (answered.isThrottlingException() || answered.statusCode() >= SERVER_ERROR) {
            return new KmsException(Code.UNAVAILABLE, what + "STS says " + error, e);
        }
        return new KmsException(
                Code.UNAUTHENTICATED,
                what + "STS says " + error + "; look at the role's trust policy, and at externalId if it asks for one",
                e);
    }

    private static Issued issued(String source, Credentials given, AssumedRoleUser role) {
        if (given == null || given.expiration() == null || given.sessionToken() == null) {
            throw new KmsException(
                    Code.BAD_ANSWER, "no credentials from " + source + ": STS answered with success and without them");
        }
        AwsSessionCredentials credentials = AwsSessionCredentials.builder()
                .accessKeyId(given.accessKeyId())
                .secretAccessKey(given.secretAccessKey())
                .sessionToken(given.sessionToken())
                .expirationTime(given.expiration())
                .build();
        return new Issued(
                credentials,
                source,
                Optional.ofNullable(role).map(AssumedRoleUser::arn),
                Optional.of(given.expiration()));
    }

    @Override
    public void close() {
        regions.forEach(StsClient::close);
    }
}
