package io.trousseau.provider.vault.http;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;

/** Certificates and private keys in PEM. Text between the blocks is skipped, as OpenSSL writes it. */
final class Pem {
    private static final byte[] BEGIN = ascii("-----BEGIN ");
    private static final byte[] END = ascii("-----END ");
    private static final byte[] DASHES = ascii("-----");

    private Pem() {}

    /** A PEM file is not what it should be. The message tells what it is; nothing secret. */
    static final class BadPemException extends Exception {
        private static final long serialVersionUID = 1L;

        BadPemException(String message) {
            super(message);
        }
    }

    /** The certificates in {@code pem}, one or more. */
    static List<X509Certificate> certificates(byte[] pem) throws BadPemException {
        List<X509Certificate> certificates = new ArrayList<>();
        List<String> others = new ArrayList<>();
        List<byte[]> blocks = new ArrayList<>();
        forEachBlock(pem, block -> {
            if (block.label.equals("CERTIFICATE") || block.label.equals("TRUSTED CERTIFICATE")) {
                blocks.add(block.der.clone());
            } else {
                others.add(block.label);
            }
        });
        for (byte[] der : blocks) {
            try {
                certificates.add((X509Certificate)
                        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der)));
            } catch (CertificateException e) {
                throw new BadPemException("certificate " + (certificates.size() + 1) + " in it is damaged");
            }
        }
        if (certificates.isEmpty()) {
            throw new BadPemException("it has no CERTIFICATE" + (others.isEmpty() ? "" : ", but " + others));
        }
        return certificates;
    }

    /**
     * The one private key in {@code pem}, in PKCS #8, PKCS #1 (RSA) or SEC 1 (EC).
     *
     * @param algorithm of the certificate that it belongs to: {@code RSA}, {@code EC} or {@code EdDSA}
     */
    static PrivateKey privateKey(byte[] pem, String algorithm) throws BadPemException {
        List<byte[]> keys = new ArrayList<>();
        List<String> others = new ArrayList<>();
        try {
            forEachBlock(pem, block -> {
                switch (block.label) {
                    case "PRIVATE KEY" -> keys.add(block.der.clone());
                    case "RSA PRIVATE KEY" -> keys.add(Pkcs8.ofRsa(block.der));
                    case "EC PRIVATE KEY" -> keys.add(Pkcs8.ofEc(block.der));
                    default -> others.add(block.label);
                }
            });
            if (keys.size() != 1) {
                throw new BadPemException(
                        others.contains("ENCRYPTED PRIVATE KEY")
                                ? "the key in it is encrypted; decrypt it with: openssl pkey -in FILE -out NEW"
                                : "it has " + keys.size() + " private keys, not one"
                                        + (others.isEmpty() ? "" : ", but " + others));
            }
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(keys.get(0)));
        } catch (InvalidKeySpecException e) {
            throw new BadPemException(
                    "the key in it is damaged, or is no " + algorithm + " key as the certificate needs");
        } catch (NoSuchAlgorithmException e) {
            throw new BadPemException("keys of the certificate's algorithm " + algorithm + " are not supported");
        } finally {
            keys.forEach(key -> Arrays.fill(key, (byte) 0));
        }
    }

    /** One block; {@code der} is wiped when the consumer returns. */
    @SuppressWarnings("ArrayRecordComponent") // Wiped where it is.
    private record Block(String label, byte[] der) {}

    private static void forEachBlock(byte[] pem, Consumer<Block> consumer) throws BadPemException {
        int at = 0;
        while ((at = indexOf(pem, BEGIN, at)) >= 0) {
            int labelStart = at + BEGIN.length;
            int labelEnd = indexOf(pem, DASHES, labelStart);
            int end = labelEnd < 0 ? -1 : indexOf(pem, END, labelEnd);
            if (end < 0) {
                throw new BadPemException("a block in it has no end, so the file was cut short");
            }
            String label = new String(pem, labelStart, labelEnd - labelStart, StandardCharsets.US_ASCII);
            byte[] base64 = Arrays.copyOfRange(pem, labelEnd + DASHES.length, end);
            byte[] der = {};
            try {
                der = Base64.getMimeDecoder().decode(base64);
                consumer.accept(new Block(label, der));
            } catch (IllegalArgumentException e) {
                throw new BadPemException("the block " + label + " in it is damaged");
            } finally {
                Arrays.fill(base64, (byte) 0);
                Arrays.fill(der, (byte) 0);
            }
            at = end;
        }
    }

    private static int indexOf(byte[] text, byte[] word, int from) {
        for (int i = from; i <= text.length - word.length; i++) {
            if (Arrays.equals(text, i, i + word.length, word, 0, word.length)) {
                return i;
            }
        }
        return -1;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
