package io.trousseau.testkit.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate that a {@link TestCa} signed, with its private key (EC P-256).
 *
 * @param certificate the certificate
 * @param issuer the certificate of the CA that signed it
 * @param key the private key
 */
public record TestIdentity(X509Certificate certificate, X509Certificate issuer, PrivateKey key) {
    private static final char[] NO_PASSWORD = new char[0];

    /** The certificate as PEM, for a file. */
    public String certificatePem() {
        return pem(certificate);
    }

    /** The private key as PEM (PKCS #8), for a file. */
    public String keyPem() {
        return pem("PRIVATE KEY", key.getEncoded());
    }

    /**
     * TLS for either side: shows this certificate and trusts what its CA signed. A server asks for client certificates
     * only if its listener does.
     */
    public SSLContext sslContext() {
        try {
            KeyStore store = emptyStore();
            store.setKeyEntry("own", key, NO_PASSWORD, new Certificate[] {certificate, issuer});
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, NO_PASSWORD);
            return context(keys.getKeyManagers(), issuer);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static SSLContext trusting(X509Certificate ca) {
        return context(new KeyManager[0], ca);
    }

    private static SSLContext context(KeyManager[] keys, X509Certificate ca) {
        try {
            KeyStore store = emptyStore();
            store.setCertificateEntry("ca", ca);
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            TrustManager[] trustManagers = trust.getTrustManagers();
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, trustManagers, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyStore emptyStore() throws GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try {
            store.load(null, null);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return store;
    }

    static String pem(X509Certificate certificate) {
        try {
            return pem("CERTIFICATE", certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(String type, byte[] der) {
        return "-----BEGIN " + type + "-----\n"
                + Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(der)
                + "\n-----END " + type + "-----\n";
    }

    /** The certificate's subject; never the key. */
    @Override
    public String toString() {
        return "TestIdentity[" + certificate.getSubjectX500Principal().getName() + "]";
    }
}
