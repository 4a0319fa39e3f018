package io.trousseau.provider.gcp;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/** The certificates of a CA file, and the trust in them alone. Immutable. */
final class CaCertificates {
    private final List<X509Certificate> certificates;
    private final SSLSocketFactory socketFactory;

    private CaCertificates(List<X509Certificate> certificates, SSLSocketFactory socketFactory) {
        this.certificates = certificates;
        this.socketFactory = socketFactory;
    }

    /**
     * Reads a PEM file.
     *
     * @throws IOException if it cannot be read
     * @throws GeneralSecurityException if it has no certificate, or something else
     */
    static CaCertificates read(Path file) throws IOException, GeneralSecurityException {
        List<X509Certificate> certificates;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            certificates = CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
                    .map(X509Certificate.class::cast)
                    .toList();
        }
        if (certificates.isEmpty()) {
            throw new CertificateException("no certificate");
        }
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        for (int i = 0; i < certificates.size(); i++) {
            store.setCertificateEntry("ca-" + i, certificates.get(i));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return new CaCertificates(certificates, context.getSocketFactory());
    }

    List<X509Certificate> certificates() {
        return certificates;
    }

    SSLSocketFactory socketFactory() {
        return socketFactory;
    }
}
