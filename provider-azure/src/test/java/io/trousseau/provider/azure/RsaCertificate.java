package io.trousseau.provider.azure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

/** A self-signed RSA certificate with its key, made by the JDK's keytool: as PKCS #12 and as PEM. */
record RsaCertificate(Path pfx, String password, X509Certificate certificate, String pem) {
    static RsaCertificate create(Path folder, String name) {
        Path pfx = folder.resolve(name + ".pfx");
        String password = "password-of-" + name;
        try {
            Process keytool = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString(),
                            "-genkeypair",
                            "-alias",
                            "own",
                            "-keyalg",
                            "RSA",
                            "-keysize",
                            "2048",
                            "-dname",
                            "CN=" + name,
                            "-storetype",
                            "PKCS12",
                            "-keystore",
                            pfx.toString(),
                            "-storepass",
                            password)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!keytool.waitFor(60, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
                throw new IllegalStateException("keytool failed");
            }
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(pfx)) {
                store.load(in, password.toCharArray());
            }
            X509Certificate certificate = (X509Certificate) store.getCertificate("own");
            byte[] key = store.getKey("own", password.toCharArray()).getEncoded();
            String pem = block("CERTIFICATE", certificate.getEncoded()) + block("PRIVATE KEY", key);
            return new RsaCertificate(pfx, password, certificate, pem);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String block(String type, byte[] der) {
        return "-----BEGIN " + type + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + type + "-----\n";
    }
}
