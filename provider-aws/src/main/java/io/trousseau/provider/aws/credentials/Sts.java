package io.trousseau.provider.aws.credentials;

import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.KmsException.Verdict;
import io.trousseau.provider.aws.sdk.SdkClients;
import io.trousseau.provider.aws.sdk.Workers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.AssumedRoleUser;
import software.amazon.awssdk.services.sts.model.Credentials;

/** Exchanges what one has for the credentials of a role, in the first region that answers. Blocks. */
public final class Sts implements AutoCloseable {
    private static final int REQUEST_TIMEOUT = 408;
    private static final int SERVER_ERROR = 500;
    private static final Pattern ERROR_CODE = Pattern.compile("[A-Za-z0-9.]{1,64}");

    /** STS did not reach who signed the web identity token, which passes; its status is 400. */
    private static final String NO_IDENTITY_PROVIDER = "IDPCommunicationError";

    /** How long a region may take when there is another: short, for a call may be waiting. */
    private static final Duration BEFORE_THE_NEXT = Duration.ofMillis(1500);

    private final List<StsClient> regions;
    private final Workers workers;

    /**
     * Takes the clients over, one for each region in the order of preference.
     *
     * @param workers closed by their owner
     */
    public Sts(List<StsClient> regions, Workers workers) {
        this.regions = List.copyOf(regions);
        this.workers = workers;
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
        KmsException failure = null;
        for (int i = 0; i < regions.size(); i++) {
            boolean last = i == regions.size() - 1;
            Deadline share = last ? deadline : deadline.within(BEFORE_THE_NEXT);
            failure = null;
            try {
                StsClient client = regions.get(i);
                // On a thread of its own: the SDK does not leave a host that drops packets in time.
                return workers.call(() -> request.apply(share).apply(client), share);
            } catch (ExecutionException e) {
                failure = failed(source, e.getCause());
            } catch (KmsException e) {
                failure = new KmsException(e.code(), "no credentials from " + source + ": STS: " + e.getMessage(), e);
            }
            if (failure.code().verdict() != Verdict.TRANSIENT) {
                throw failure;
            }
        }
        throw failure == null ? new IllegalStateException("no STS given") : failure;
    }

    private static KmsException failed(String source, @Nullable Throwable e) {
        if (e instanceof KmsException ours) {
            return ours;
        }
        String what = "no credentials from " + source + ": ";
        if (!(e instanceof AwsServiceException answered)) {
            return new KmsException(Code.UNAVAILABLE, what + "STS was not reached, or too slow", e);
        }
        Optional<String> told = Optional.ofNullable(answered.awsErrorDetails())
                .map(AwsErrorDetails::errorCode)
                .filter(code -> ERROR_CODE.matcher(code).matches());
        String error = told.orElse("HTTP status " + answered.statusCode());
        if (answered.isThrottlingException()
                || answered.statusCode() >= SERVER_ERROR
                || answered.statusCode() == REQUEST_TIMEOUT
                || error.equals(NO_IDENTITY_PROVIDER)) {
            return new KmsException(Code.UNAVAILABLE, what + "STS says " + error, e);
        }
        if (told.isEmpty()) {
            return new KmsException(
                    Code.BAD_ANSWER,
                    what + error + " without an error code of AWS; something else than STS answered: look for a proxy,"
                            + " and at the setting stsEndpoints",
                    e);
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
