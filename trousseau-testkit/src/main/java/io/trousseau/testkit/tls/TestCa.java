package io.trousseau.testkit.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/**
 * A certificate authority of one test: EC P-256, SHA-256, X.509 v3 (RFC 5280). Immutable and safe for use by several
 * threads.
 */
public final class TestCa {
    private static final Duration LIFE = Duration.ofDays(30);
    private static final Pattern IPV4 = Pattern.compile("[0-9]+(\\.[0-9]+){3}");
    private static final SecureRandom RANDOM = new SecureRandom();

    private static final byte[] ECDSA_WITH_SHA256 = Der.sequence(Der.oid("1.2.840.10045.4.3.2"));
    private static final String COMMON_NAME = "2.5.4.3";
    private static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
    private static final String BASIC_CONSTRAINTS = "2.5.29.19";
    private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
    private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

    private final String name;
    private final KeyPair keys;
    private final X509Certificate certificate;

    private TestCa(String name, KeyPair keys, X509Certificate certificate) {
        this.name = name;
        this.keys = keys;
        this.certificate = certificate;
    }

    /**
     * Makes an authority with a key of its own.
     *
     * @param name the common name of its self-signed certificate
     */
    public static TestCa create(String name) {
        KeyPair keys = keyPair();
        byte[] isCa = extension(BASIC_CONSTRAINTS, true, Der.sequence(Der.yes()));
        Instant now = Instant.now();
        X509Certificate certificate =
                sign(keys, name, name, keys.getPublic(), now.minus(LIFE), now.plus(LIFE), List.of(isCa));
        return new TestCa(name, keys, certificate);
    }

    /** The authority's own certificate. */
    public X509Certificate certificate() {
        return certificate;
    }

    /** The authority's own certificate as PEM, for a CA file. */
    public String pem() {
        return TestIdentity.pem(certificate);
    }

    /** TLS for a client that trusts what this authority signed and has no certificate of its own. */
    public SSLContext trustingContext() {
        return TestIdentity.trusting(certificate);
    }

    /**
     * A server's certificate, valid from a day ago for a month.
     *
     * @param hosts DNS names and IPv4 addresses that it is for, the first of them its common name; at least one
     */
    public TestIdentity server(String... hosts) {
        return server(Instant.now().minus(Duration.ofDays(1)), Instant.now().plus(LIFE), hosts);
    }

    /** As {@link #server(String...)}, with another validity: one that has ended, or is yet to begin. */
    public TestIdentity server(Instant notBefore, Instant notAfter, String... hosts) {
        List<byte[]> names = new ArrayList<>();
        for (String host : hosts) {
            names.add(
                    IPV4.matcher(host).matches()
                            ? Der.implicit(7, ipv4(host))
                            : Der.implicit(2, host.getBytes(US_ASCII)));
        }
        byte[] alternativeNames =
                extension(SUBJECT_ALTERNATIVE_NAME, false, Der.sequence(names.toArray(new byte[0][])));
        return issue(hosts[0], notBefore, notAfter, List.of(alternativeNames, usage(SERVER_AUTH)));
    }

    /** A client's certificate with this common name, valid from a day ago for a month. */
    public TestIdentity client(String commonName) {
        return client(Instant.now().minus(Duration.ofDays(1)), Instant.now().plus(LIFE), commonName);
    }

    /** As {@link #client(String)}, with another validity. */
    public TestIdentity client(Instant notBefore, Instant notAfter, String commonName) {
        return issue(commonName, notBefore, notAfter, List.of(usage(CLIENT_AUTH)));
    }

    private TestIdentity issue(String subject, Instant notBefore, Instant notAfter, List<byte[]> extensions) {
        KeyPair own = keyPair();
        X509Certificate signed = sign(keys, name, subject, own.getPublic(), notBefore, notAfter, extensions);
        return new TestIdentity(signed, certificate, own.getPrivate());
    }

    private static X509Certificate sign(
            KeyPair issuerKeys,
            String issuer,
            String subject,
            PublicKey subjectKey,
            Instant notBefore,
            Instant notAfter,
            List<byte[]> extensions) {
        byte[] toBeSigned = Der.sequence(
                Der.explicit(0, Der.integer(BigInteger.TWO)),
                Der.integer(new BigInteger(127, RANDOM)),
                ECDSA_WITH_SHA256,
                name(issuer),
                Der.sequence(Der.time(notBefore), Der.time(notAfter)),
                name(subject),
                subjectKey.getEncoded(),
                Der.explicit(3, Der.sequence(extensions.toArray(new byte[0][]))));
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(issuerKeys.getPrivate());
            signature.update(toBeSigned);
            byte[] der = Der.sequence(toBeSigned, ECDSA_WITH_SHA256, Der.bits(signature.sign()));
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] name(String commonName) {
        return Der.sequence(Der.set(Der.sequence(Der.oid(COMMON_NAME), Der.utf8(commonName))));
    }

    private static byte[] usage(String purpose) {
        return extension(EXTENDED_KEY_USAGE, false, Der.sequence(Der.oid(purpose)));
    }

    private static byte[] extension(String oid, boolean critical, byte[] value) {
        return critical
                ? Der.sequence(Der.oid(oid), Der.yes(), Der.octets(value))
                : Der.sequence(Der.oid(oid), Der.octets(value));
    }

    private static byte[] ipv4(String address) {
        try {
            return Arrays.copyOf(InetAddress.getByName(address).getAddress(), 4);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("not an IPv4 address: " + address, e);
        }
    }

    private static KeyPair keyPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The authority's name; never its key. */
    @Override
    public String toString() {
        return "TestCa[" + name + "]";
    }
}
