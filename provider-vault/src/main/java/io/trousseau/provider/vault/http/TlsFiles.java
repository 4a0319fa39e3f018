package io.trousseau.provider.vault.http;

import io.trousseau.api.ConfigException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** The files with which TLS to a cluster is set up, and what can be made of their present content. */
final class TlsFiles {
    private static final long MAX_BYTES = 1 << 20;
    private static final byte[] PROBE = {1, 2, 3};

    private final Optional<Path> caFile;
    private final Optional<Path> certificateFile;
    private final Optional<Path> keyFile;

    TlsFiles(VaultCluster cluster) {
        this.caFile = cluster.caFile();
        this.certificateFile = cluster.clientCertificateFile();
        this.keyFile = cluster.clientKeyFile();
    }

    /** What TLS needs, and of which validity the own certificates are, if there are any. */
    record Material(SSLContext context, X509TrustManager trust, Optional<Validity> own) {}

    /** Changes when a file does. */
    List<FileStamp> stamps() {
        return Stream.of(caFile, certificateFile, keyFile)
                .flatMap(Optional::stream)
                .map(FileStamp::of)
                .toList();
    }

    /**
     * Reads the files.
     *
     * @throws ConfigException if one is unusable, with every problem
     */
    Material load() {
        List<ConfigException.Problem> problems = new ArrayList<>();
        Optional<List<X509Certificate>> authorities =
                caFile.flatMap(file -> read("caFile", file, problems, Pem::certificates));
        Optional<List<X509Certificate>> own =
                certificateFile.flatMap(file -> read("clientCertificateFile", file, problems, Pem::certificates));
        Optional<PrivateKey> key = own.flatMap(chain ->
                keyFile.flatMap(file -> read("clientKeyFile", file, problems, pem -> keyOf(chain.get(0), pem))));
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        try {
            X509TrustManager trust = trust(authorities.orElse(null));
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    own.isPresent() && key.isPresent() ? keys(own.get(), key.get()) : null,
                    new TrustManager[] {trust},
                    null);
            return new Material(context, trust, own.flatMap(TlsFiles::firstToEnd));
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this JVM cannot do TLS", e);
        }
    }

    private static Optional<Validity> firstToEnd(List<X509Certificate> chain) {
        return chain.stream().map(Validity::of).min(Comparator.comparing(Validity::until));
    }

    private interface Parser<T> {
        T parse(byte[] pem) throws Pem.BadPemException;
    }

    private static <T> Optional<T> read(
            String setting, Path file, List<ConfigException.Problem> problems, Parser<T> parser) {
        byte[] pem = {};
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new Pem.BadPemException("it has more than " + MAX_BYTES + " bytes");
            }
            pem = Files.readAllBytes(file);
            return Optional.of(parser.parse(pem));
        } catch (NoSuchFileException e) {
            problems.add(new ConfigException.Problem(setting, file + " does not exist"));
        } catch (AccessDeniedException e) {
            problems.add(new ConfigException.Problem(setting, "this process's user may not read " + file));
        } catch (IOException e) {
            problems.add(new ConfigException.Problem(setting, "cannot read " + file + ": " + e));
        } catch (Pem.BadPemException e) {
            problems.add(new ConfigException.Problem(setting, file + " is not usable: " + e.getMessage()));
        } finally {
            Arrays.fill(pem, (byte) 0);
        }
        return Optional.empty();
    }

    private static PrivateKey keyOf(X509Certificate certificate, byte[] pem) throws Pem.BadPemException {
        PrivateKey key = Pem.privateKey(pem, certificate.getPublicKey().getAlgorithm());
        if (!belongTogether(key, certificate)) {
            throw new Pem.BadPemException("the key in it is not that of the certificate in clientCertificateFile");
        }
        return key;
    }

    private static boolean belongTogether(PrivateKey key, X509Certificate certificate) {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(PROBE);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(PROBE);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static X509TrustManager trust(@Nullable List<X509Certificate> authorities)
            throws GeneralSecurityException, IOException {
        KeyStore store = null;
        if (authorities != null) {
            store = emptyStore();
            for (int i = 0; i < authorities.size(); i++) {
                store.setCertificateEntry("ca-" + i, authorities.get(i));
            }
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager trust) {
                return trust;
            }
        }
        throw new GeneralSecurityException("no trust manager for X.509");
    }

    private static KeyManager[] keys(List<X509Certificate> chain, PrivateKey key)
            throws GeneralSecurityException, IOException {
        KeyStore store = emptyStore();
        char[] noPassword = {};
        store.setKeyEntry("client", key, noPassword, chain.toArray(X509Certificate[]::new));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, noPassword);
        return factory.getKeyManagers();
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }
}
