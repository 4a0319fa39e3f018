package io.trousseau.provider.vault.transit;

import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.provider.vault.http.VaultException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Turns what Vault did not do into a {@link KmsException} that says what, to which key, why, and the way out. */
final class Refusals {
    private final KeyAddress address;

    Refusals(KeyAddress address) {
        this.address = address;
    }

    /** The failure of {@code operation} that {@code failure} is. The package's documentation has the table. */
    KmsException of(Operation operation, VaultException failure) {
        Code code = code(operation, failure);
        return new KmsException(
                code,
                operation.text() + " under " + address + ": " + failure.getMessage() + remedy(operation, code, failure),
                failure,
                failure.retryAfter().orElse(null));
    }

    private static Code code(Operation operation, VaultException failure) {
        return switch (failure.kind()) {
            case BAD_REQUEST -> meaning(operation, failure.errors()).orElse(Code.INTERNAL);
            case FORBIDDEN -> Code.PERMISSION_DENIED;
            case UNAUTHENTICATED -> Code.UNAUTHENTICATED;
            case NOT_FOUND -> Code.KEY_NOT_FOUND;
            case RATE_LIMITED -> Code.THROTTLED;
            case RETRY_LATER, STANDBY, SEALED, UNINITIALIZED, UNREACHABLE, TLS -> Code.UNAVAILABLE;
            // RSA: Vault calls a ciphertext that does not decrypt its own failure, with 500.
            case SERVER_ERROR ->
                meaning(operation, failure.errors())
                        .filter(Code.INVALID_CIPHERTEXT::equals)
                        .orElse(Code.UNAVAILABLE);
            case BAD_ANSWER -> Code.BAD_ANSWER;
            case TIMEOUT -> Code.TIMEOUT;
            case INTERRUPTED -> Code.INTERRUPTED;
            case CLOSED -> Code.CLOSED;
        };
    }

    /** What Vault's words say. They are those of OpenBao 2.7 and Vault 1.13 to 1.21; a word of another kind is unknown. */
    private static Optional<Code> meaning(Operation operation, List<String> errors) {
        String words = String.join("; ", errors).toLowerCase(Locale.ROOT);
        if (words.contains("soft-deleted") || words.contains("disallowed by policy")) {
            return Optional.of(Code.KEY_DISABLED);
        }
        if (words.contains("encryption key not found")) {
            return Optional.of(Code.KEY_NOT_FOUND);
        }
        if (words.contains("not supported for key type")
                || words.contains("non-aead cipher suite")
                || words.contains("missing 'context' for key derivation")) {
            return Optional.of(Code.KEY_DISABLED);
        }
        // The version was just read from this Vault: it changed meanwhile, or this node is behind. Asked again, it
        // answers.
        if (words.contains("version is too new")
                || words.contains("no such key version")
                || words.contains("requested version for encryption is")) {
            return Optional.of(Code.UNAVAILABLE);
        }
        boolean decrypts = operation == Operation.DECRYPT || operation == Operation.PROVE_CONTEXT;
        if (decrypts
                && (words.contains("invalid ciphertext")
                        || words.contains("message authentication failed")
                        || words.contains("failed to rsa decrypt"))) {
            return Optional.of(Code.INVALID_CIPHERTEXT);
        }
        return Optional.empty();
    }

    private String remedy(Operation operation, Code code, VaultException failure) {
        return switch (code) {
            case PERMISSION_DENIED -> ". " + denied(operation);
            case KEY_NOT_FOUND -> ". " + notFound(failure.errors());
            case INVALID_CIPHERTEXT ->
                ". The ciphertext was changed, made under another key, or bound to another context";
            default ->
                switch (failure.kind()) {
                    case SEALED -> ". Unseal it with \"bao operator unseal\"";
                    case UNINITIALIZED -> ". Initialise it with \"bao operator init\", or check the setting addresses";
                    default -> "";
                };
        };
    }

    private String denied(Operation operation) {
        return "The token's policies must have path \"" + path(operation) + "\" { capabilities = [\""
                + operation.capability() + "\"] }" + inNamespace()
                + "; Vault answers the same where nothing is at the path, so check the settings mount, key and namespace"
                + " as well";
    }

    private String notFound(List<String> errors) {
        String words = String.join("; ", errors).toLowerCase(Locale.ROOT);
        if (words.contains("namespace not found")) {
            return "Check the setting namespace";
        }
        if (words.contains("no handler for route") || words.contains("unsupported path")) {
            return "No Transit engine is mounted there: check the settings mount and namespace, or run \"bao secrets enable"
                    + " -path=" + address.mount() + " transit\"" + inNamespace();
        }
        return "There is no such key: check the settings key and mount, or make it with \"bao write -f "
                + address.path("keys") + "\"" + inNamespace() + "; Trousseau never makes one";
    }

    private String path(Operation operation) {
        return address.path(operation.path());
    }

    private String inNamespace() {
        return address.namespace().map(name -> " in the namespace " + name).orElse("");
    }

    /** Vault answered with success, and not with what was asked for. */
    KmsException badAnswer(Operation operation, String what) {
        return new KmsException(
                Code.BAD_ANSWER, operation.text() + " under " + address + ": Vault's answer is unusable: " + what);
    }

    /** A failure that is not Vault's. */
    KmsException failed(Code code, Operation operation, String what) {
        return new KmsException(code, operation.text() + " under " + address + ": " + what);
    }
}
