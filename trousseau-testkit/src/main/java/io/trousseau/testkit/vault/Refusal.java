package io.trousseau.testkit.vault;

import java.util.List;

/** An answer that is no success: Vault's status and error texts. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient List<String> errors;

    private Refusal(int status, List<String> errors) {
        super(status + " " + errors, null, false, false);
        this.status = status;
        this.errors = errors;
    }

    static Refusal of(int status, String error) {
        return new Refusal(status, List.of(error));
    }

    static Refusal badRequest(String error) {
        return of(400, error);
    }

    /** The token is valid and its policies do not allow it. */
    static Refusal denied() {
        return of(403, wrapped("permission denied"));
    }

    /** There is no token, or it is unknown, expired, revoked or used up. */
    static Refusal invalidToken() {
        return of(403, "permission denied");
    }

    static Refusal absent() {
        return new Refusal(404, List.of());
    }

    static Refusal internal(String error) {
        return of(500, wrapped(error));
    }

    static Refusal wrongMethod() {
        return of(405, wrapped("unsupported operation"));
    }

    static Refusal wrongPath() {
        return of(404, wrapped("unsupported path"));
    }

    int status() {
        return status;
    }

    List<String> errors() {
        return errors;
    }

    private static String wrapped(String error) {
        return "1 error occurred:\n\t* " + error + "\n\n";
    }
}
