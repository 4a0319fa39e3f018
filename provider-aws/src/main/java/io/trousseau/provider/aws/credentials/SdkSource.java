package io.trousseau.provider.aws.credentials;

import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/** One of the SDK's own providers, which cache and refresh by themselves. */
final class SdkSource implements CredentialSource {
    private final String name;
    private final Code absence;
    private final String remedy;
    private final AwsCredentialsProvider provider;

    /**
     * Names a provider.
     *
     * @param absence what it means that it gives none
     * @param remedy what to do then
     */
    SdkSource(String name, Code absence, String remedy, AwsCredentialsProvider provider) {
        this.name = name;
        this.absence = absence;
        this.remedy = remedy;
        this.provider = provider;
    }

    @Override
    public Issued get(Deadline deadline) {
        try {
            AwsCredentials credentials = provider.resolveCredentials();
            return new Issued(credentials, name, Optional.empty(), credentials.expirationTime());
        } catch (SdkException | IllegalStateException | IllegalArgumentException e) {
            // Not the SDK's message: a file's content can stand in it.
            throw new KmsException(absence, "no credentials from " + name + ": " + remedy, e);
        }
    }

    @Override
    public void close() {
        if (provider instanceof SdkAutoCloseable closeable) {
            closeable.close();
        }
    }
}
