package io.trousseau.provider.vault.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import okhttp3.Handshake;

/**
 * What one address shows to whoever looks, for people.
 *
 * @param address which
 * @param failure why it gives no health answer; empty if it does
 * @param health {@code active}, {@code standby}, {@code performance standby}, {@code secondary}, {@code sealed} or
 *     {@code not initialised}; empty if it gives no health answer
 * @param version of Vault or OpenBao, if told
 * @param tlsProtocol of the connection, such as {@code TLSv1.3}; empty without TLS
 * @param certificate of which validity is the certificate that it shows; empty without TLS
 * @param clock its time of day by the HTTP header {@code Date}, cut to the second, if it sent one
 * @param roundTrip from the request to the answer's end, with connecting
 */
public record NodeReport(
        String address,
        Optional<VaultException> failure,
        Optional<String> health,
        Optional<String> version,
        Optional<String> tlsProtocol,
        Optional<Validity> certificate,
        Optional<Instant> clock,
        Duration roundTrip) {
    static NodeReport failed(String address, VaultException failure) {
        return new NodeReport(
                address,
                Optional.of(failure),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Duration.ZERO);
    }

    static NodeReport of(String address, Reply reply, Duration roundTrip) {
        Optional<JsonNode> body =
                Meaning.json(reply).filter(json -> json.path("sealed").isBoolean());
        Optional<VaultException> failure =
                body.isPresent() ? Optional.empty() : Optional.of(Meaning.notHealth(address, reply));
        Optional<Handshake> tls = Optional.ofNullable(reply.tls());
        return new NodeReport(
                address,
                failure,
                body.map(json -> health(json, reply.status())),
                body.map(json -> json.path("version").textValue()),
                tls.map(handshake -> handshake.tlsVersion().javaName()),
                tls.flatMap(handshake -> handshake.peerCertificates().stream().findFirst())
                        .map(certificate -> Validity.of((X509Certificate) certificate)),
                Meaning.date(reply.headers().get("Date")),
                roundTrip);
    }

    private static String health(JsonNode json, int status) {
        if (!json.path("initialized").asBoolean()) {
            return "not initialised";
        }
        if (json.path("sealed").asBoolean()) {
            return "sealed";
        }
        if (status == 472) {
            return "secondary";
        }
        if (json.path("performance_standby").asBoolean()) {
            return "performance standby";
        }
        return json.path("standby").asBoolean() ? "standby" : "active";
    }
}
