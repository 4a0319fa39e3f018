package io.trousseau.provider.vault.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PemTest {
    @Test
    void an_rsa_key_is_read_from_pkcs8_and_pkcs1() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        RSAPrivateCrtKey key = (RSAPrivateCrtKey) generator.generateKeyPair().getPrivate();

        byte[] pkcs1 = sequence(
                integer(BigInteger.ZERO),
                integer(key.getModulus()),
                integer(key.getPublicExponent()),
                integer(key.getPrivateExponent()),
                integer(key.getPrimeP()),
                integer(key.getPrimeQ()),
                integer(key.getPrimeExponentP()),
                integer(key.getPrimeExponentQ()),
                integer(key.getCrtCoefficient()));

        assertThat(Pem.privateKey(pem("PRIVATE KEY", key.getEncoded()), "RSA").getEncoded())
                .isEqualTo(key.getEncoded());
        assertThat(Pem.privateKey(pem("RSA PRIVATE KEY", pkcs1), "RSA").getEncoded())
                .isEqualTo(key.getEncoded());
    }

    @ParameterizedTest
    @ValueSource(ints = {256, 384, 521})
    void an_ec_key_is_read_from_pkcs8_and_sec1_with_the_block_that_openssl_puts_before_it(int bits) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(bits);
        KeyPair pair = generator.generateKeyPair();
        ECPrivateKey key = (ECPrivateKey) pair.getPrivate();
        byte[] curve = curveOf(pair.getPublic().getEncoded());
        byte[] secret = new byte[(bits + 7) / 8];
        byte[] s = key.getS().toByteArray();
        int skip = Math.max(0, s.length - secret.length);
        System.arraycopy(s, skip, secret, secret.length - (s.length - skip), s.length - skip);
        byte[] sec1 = sequence(integer(BigInteger.ONE), der(0x04, secret), der(0xA0, curve));

        byte[] withParameters = concat(pem("EC PARAMETERS", curve), pem("EC PRIVATE KEY", sec1));

        assertThat(Pem.privateKey(pem("PRIVATE KEY", key.getEncoded()), "EC")).isEqualTo(key);
        assertThat(((ECPrivateKey) Pem.privateKey(withParameters, "EC")).getS()).isEqualTo(key.getS());
    }

    @Test
    void what_is_no_single_key_in_clear_is_refused_with_the_reason() {
        byte[] der = {0x30, 0x03, 0x02, 0x01, 0x00};
        assertThatThrownBy(() -> Pem.privateKey(pem("ENCRYPTED PRIVATE KEY", der), "RSA"))
                .hasMessageContaining("openssl pkey");
        assertThatThrownBy(() -> Pem.privateKey(concat(pem("PRIVATE KEY", der), pem("PRIVATE KEY", der)), "RSA"))
                .hasMessageContaining("2 private keys");
        assertThatThrownBy(() -> Pem.privateKey(pem("CERTIFICATE", der), "RSA")).hasMessageContaining("[CERTIFICATE]");
        assertThatThrownBy(() -> Pem.privateKey(pem("PRIVATE KEY", der), "RSA")).hasMessageContaining("damaged");
        for (byte[] damaged : new byte[][] {{}, {0x30}, {0x30, (byte) 0x84, 1}, {0x30, 0x7F, 2, 1, 1, 4, 1}, der}) {
            assertThatThrownBy(() -> Pem.privateKey(pem("EC PRIVATE KEY", damaged), "EC"))
                    .isInstanceOf(Pem.BadPemException.class);
        }
    }

    /** The object identifier of the curve, from a SubjectPublicKeyInfo of a named curve. */
    private static byte[] curveOf(byte[] publicKey) {
        int oid = publicKey[1] == (byte) 0x81 ? 3 : 2;
        int start = oid + 2 + 9;
        return Arrays.copyOfRange(publicKey, start, start + 2 + publicKey[start + 1]);
    }

    private static byte[] pem(String label, byte[] der) {
        return ("Bag Attributes\n-----BEGIN " + label + "-----\n"
                        + Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(der) + "\n-----END " + label
                        + "-----\n")
                .getBytes(US_ASCII);
    }

    private static byte[] integer(BigInteger value) {
        return der(0x02, value.toByteArray());
    }

    private static byte[] sequence(byte[]... parts) {
        return der(0x30, concat(parts));
    }

    private static byte[] der(int tag, byte[] content) {
        int length = content.length;
        byte[] header;
        if (length < 0x80) {
            header = new byte[] {(byte) tag, (byte) length};
        } else if (length <= 0xFF) {
            header = new byte[] {(byte) tag, (byte) 0x81, (byte) length};
        } else {
            header = new byte[] {(byte) tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
        }
        return concat(header, content);
    }

    private static byte[] concat(byte[]... parts) {
        byte[] all = new byte[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }
}
