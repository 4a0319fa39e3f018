package io.trousseau.provider.vault.http;

import io.trousseau.provider.vault.http.VaultException.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.UnknownHostException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Why there was no HTTP answer, in words that name the setting to look at. */
final class ConnectionFailure {
    private final VaultCluster cluster;

    ConnectionFailure(VaultCluster cluster) {
        this.cluster = cluster;
    }

    VaultException of(String address, IOException e) {
        if (e instanceof Reply.CutShortException) {
            return failure(Kind.BAD_ANSWER, address, "the answer was cut short", e);
        }
        if (e instanceof InterruptedIOException) {
            return failure(Kind.TIMEOUT, address, "no answer in time", e);
        }
        if (find(e, SSLException.class).isPresent()) {
            return failure(Kind.TLS, address, tls(e), e);
        }
        return e instanceof ProtocolException
                ? failure(Kind.BAD_ANSWER, address, "does not speak HTTP; check addresses", e)
                : failure(Kind.UNREACHABLE, address, unreached(e), e);
    }

    private String unreached(IOException e) {
        if (find(e, UnknownHostException.class).isPresent()) {
            return "no such host name; check addresses" + (cluster.proxy().isPresent() ? " and proxy" : "");
        }
        if (find(e, NoRouteToHostException.class).isPresent()) {
            return "no route to the host; check addresses and the network";
        }
        if (find(e, ConnectException.class).isPresent()) {
            return cluster.proxy()
                    .map(proxy -> "connection refused on the way through the proxy " + proxy
                            + "; check proxy, and that Vault runs at addresses")
                    .orElse("connection refused; check addresses, and that Vault runs there");
        }
        return "the connection broke before the answer came";
    }

    private String tls(IOException e) {
        if (find(e, SSLPeerUnverifiedException.class).isPresent()) {
            return "TLS: the server's certificate is not for "
                    + cluster.serverName().map(name -> "serverName " + name).orElse("this host")
                    + "; set serverName to a name in it, or use an address that it names";
        }
        if (find(e, CertificateExpiredException.class).isPresent()
                || reason(e, CertPathValidatorException.BasicReason.EXPIRED)) {
            return "TLS: the server's certificate, or one that signed it, has expired; renew it there";
        }
        if (find(e, CertificateNotYetValidException.class).isPresent()
                || reason(e, CertPathValidatorException.BasicReason.NOT_YET_VALID)) {
            return "TLS: the server's certificate is not valid yet; compare the clocks";
        }
        if (find(e, CertPathBuilderException.class).isPresent()
                || find(e, CertPathValidatorException.class).isPresent()) {
            return "TLS: the server's certificate is signed by no authority in "
                    + cluster.caFile().map(file -> "caFile " + file).orElse("the JVM's trust store; set caFile");
        }
        String text = texts(e);
        if (text.contains("unrecognized ssl message") || text.contains("plaintext connection")) {
            return "TLS: the server does not speak TLS on this port; check addresses";
        }
        if (text.contains("certificate_required")
                || text.contains("bad_certificate")
                || text.contains("unknown_ca")
                || text.contains("certificate_unknown")
                || text.contains("certificate_expired")) {
            return cluster.clientCertificateFile()
                    .map(file -> "TLS: the server refuses the certificate in clientCertificateFile " + file)
                    .orElse("TLS: the server demands a certificate; set clientCertificateFile and clientKeyFile");
        }
        if (text.contains("protocol_version")
                || text.contains("protocol version")
                || text.contains("appropriate protocol")) {
            return "TLS: the server offers neither TLS 1.2 nor 1.3";
        }
        if (text.contains("handshake_failure")) {
            return "TLS: no cipher suite in common, or the server demands a certificate (clientCertificateFile)";
        }
        if (text.contains("unrecognized_name")) {
            return "TLS: the server knows no such name; check serverName";
        }
        return text.contains("terminated the handshake")
                ? "TLS: the server closed the connection in the handshake; check that addresses name its TLS port"
                : "TLS: the handshake failed";
    }

    private static boolean reason(Throwable e, CertPathValidatorException.Reason reason) {
        return find(e, CertPathValidatorException.class)
                .filter(invalid -> invalid.getReason().equals(reason))
                .isPresent();
    }

    private static String texts(Throwable e) {
        StringBuilder texts = new StringBuilder();
        for (Throwable at = e; at != null; at = at.getCause()) {
            texts.append(at.getMessage()).append('\n');
        }
        return texts.toString().toLowerCase(Locale.ROOT);
    }

    private static <T extends Throwable> Optional<T> find(Throwable e, Class<T> type) {
        for (Throwable at = e; at != null; at = at.getCause()) {
            if (type.isInstance(at)) {
                return Optional.of(type.cast(at));
            }
        }
        return Optional.empty();
    }

    private static VaultException failure(Kind kind, String address, String what, IOException cause) {
        return VaultException.of(kind, address, what).cause(cause).build();
    }
}
