package io.trousseau.provider.azure.http;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** A request that got no answer. Its message is made here and holds nothing but the host, so it may be shown. */
public final class TransportFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    TransportFailure(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** Why there is no answer. */
    public enum Kind {
        /** The host was not reached, or the connection broke. */
        UNREACHABLE,
        /** The host shows a certificate that is not trusted, or speaks no TLS. */
        TLS,
        /** The deadline passed. */
        TIMEOUT,
        /** The calling thread was interrupted; its interrupt flag is set. */
        INTERRUPTED,
        /** The client was closed. */
        CLOSED
    }

    /** Why there is no answer. */
    public Kind kind() {
        return kind;
    }

    /** What the JDK's client threw, told apart. */
    static TransportFailure of(String host, Throwable thrown) {
        if (caused(thrown, CertPathBuilderException.class)) {
            return new TransportFailure(
                    Kind.TLS, host + " shows a certificate of an authority that is not trusted here", thrown);
        }
        if (caused(thrown, CertificateException.class)) {
            return new TransportFailure(
                    Kind.TLS, host + " shows a certificate that is out of date or for another name", thrown);
        }
        if (caused(thrown, SSLException.class)) {
            return new TransportFailure(Kind.TLS, host + " and this client agree on no TLS", thrown);
        }
        if (caused(thrown, UnresolvedAddressException.class) || caused(thrown, UnknownHostException.class)) {
            return new TransportFailure(Kind.UNREACHABLE, "the name " + host + " does not resolve", thrown);
        }
        if (caused(thrown, ConnectException.class)) {
            return new TransportFailure(Kind.UNREACHABLE, host + " takes no connection", thrown);
        }
        return new TransportFailure(Kind.UNREACHABLE, "the connection to " + host + " broke", thrown);
    }

    private static boolean caused(Throwable thrown, Class<? extends Throwable> type) {
        for (Throwable at = thrown; at != null; at = at.getCause()) {
            if (type.isInstance(at)) {
                return true;
            }
        }
        return false;
    }
}
