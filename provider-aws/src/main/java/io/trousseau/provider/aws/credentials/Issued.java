package io.trousseau.provider.aws.credentials;

import java.time.Instant;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentials;

/**
 * Credentials, and what is known of them.
 *
 * @param credentials to sign with
 * @param source where they came from, for people
 * @param callerArn whom they make the caller, if that was told with them
 * @param expiresAt when they end, if that is known
 */
public record Issued(
        AwsCredentials credentials, String source, Optional<String> callerArn, Optional<Instant> expiresAt) {
    /** Nothing secret: the source and the end. */
    @Override
    public String toString() {
        return "Issued[from " + source + ", until " + expiresAt + "]";
    }
}
