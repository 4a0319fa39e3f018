package io.trousseau.provider.aws;

import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.KmsException.Verdict;
import io.trousseau.provider.aws.credentials.CredentialSource;
import io.trousseau.provider.aws.credentials.Issued;
import io.trousseau.provider.aws.sdk.SdkClients;
import io.trousseau.provider.aws.sdk.Workers;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.services.kms.model.DescribeKeyResponse;
import software.amazon.awssdk.services.kms.model.KeyMetadata;

/**
 * Makes a call in the first region that serves, within the deadline, with credentials that are good.
 *
 * <p>A region that fails in passing (not reached, too slow, throttled, broken) is followed by the next, each with an equal
 * share of what is left; a region that decides (denied, disabled, unknown) has decided. But that the key is gone is believed
 * of the first alone: a replica may lack what the first has, and an outage of the first must not read as the key's end. Safe
 * for use by several threads.
 */
final class KmsCaller implements AutoCloseable {
    private final String partition;
    private final List<KmsRegion> regions;
    private final RegionOrder order;
    private final CredentialSource credentials;
    private final CallerIdentity identity;
    private final Workers workers;
    private final SdkClients clients;

    /** Takes all of them over. */
    KmsCaller(
            String partition,
            List<KmsRegion> regions,
            CredentialSource credentials,
            CallerIdentity identity,
            Workers workers,
            SdkClients clients) {
        this.partition = partition;
        this.regions = List.copyOf(regions);
        this.order = new RegionOrder(regions.size());
        this.credentials = credentials;
        this.identity = identity;
        this.workers = workers;
        this.clients = clients;
    }

    /** One request to one region. */
    interface Request<T> {
        T to(KmsRegion region, Consumer<AwsRequestOverrideConfiguration.Builder> request);
    }

    String partition() {
        return partition;
    }

    /** The regions, in the configured order. */
    List<KmsRegion> regions() {
        return regions;
    }

    boolean isFirst(KmsRegion region) {
        return region.equals(regions.get(0));
    }

    <T> T call(Operation operation, String key, Deadline deadline, Request<T> request) {
        return call(operation, key, regions, deadline, request);
    }

    /** Makes a call in one of {@code among}. */
    <T> T call(Operation operation, String key, List<KmsRegion> among, Deadline deadline, Request<T> request) {
        List<Integer> candidates = order.at(System.nanoTime()).stream()
                .filter(number -> among.contains(regions.get(number)))
                .toList();
        Issued issued = credentials(operation, key, deadline);
        int first = candidates.stream().min(Integer::compare).orElse(0);
        KmsException last = null;
        for (int i = 0; i < candidates.size(); i++) {
            int number = candidates.get(i);
            Deadline share = deadline.within(deadline.remaining().dividedBy(candidates.size() - i));
            try {
                T answer = callIn(operation, key, regions.get(number), issued, share, request);
                order.served(number);
                return answer;
            } catch (KmsException e) {
                boolean gone = e.code().verdict() == Verdict.GONE;
                if (gone && number != first) {
                    if (last == null) {
                        last = e;
                    } else {
                        last.addSuppressed(e);
                    }
                    continue;
                }
                if (last != null) {
                    e.addSuppressed(last);
                }
                if (e.code().verdict() != Verdict.TRANSIENT) {
                    throw e;
                }
                order.failed(number, System.nanoTime());
                last = e;
            }
        }
        throw last == null ? new IllegalArgumentException("no region given") : last;
    }

    /** Makes a call in one region. Credentials that AWS refuses are fetched anew, once. */
    private <T> T callIn(
            Operation operation, String key, KmsRegion region, Issued issued, Deadline deadline, Request<T> request) {
        try {
            return attempt(operation, key, region, issued, deadline, request);
        } catch (KmsException e) {
            if (e.code() != Code.UNAUTHENTICATED) {
                throw e;
            }
            credentials.refused(issued);
            Issued fresh = credentials(operation, key, deadline);
            if (fresh.credentials().equals(issued.credentials())) {
                throw e;
            }
            return attempt(operation, key, region, fresh, deadline, request);
        }
    }

    /**
     * Who calls.
     *
     * @param issued the credentials
     * @param arn whom AWS takes their owner for, if it told
     */
    record Who(Issued issued, Optional<String> arn) {}

    /**
     * Who calls, as AWS sees it.
     *
     * @throws KmsException if there are no credentials
     */
    Who who(Deadline deadline) {
        Issued issued = credentials(Operation.DESCRIBE, "the configured key", deadline);
        try {
            return new Who(issued, Optional.of(workers.call(() -> identity.arnOf(issued, deadline), deadline)));
        } catch (ExecutionException | KmsException e) {
            return new Who(issued, issued.callerArn());
        }
    }

    private Issued credentials(Operation operation, String key, Deadline deadline) {
        try {
            Issued issued = workers.call(() -> credentials.get(deadline), deadline);
            identity.seen(issued);
            return issued;
        } catch (ExecutionException e) {
            throw Refusals.of(operation, key, "", cause(e));
        } catch (KmsException e) {
            throw Refusals.of(operation, key, "", e);
        }
    }

    private <T> T attempt(
            Operation operation, String key, KmsRegion region, Issued issued, Deadline deadline, Request<T> request) {
        try {
            return workers.call(() -> request.to(region, SdkClients.signed(issued.credentials(), deadline)), deadline);
        } catch (ExecutionException e) {
            Throwable failure = cause(e);
            if (failure instanceof KmsException ours) {
                throw ours;
            }
            KmsException refusal = Refusals.of(operation, key, region.name(), failure);
            throw Refusals.isInvalidState(failure) ? explained(refusal, key, region, issued, deadline) : refusal;
        } catch (KmsException e) {
            throw Refusals.of(operation, key, region.name(), e);
        }
    }

    /** Which state it is that forbids an operation. */
    private KmsException explained(
            KmsException refusal, String key, KmsRegion region, Issued issued, Deadline deadline) {
        String asked = KekIdentity.parse(key)
                .map(recorded -> recorded.arnIn(region.name()))
                .or(() -> KeyName.parse(key).map(name -> name.in(region.name())))
                .orElse(key);
        try {
            DescribeKeyResponse answer = workers.call(
                    () -> region.client()
                            .describeKey(describe -> describe.keyId(asked)
                                    .overrideConfiguration(SdkClients.signed(issued.credentials(), deadline))),
                    deadline);
            KeyMetadata metadata = answer.keyMetadata();
            if (metadata == null) {
                return refusal;
            }
            Optional<KeyState> state = KeyState.of(metadata);
            Code code = state.map(known -> switch (known.state()) {
                        case DISABLED -> Code.KEY_DISABLED;
                        case DESTRUCTION_SCHEDULED, DESTROYED -> Code.KEY_DESTROYED;
                        case ENABLED -> Code.UNAVAILABLE;
                    })
                    .orElse(Code.UNAVAILABLE);
            return new KmsException(
                    code, refusal.getMessage() + "; the key is in the state " + KeyState.nameIn(metadata), refusal);
        } catch (ExecutionException | KmsException e) {
            refusal.addSuppressed(e);
            return refusal;
        }
    }

    private static Throwable cause(ExecutionException e) {
        return e.getCause() == null ? e : e.getCause();
    }

    @Override
    public void close() {
        workers.close();
        credentials.close();
        identity.close();
        regions.forEach(region -> region.client().close());
        clients.close();
    }
}
