package io.trousseau.provider.vault.http;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Vault gave no good answer. The message is one line for people that names the address and what is wrong with it, and
 * holds nothing secret: of an answer's body only the texts that Vault itself puts under {@code errors}, shortened.
 */
public final class VaultException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final int status;
    private final transient List<String> errors;
    private final @Nullable String requestId;
    private final @Nullable Duration retryAfter;
    private final @Nullable String address;

    private VaultException(Builder builder, List<String> errors, @Nullable String requestId, @Nullable String address) {
        super(builder.message(), builder.cause);
        this.kind = builder.kind;
        this.status = builder.status;
        this.errors = errors;
        this.requestId = requestId;
        this.retryAfter = builder.retryAfter;
        this.address = address;
    }

    /**
     * Begins a failure.
     *
     * @param address which was asked, or {@code null} if none was
     * @param what one line, nothing secret
     */
    public static Builder of(Kind kind, @Nullable String address, String what) {
        return new Builder(kind, address, what);
    }

    /**
     * The same failure seen from further away.
     *
     * @param kind what it is there
     * @param before what was done, put before the message
     * @param after what to do about it, put after the message; may be empty
     */
    public VaultException as(Kind kind, String before, String after) {
        Builder builder = of(kind, null, before + ": " + getMessage() + (after.isEmpty() ? "" : "; " + after));
        builder.status = status;
        builder.retryAfter = retryAfter;
        builder.cause = this;
        return new VaultException(builder, errors, requestId, address);
    }

    /** What went wrong. */
    public Kind kind() {
        return kind;
    }

    /** The HTTP status, or 0 if there was no HTTP answer. */
    public int status() {
        return status;
    }

    /** What Vault says under {@code errors}, shortened; often empty. Unmodifiable. */
    public List<String> errors() {
        return errors;
    }

    /** Vault's id of the request, under which its audit log has it, if it told one. */
    public Optional<String> requestId() {
        return Optional.ofNullable(requestId);
    }

    /** How long Vault asked to be left alone, if it said. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    /** Which address failed; the last one if several did. */
    public Optional<String> address() {
        return Optional.ofNullable(address);
    }

    /** What went wrong. */
    public enum Kind {
        /** Vault understood the request and refuses its content (400, and any 4xx not named here). */
        BAD_REQUEST,
        /**
         * Vault does not allow it (403). The bare transport cannot tell whether the token is the cause; a session answers
         * this only if the token is good, else {@link #UNAUTHENTICATED}.
         */
        FORBIDDEN,
        /** There is no token that Vault accepts: logging in failed, or the configured token was refused. */
        UNAUTHENTICATED,
        /** No such path or no such thing at it (404). {@link #errors()} is empty for the latter. */
        NOT_FOUND,
        /** The node does not have yet what another has written (412). The same request soon succeeds. */
        RETRY_LATER,
        /** A rate limit or lease count quota (429), with {@link #retryAfter()} where Vault gave it. */
        RATE_LIMITED,
        /** The node is a standby that does not serve the request, and no other address does. */
        STANDBY,
        /** The node is sealed (503). */
        SEALED,
        /** The node was never initialised (501). */
        UNINITIALIZED,
        /** Any other 5xx, of Vault or of a proxy before it. */
        SERVER_ERROR,
        /**
         * An HTTP answer that cannot be Vault's, or is damaged: HTML, no JSON, cut short, longer than what Vault sends, a
         * field missing.
         */
        BAD_ANSWER,
        /** No connection, or it broke before the answer was there. */
        UNREACHABLE,
        /** TLS was refused by one side; the message says why. */
        TLS,
        /** The deadline passed. */
        TIMEOUT,
        /** The calling thread was interrupted; its interrupt flag is set. */
        INTERRUPTED,
        /** Closed. */
        CLOSED
    }

    /** Collects what is known of a failure. */
    public static final class Builder {
        private final Kind kind;
        private final @Nullable String address;
        private final String what;
        private int status;
        private List<String> errors = List.of();
        private @Nullable String requestId;
        private @Nullable Duration retryAfter;
        private @Nullable Throwable cause;

        private Builder(Kind kind, @Nullable String address, String what) {
            this.kind = kind;
            this.address = address;
            this.what = what;
        }

        /** See {@link VaultException#status()}. */
        public Builder status(int status) {
            this.status = status;
            return this;
        }

        /** See {@link VaultException#errors()}; they become part of the message. */
        public Builder errors(List<String> errors) {
            this.errors = List.copyOf(errors);
            return this;
        }

        /** See {@link VaultException#requestId()}; it becomes part of the message. */
        public Builder requestId(@Nullable String requestId) {
            this.requestId = requestId;
            return this;
        }

        /** See {@link VaultException#retryAfter()}. */
        public Builder retryAfter(@Nullable Duration retryAfter) {
            this.retryAfter = retryAfter;
            return this;
        }

        /** What was thrown. */
        public Builder cause(@Nullable Throwable cause) {
            this.cause = cause;
            return this;
        }

        /** The failure. */
        public VaultException build() {
            return new VaultException(this, errors, requestId, address);
        }

        private String message() {
            return (address == null ? "" : address + ": ")
                    + what
                    + (errors.isEmpty() ? "" : ": " + String.join("; ", errors))
                    + (requestId == null ? "" : " (request " + requestId + ")");
        }
    }
}
