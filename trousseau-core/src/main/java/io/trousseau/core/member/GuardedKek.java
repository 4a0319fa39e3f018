package io.trousseau.core.member;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.core.member.CallListener.Operation;
import java.util.Locale;
import java.util.function.Function;

/**
 * Holds a provider to its word: no call starts after its deadline, and whatever comes out of a defective one, a foreign
 * exception, declared or not, a class that is missing, {@code null}, is a {@link KmsException}.
 */
final class GuardedKek extends ForwardingKek {
    private final String member;

    GuardedKek(String member, KekHandle inner) {
        super(inner);
        this.member = member;
    }

    @Override
    <T> T around(Operation operation, Deadline deadline, Function<Deadline, T> call) {
        String what = operation.name().toLowerCase(Locale.ROOT) + " at member " + member;
        if (deadline.hasPassed()) {
            throw new KmsException(Code.TIMEOUT, what + ": the deadline passed before the KMS was asked");
        }
        T answer;
        try {
            answer = call.apply(deadline);
        } catch (KmsException e) {
            throw e;
        } catch (Throwable e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            // A call that was given up says nothing of the KMS, whatever the provider made of it.
            Code code = Thread.currentThread().isInterrupted() ? Code.INTERRUPTED : Code.INTERNAL;
            // The foreign message may hold anything, so that only the class is told.
            throw new KmsException(
                    code, what + ": the provider failed with " + e.getClass().getName(), e);
        }
        if (answer == null) {
            throw new KmsException(Code.BAD_ANSWER, what + ": the provider answered nothing");
        }
        return answer;
    }
}
