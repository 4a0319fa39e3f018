package io.trousseau.testkit.aws;

import java.time.Instant;
import java.util.Optional;

/**
 * Credentials that the fake accepts.
 *
 * @param accessKeyId public
 * @param secretAccessKey signs requests
 * @param sessionToken goes with temporary credentials
 * @param callerArn who signs with them
 * @param expiresAt when temporary ones end
 */
public record FakeAwsCredentials(
        String accessKeyId,
        String secretAccessKey,
        Optional<String> sessionToken,
        String callerArn,
        Optional<Instant> expiresAt) {
    /** The access key id and the caller. */
    @Override
    public String toString() {
        return "FakeAwsCredentials[" + accessKeyId + " of " + callerArn + "]";
    }
}
