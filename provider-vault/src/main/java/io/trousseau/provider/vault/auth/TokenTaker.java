package io.trousseau.provider.vault.auth;

import io.trousseau.api.Deadline;
import io.trousseau.provider.vault.http.Vault;
import io.trousseau.provider.vault.http.VaultAnswer;
import io.trousseau.provider.vault.http.VaultRequest;
import java.util.Optional;

/** A Vault that takes any token with a call, or none. */
@FunctionalInterface
interface TokenTaker extends Vault {
    /** See {@link Vault#call}. */
    VaultAnswer call(VaultRequest request, Optional<String> token, Deadline deadline);

    @Override
    default VaultAnswer call(VaultRequest request, Deadline deadline) {
        return call(request, Optional.empty(), deadline);
    }
}
