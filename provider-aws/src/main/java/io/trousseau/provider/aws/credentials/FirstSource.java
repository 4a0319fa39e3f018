package io.trousseau.provider.aws.credentials;

import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The first of several sources that has credentials. It stays with that one: a source that fails later is an error, since
 * the next would make the caller somebody else.
 */
final class FirstSource implements CredentialSource {
    private final List<CredentialSource> candidates;
    private volatile @Nullable CredentialSource chosen;

    FirstSource(List<CredentialSource> candidates) {
        this.candidates = List.copyOf(candidates);
    }

    @Override
    public Issued get(Deadline deadline) {
        CredentialSource settled = chosen;
        if (settled != null) {
            return settled.get(deadline);
        }
        List<KmsException> absences = new ArrayList<>();
        for (CredentialSource candidate : candidates) {
            try {
                Issued issued = candidate.get(deadline);
                chosen = candidate;
                return issued;
            } catch (KmsException e) {
                if (e.code() != Code.UNAUTHENTICATED || candidate instanceof RefreshedSource) {
                    throw e;
                }
                absences.add(e);
            }
        }
        throw new KmsException(
                Code.UNAUTHENTICATED,
                absences.stream().map(KmsException::getMessage).collect(Collectors.joining("; ")));
    }

    @Override
    public void refused(Issued issued) {
        Optional.ofNullable(chosen).ifPresent(source -> source.refused(issued));
    }

    @Override
    public void close() {
        candidates.forEach(CredentialSource::close);
    }
}
