package io.trousseau.provider.azure.login;

import com.azure.core.exception.ClientAuthenticationException;
import com.microsoft.aad.msal4j.MsalJsonParsingException;
import com.microsoft.aad.msal4j.MsalServiceException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.provider.azure.http.TransportFailure;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** No token. The message is made here, of what may be shown: the SDK's own hold whatever a server said. */
public final class LoginFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;
    /** Microsoft's number of a refusal, by which people find its explanation. */
    private static final Pattern REFUSAL = Pattern.compile("AADSTS[0-9]{4,9}");

    /** The OAuth error codes of a server that has troubles of its own, whatever the HTTP status. */
    private static final Set<String> PASSING = Set.of("temporarily_unavailable", "server_error");

    private final Code code;
    private final @Nullable Duration retryAfter;

    LoginFailure(Code code, String message, @Nullable Throwable cause, @Nullable Duration retryAfter) {
        super(message, cause);
        this.code = code;
        this.retryAfter = retryAfter;
    }

    /** What it means for the call that needed the token. */
    public Code code() {
        return code;
    }

    /** How long Entra ID asked to be left alone, if it said. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    /** What the SDK threw, told apart. */
    static LoginFailure of(String login, RuntimeException thrown) {
        String who = "login with " + login + ": ";
        for (Throwable at = thrown; at != null; at = at.getCause()) {
            if (at instanceof LoginFailure passing) {
                return new LoginFailure(passing.code, who + passing.getMessage(), thrown, passing.retryAfter);
            }
            if (at instanceof TransportFailure transport) {
                return new LoginFailure(codeOf(transport.kind()), who + transport.getMessage(), thrown, null);
            }
            if (at instanceof MsalServiceException refused && !(at instanceof MsalJsonParsingException)) {
                return ofAnswer(who, refused, thrown);
            }
        }
        if (thrown instanceof ClientAuthenticationException) {
            return new LoginFailure(
                    Code.UNAUTHENTICATED, who + "there is nobody logged in, or nothing to log in with", thrown, null);
        }
        return new LoginFailure(Code.BAD_ANSWER, who + "the answer cannot be read", thrown, null);
    }

    /** A file that the login needs is not usable. */
    static LoginFailure of(String login, IOException file) {
        return new LoginFailure(Code.UNAUTHENTICATED, "login with " + login + ": " + file.getMessage(), file, null);
    }

    private static LoginFailure ofAnswer(String who, MsalServiceException refused, Throwable thrown) {
        Matcher number = REFUSAL.matcher(String.valueOf(refused.getMessage()));
        String why = number.find() ? number.group() : plain(refused.errorCode());
        if (refused.errorCode() != null && PASSING.contains(refused.errorCode())) {
            String passing = who + "Entra ID cannot serve now (" + refused.errorCode() + ", " + why + ")";
            return new LoginFailure(Code.UNAVAILABLE, passing, thrown, null);
        }
        return new LoginFailure(Code.UNAUTHENTICATED, who + "refused (" + why + ")", thrown, null);
    }

    /** An OAuth error code, if it is one: a server may have put anything there. */
    private static String plain(@Nullable String errorCode) {
        return errorCode != null && errorCode.matches("[a-z_]{1,64}") ? errorCode : "no reason given";
    }

    private static Code codeOf(TransportFailure.Kind kind) {
        return switch (kind) {
            case UNREACHABLE, TLS -> Code.UNAVAILABLE;
            case TIMEOUT -> Code.TIMEOUT;
            case INTERRUPTED -> Code.INTERRUPTED;
            case CLOSED -> Code.CLOSED;
        };
    }
}
