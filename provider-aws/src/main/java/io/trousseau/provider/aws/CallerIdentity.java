package io.trousseau.provider.aws;

import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.api.ProviderContext;
import io.trousseau.provider.aws.credentials.Issued;
import io.trousseau.provider.aws.credentials.Sts;
import io.trousseau.provider.aws.sdk.SdkClients;
import io.trousseau.provider.aws.sdk.Workers;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sts.model.GetCallerIdentityResponse;

/** Who the credentials make us, as AWS sees it. Told once in the log, by the way: no call waits for it. */
final class CallerIdentity {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Sts sts;
    private final Workers workers;
    private final ProviderContext host;
    private final AtomicBoolean told = new AtomicBoolean();

    CallerIdentity(Sts sts, Workers workers, ProviderContext host) {
        this.sts = sts;
        this.workers = workers;
        this.host = host;
    }

    /** Takes note of credentials that are being used. */
    void seen(Issued issued) {
        if (!told.compareAndSet(false, true)) {
            return;
        }
        if (issued.callerArn().isPresent()) {
            tell(issued.source(), issued.callerArn().get());
            return;
        }
        try {
            workers.start(new FutureTask<>(() -> tell(issued.source(), ask(issued)), null));
        } catch (KmsException e) {
            host.logger().log(System.Logger.Level.DEBUG, "closed before the caller's name was known", e);
        }
    }

    /**
     * Asks AWS. Blocks.
     *
     * @return the ARN, or what is known without
     */
    private String ask(Issued issued) {
        try {
            return arnOf(issued, Deadline.after(PATIENCE));
        } catch (SdkException e) {
            host.logger().log(System.Logger.Level.DEBUG, "GetCallerIdentity failed", e);
            return "not known: STS was not reached or did not answer";
        }
    }

    /**
     * Asks AWS. Blocks.
     *
     * @throws SdkException if it does not answer
     */
    String arnOf(Issued issued, Deadline deadline) {
        GetCallerIdentityResponse answer = sts.first()
                .getCallerIdentity(
                        asked -> asked.overrideConfiguration(SdkClients.signed(issued.credentials(), deadline)));
        return answer.arn() == null ? "not known: STS did not name it" : answer.arn();
    }

    private void tell(String source, String arn) {
        host.logger()
                .log(
                        System.Logger.Level.INFO,
                        "member {0}: AWS credentials come from {1}; the caller is {2}",
                        host.member(),
                        source,
                        arn);
    }

    void close() {
        sts.close();
    }
}
