package io.trousseau.provider.vault.auth;

import io.trousseau.provider.vault.http.VaultRequest;
import java.util.Optional;

/** What a token may ask about itself. Vault's policy {@code default} allows both. */
final class TokenRequests {
    private static final byte[] EMPTY_OBJECT = {'{', '}'};

    private TokenRequests() {}

    static VaultRequest lookupSelf(Optional<String> namespace) {
        return VaultRequest.get("auth/token/lookup-self", namespace);
    }

    static VaultRequest renewSelf(Optional<String> namespace) {
        return VaultRequest.post("auth/token/renew-self", EMPTY_OBJECT, namespace);
    }
}
