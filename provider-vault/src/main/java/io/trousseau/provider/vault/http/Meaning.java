package io.trousseau.provider.vault.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.trousseau.provider.vault.http.VaultException.Kind;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an HTTP answer of Vault, or of something that stands where Vault should, means. */
final class Meaning {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_ERRORS = 4;
    private static final int MAX_ERROR_CHARS = 300;
    private static final int MAX_RETRY_AFTER_SECONDS = 3600;

    private Meaning() {}

    /**
     * The answer that {@code reply} is; takes it over.
     *
     * @param address which gave it
     * @throws VaultException if it is a failure; {@code reply} is wiped
     */
    static VaultAnswer of(String address, Reply reply) {
        boolean answered = false;
        try {
            if (reply.tooLong()) {
                throw failure(Kind.BAD_ANSWER, address, reply, "the answer is longer than any of Vault");
            }
            if (reply.status() / 100 == 2) {
                VaultAnswer answer = success(address, reply);
                answered = true;
                return answer;
            }
            throw refusal(address, reply);
        } finally {
            if (!answered) {
                reply.wipe();
            }
        }
    }

    private static VaultAnswer success(String address, Reply reply) {
        if (reply.body().length > 0 && !isJson(reply)) {
            throw failure(Kind.BAD_ANSWER, address, reply, notVault(reply));
        }
        return new VaultAnswer(reply.status(), address, reply.body());
    }

    private static VaultException refusal(String address, Reply reply) {
        JsonNode body = json(reply).orElse(null);
        int status = reply.status();
        if (body == null || !body.path("errors").isArray()) {
            if (status == 400
                    && reply.body().length > 0
                    && startsWith(reply, "Client sent an HTTP request to an HTTPS")) {
                return failure(
                        Kind.BAD_ANSWER,
                        address,
                        reply,
                        "speaks TLS, and was asked in plain HTTP: write https:// there");
            }
            return failure(status / 100 == 5 ? Kind.SERVER_ERROR : Kind.BAD_ANSWER, address, reply, notVault(reply));
        }
        List<String> errors = errors(body);
        Kind kind = kind(status, errors);
        return VaultException.of(kind, address, status + " " + text(kind))
                .status(status)
                .errors(errors)
                .requestId(body.path("request_id").textValue())
                .retryAfter(retryAfter(reply).orElse(null))
                .build();
    }

    private static Kind kind(int status, List<String> errors) {
        return switch (status) {
            case 403 -> Kind.FORBIDDEN;
            case 404 -> Kind.NOT_FOUND;
            case 412 -> Kind.RETRY_LATER;
            case 429 -> Kind.RATE_LIMITED;
            case 472, 473 -> Kind.STANDBY;
            case 501 -> Kind.UNINITIALIZED;
            case 503 -> says(errors, "sealed") ? Kind.SEALED : Kind.SERVER_ERROR;
            default -> {
                if (status / 100 != 5) {
                    yield Kind.BAD_REQUEST;
                }
                yield says(errors, "not active") ? Kind.STANDBY : Kind.SERVER_ERROR;
            }
        };
    }

    private static String text(Kind kind) {
        return switch (kind) {
            case FORBIDDEN -> "forbidden";
            case NOT_FOUND -> "not found";
            case RETRY_LATER -> "this node is behind the others";
            case RATE_LIMITED -> "too many requests";
            case STANDBY -> "a standby that does not serve this";
            case UNINITIALIZED -> "not initialised";
            case SEALED -> "sealed";
            case SERVER_ERROR -> "Vault failed";
            default -> "refused";
        };
    }

    private static boolean says(List<String> errors, String word) {
        return errors.stream().anyMatch(error -> error.toLowerCase(Locale.ROOT).contains(word));
    }

    /** Of each error one short line, without the full stop that some end with: more text follows. */
    private static List<String> errors(JsonNode body) {
        List<String> errors = new ArrayList<>();
        for (JsonNode error : body.path("errors")) {
            String line = error.asText()
                    .strip()
                    .replaceAll("\\s+", " ")
                    .replaceAll("\\p{Cntrl}", "")
                    .replaceAll("[. ]+$", "");
            if (!line.isEmpty() && errors.size() < MAX_ERRORS) {
                errors.add(line.length() > MAX_ERROR_CHARS ? line.substring(0, MAX_ERROR_CHARS) + "…" : line);
            }
        }
        return errors;
    }

    /** The body, if it is whole JSON. */
    static Optional<JsonNode> json(Reply reply) {
        if (!isJson(reply) || reply.body().length == 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readTree(reply.body()));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new IllegalStateException("an array cannot fail to be read", e);
        }
    }

    /** The failure that an answer to the question for health is which tells none. */
    static VaultException notHealth(String address, Reply reply) {
        return reply.tooLong() || reply.status() / 100 == 2
                ? failure(Kind.BAD_ANSWER, address, reply, notVault(reply))
                : refusal(address, reply);
    }

    private static boolean isJson(Reply reply) {
        String type = reply.headers().get("Content-Type");
        return type != null && type.toLowerCase(Locale.ROOT).startsWith("application/json");
    }

    private static boolean startsWith(Reply reply, String text) {
        byte[] body = reply.body();
        if (body.length < text.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (body[i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static String notVault(Reply reply) {
        String type = reply.headers().get("Content-Type");
        return reply.status() + " with a body that is not Vault's ("
                + (type == null ? "of no type" : isJson(reply) ? "damaged JSON" : shortened(type))
                + "), so a proxy or another server answered: check addresses";
    }

    private static String shortened(String type) {
        String clean = type.replaceAll("[^A-Za-z0-9/+.-].*", "");
        return clean.substring(0, Math.min(clean.length(), 40));
    }

    /** Of a number of seconds or a date; at most an hour. */
    private static Optional<Duration> retryAfter(Reply reply) {
        String text = reply.headers().get("Retry-After");
        if (text == null) {
            return Optional.empty();
        }
        long seconds;
        try {
            seconds = Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            Optional<Instant> at = date(text);
            Optional<Instant> now = date(reply.headers().get("Date"));
            if (at.isEmpty() || now.isEmpty()) {
                return Optional.empty();
            }
            seconds = Duration.between(now.get(), at.get()).toSeconds();
        }
        return Optional.of(Duration.ofSeconds(Math.max(0, Math.min(seconds, MAX_RETRY_AFTER_SECONDS))));
    }

    /** The moment that an HTTP header tells. */
    static Optional<Instant> date(@Nullable String header) {
        if (header == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(ZonedDateTime.parse(header.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static VaultException failure(Kind kind, String address, Reply reply, String what) {
        return VaultException.of(kind, address, what).status(reply.status()).build();
    }
}
