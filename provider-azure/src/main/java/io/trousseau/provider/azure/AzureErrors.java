package io.trousseau.provider.azure;

import com.azure.core.exception.HttpResponseException;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpResponse;
import com.azure.json.JsonProviders;
import com.azure.json.JsonReader;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.provider.azure.http.TransportFailure;
import io.trousseau.provider.azure.login.LoginFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the SDK throws, as {@link KmsException}: the table in this package's description. */
final class AzureErrors {
    private static final Pattern ERROR_CODE = Pattern.compile("[A-Za-z0-9_]{1,64}");
    private static final Pattern REQUEST_ID = Pattern.compile("[0-9A-Za-z-]{1,64}");
    private static final HttpHeaderName REQUEST_ID_HEADER = HttpHeaderName.fromString("x-ms-request-id");

    private AzureErrors() {}

    /**
     * The failure of an operation.
     *
     * @param operation {@code wrap}, {@code unwrap} or {@code describe}
     * @param key the URL of the key or the version that was asked
     */
    static KmsException of(String operation, String key, RuntimeException thrown) {
        String where = operation + " under " + key + ": ";
        if (thrown instanceof KmsException known) {
            return known;
        }
        if (thrown instanceof HttpResponseException answered && answered.getResponse() != null) {
            return ofAnswer(operation, where, answered);
        }
        for (Throwable at = thrown; at != null; at = at.getCause()) {
            if (at instanceof TransportFailure transport) {
                return new KmsException(codeOf(transport), where + transport.getMessage(), thrown);
            }
            if (at instanceof LoginFailure login) {
                return new KmsException(
                        login.code(),
                        where + login.getMessage(),
                        thrown,
                        login.retryAfter().orElse(null));
            }
        }
        // The transport throws nothing of these kinds: they come from reading a successful answer.
        if (thrown instanceof UncheckedIOException
                || thrown instanceof NullPointerException
                || thrown instanceof ClassCastException
                || thrown instanceof IllegalArgumentException
                || thrown instanceof IllegalStateException
                || thrown instanceof HttpResponseException) {
            return badAnswer(operation, key, "it is no JSON of the expected form", thrown);
        }
        return new KmsException(Code.INTERNAL, where + "the SDK failed unexpectedly", thrown);
    }

    /** An answer of success that makes no sense. */
    static KmsException badAnswer(String operation, String key, String what, @Nullable Throwable cause) {
        return new KmsException(
                Code.BAD_ANSWER, operation + " under " + key + ": the answer cannot be right: " + what, cause);
    }

    /** Whether the service answered that it knows no such key; a page of something else with this status does not. */
    static boolean saysNotFound(RuntimeException thrown) {
        return thrown instanceof HttpResponseException answered
                && answered.getResponse() != null
                && answered.getResponse().getStatusCode() == 404
                && !ErrorBody.of(answered.getResponse()).code().isEmpty();
    }

    /** Whether the service refused because the key is disabled. */
    static boolean saysDisabled(RuntimeException thrown) {
        return thrown instanceof HttpResponseException answered
                && answered.getResponse() != null
                && answered.getResponse().getStatusCode() == 403
                && ErrorBody.of(answered.getResponse()).inner().equals("KeyDisabled");
    }

    private static KmsException ofAnswer(String operation, String where, HttpResponseException thrown) {
        HttpResponse response = thrown.getResponse();
        int status = response.getStatusCode();
        ErrorBody body = ErrorBody.of(response);
        String end = " (HTTP " + status + body.describe() + requestId(response) + ")";
        @Nullable Duration retryAfter = retryAfter(response).orElse(null);
        if ((status == 403 || status == 404) && body.code().isEmpty()) {
            return new KmsException(
                    Code.UNAVAILABLE,
                    where + "something between here and Key Vault answered in its place" + end,
                    thrown);
        }
        return switch (status) {
            case 400 ->
                operation.equals("unwrap")
                        ? new KmsException(
                                Code.INVALID_CIPHERTEXT, where + "Key Vault refuses the ciphertext" + end, thrown)
                        : new KmsException(
                                Code.INTERNAL,
                                where + "Key Vault does not take the request; is \"algorithm\" one that the key has?"
                                        + end,
                                thrown);
            case 401 ->
                new KmsException(
                        Code.UNAUTHENTICATED,
                        where
                                + "Key Vault does not accept the token, nor a fresh one; is the vault in the tenant that the"
                                + " login is for?" + end,
                        thrown);
            case 403 -> ofForbidden(where, body, end, thrown);
            case 404 ->
                new KmsException(
                        Code.KEY_NOT_FOUND,
                        where + "there is no such key or version in this vault; see \"az keyvault key list-versions\""
                                + end,
                        thrown);
            case 409 ->
                body.isDeleted()
                        ? new KmsException(
                                Code.KEY_DESTROYED,
                                where
                                        + "the key is deleted; \"az keyvault key recover\" brings it back until it is purged"
                                        + end,
                                thrown)
                        : new KmsException(
                                Code.UNAVAILABLE,
                                where + "the key is being changed; it passes" + end,
                                thrown,
                                retryAfter);
            case 429 ->
                new KmsException(
                        Code.THROTTLED, where + "Key Vault asks to be called less often" + end, thrown, retryAfter);
            default ->
                status >= 500 || status == 408
                        ? new KmsException(
                                Code.UNAVAILABLE, where + "Key Vault cannot serve now" + end, thrown, retryAfter)
                        : status >= 300 && status < 400
                                ? new KmsException(
                                        Code.UNAVAILABLE,
                                        where + "something between here and Key Vault answered with a redirect" + end,
                                        thrown)
                                : new KmsException(Code.INTERNAL, where + "an unexpected answer" + end, thrown);
        };
    }

