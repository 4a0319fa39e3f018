package io.trousseau.provider.vault.auth;

import io.trousseau.api.ConfigException.Problem;
import io.trousseau.api.Deadline;
import io.trousseau.provider.vault.http.VaultAnswer;
import io.trousseau.provider.vault.http.VaultException;
import io.trousseau.provider.vault.http.VaultException.Kind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The token in a file. Vault is only asked what it is worth. */
final class TokenFileLogin extends Login {
    private final SecretFile tokenFile;

    TokenFileLogin(Optional<String> namespace, SecretFile tokenFile) {
        super("token", "token", namespace, List.of(tokenFile));
        this.tokenFile = tokenFile;
    }

    @Override
    public String description() {
        return "the token in " + tokenFile.path() + inNamespace();
    }

    @Override
    public boolean followsItsFile() {
        return true;
    }

    /** An agent may write it after this process has started. */
    @Override
    public List<Problem> problems() {
        return Files.exists(tokenFile.path()) ? super.problems() : List.of();
    }

    @Override
    Token logIn(TokenTaker vault, Deadline deadline) {
        String token = token();
        try (VaultAnswer answer = vault.call(TokenRequests.lookupSelf(namespace()), Optional.of(token), deadline)) {
            return Token.ofLookup(token, answer.json("data"));
        } catch (VaultException e) {
            String doing = "looking at " + description();
            return switch (e.kind()) {
                // Dead, or its policy does not allow it to look at itself; using it will tell.
                case FORBIDDEN -> Token.unknown(token);
                // Which says nothing about the key.
                case NOT_FOUND -> throw e.as(Kind.UNAUTHENTICATED, doing, isItThere());
                default -> throw e.as(e.kind(), doing, "");
            };
        }
    }

    private String isItThere() {
        return namespace()
                .map(name -> "namespace, authNamespace: check that there is a namespace " + name)
                .orElse("addresses: check that a Vault answers there");
    }

    private String token() {
        byte[] content = tokenFile.read();
        try {
            for (byte b : content) {
                if (b <= ' ') {
                    throw tokenFile.unusable("has characters that no token has");
                }
            }
            return new String(content, StandardCharsets.US_ASCII);
        } finally {
            Arrays.fill(content, (byte) 0);
        }
    }

    @Override
    String remedy() {
        return "tokenFile: the token in " + tokenFile.path()
                + " is expired, revoked or of another cluster (or its policy lacks read on auth/token/lookup-self);"
                + " put another one there";
    }
}