    private static KmsException ofForbidden(String where, ErrorBody body, String end, HttpResponseException thrown) {
        return switch (body.inner()) {
            case "KeyDisabled" ->
                new KmsException(
                        Code.KEY_DISABLED,
                        where
                                + "the key version is disabled; \"az keyvault key set-attributes --enabled true\" enables it"
                                + end,
                        thrown);
            case "KeyExpired", "KeyNotYetValid" ->
                new KmsException(
                        Code.PERMISSION_DENIED,
                        where + "the key version is outside of its time of validity and only unwraps" + end,
                        thrown);
            case "ForbiddenByFirewall", "ForbiddenByConnection" ->
                new KmsException(
                        Code.PERMISSION_DENIED,
                        where
                                + "the vault's firewall does not let this address in; see \"az keyvault network-rule\", or use"
                                + " a private endpoint" + end,
                        thrown);
            default ->
                new KmsException(
                        Code.PERMISSION_DENIED,
                        where
                                + "not allowed; the identity needs the role \"Key Vault Crypto Service Encryption User\" on the"
                                + " key (a new assignment takes minutes to work), or an access policy with get, wrapKey and"
                                + " unwrapKey; and the key must permit the operation" + end,
                        thrown);
        };
    }

    private static Code codeOf(TransportFailure failure) {
        return switch (failure.kind()) {
            case UNREACHABLE, TLS -> Code.UNAVAILABLE;
            case TIMEOUT -> Code.TIMEOUT;
            case INTERRUPTED -> Code.INTERRUPTED;
            case CLOSED -> Code.CLOSED;
        };
    }

    private static String requestId(HttpResponse response) {
        return Optional.ofNullable(response.getHeaderValue(REQUEST_ID_HEADER))
                .filter(id -> REQUEST_ID.matcher(id).matches())
                .map(id -> ", request " + id)
                .orElse("");
    }

    private static Optional<Duration> retryAfter(HttpResponse response) {
        return Optional.ofNullable(response.getHeaderValue(HttpHeaderName.RETRY_AFTER))
                .filter(seconds -> seconds.matches("[0-9]{1,5}"))
                .map(seconds -> Duration.ofSeconds(Integer.parseInt(seconds)));
    }

    /**
     * The two codes of an error's body, each empty if there is none. Its message is not read: it holds whatever the service
     * puts there.
     */
    private record ErrorBody(String code, String inner) {
        private static final ErrorBody NONE = new ErrorBody("", "");

        static ErrorBody of(HttpResponse response) {
            try (JsonReader reader =
                    JsonProviders.createReader(response.getBodyAsBinaryData().toBytes())) {
                Map<String, Object> body = reader.readMap(JsonReader::readUntyped);
                if (body == null || !(body.get("error") instanceof Map<?, ?> error)) {
                    return NONE;
                }
                Object inner = error.get("innererror") == null ? error.get("innerError") : error.get("innererror");
                return new ErrorBody(code(error), inner instanceof Map<?, ?> map ? code(map) : "");
            } catch (IOException | RuntimeException e) {
                return NONE;
            }
        }

        boolean isDeleted() {
            return inner.equals("ObjectIsDeletedButRecoverable") || inner.equals("ObjectIsBeingDeleted");
        }

        String describe() {
            return (code.isEmpty() ? "" : " " + code) + (inner.isEmpty() ? "" : " " + inner);
        }

        private static String code(Map<?, ?> error) {
            String code = String.valueOf(error.get("code"));
            return error.get("code") != null && ERROR_CODE.matcher(code).matches() ? code : "";
        }
    }
}
