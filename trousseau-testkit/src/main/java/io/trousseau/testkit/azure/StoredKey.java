package io.trousseau.testkit.azure;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** A key of the fake: its versions, oldest first. Not safe for use by several threads: its owner locks. */
final class StoredKey {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String name;
    private final String type;
    private final int bits;
    private final List<Version> versions = new ArrayList<>();
    private List<String> operations;

    StoredKey(String name, String type, int bits, List<String> operations, Instant now) {
        this.name = name;
        this.type = type;
        this.bits = bits;
        this.operations = List.copyOf(operations);
        rotate(now);
    }

    private StoredKey(StoredKey source) {
        this.name = source.name;
        this.type = source.type;
        this.bits = source.bits;
        this.operations = source.operations;
        source.versions.forEach(version -> versions.add(new Version(version.id, version.material, version.created)));
    }

    /** A copy with the same versions, all enabled. */
    StoredKey backup() {
        return new StoredKey(this);
    }

    String name() {
        return name;
    }

    String type() {
        return type;
    }

    List<String> operations() {
        return operations;
    }

    void operations(List<String> operations) {
        this.operations = List.copyOf(operations);
    }

    List<Version> versions() {
        return versions;
    }

    Version current() {
        return versions.get(versions.size() - 1);
    }

    Optional<Version> version(String id) {
        return versions.stream().filter(version -> version.id.equals(id)).findFirst();
    }

    void rotate(Instant now) {
        byte[] id = new byte[16];
        RANDOM.nextBytes(id);
        versions.add(new Version(HexFormat.of().formatHex(id), type.startsWith("RSA") ? rsa() : new Oct(bits), now));
    }

    private Material rsa() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(bits);
            return new Rsa(generator.generateKeyPair());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One version: material and attributes. */
    static final class Version {
        final String id;
        final Material material;
        final Instant created;
        Instant updated;
        boolean enabled = true;

        @Nullable Instant notBefore;

        @Nullable Instant expires;

        Version(String id, Material material, Instant now) {
            this.id = id;
            this.material = material;
            this.created = now;
            this.updated = now;
        }
    }

    /** What an operation makes. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares results
    record Result(byte[] value, Optional<byte[]> iv, Optional<byte[]> tag) {
        static Result of(byte[] value) {
            return new Result(value, Optional.empty(), Optional.empty());
        }
    }

    /** What an operation takes. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares inputs
    record Input(byte[] value, Optional<byte[]> iv, Optional<byte[]> tag, Optional<byte[]> aad) {}

    /** Key material. */
    interface Material {
        /** The algorithms for encrypt and wrapKey. */
        Set<String> algorithms(boolean wrap);

        Result seal(String algorithm, Input input) throws GeneralSecurityException;

        Result open(String algorithm, Input input) throws GeneralSecurityException;

        Optional<RSAPublicKey> publicKey();
    }

    /** An RSA key pair. */
    private record Rsa(KeyPair pair) implements Material {
        @Override
        public Set<String> algorithms(boolean wrap) {
            return Set.of("RSA-OAEP-256", "RSA-OAEP", "RSA1_5");
        }

        @Override
        public Result seal(String algorithm, Input input) throws GeneralSecurityException {
            return Result.of(cipher(algorithm, Cipher.ENCRYPT_MODE).doFinal(input.value()));
        }

        @Override
        public Result open(String algorithm, Input input) throws GeneralSecurityException {
            int size = (((RSAPublicKey) pair.getPublic()).getModulus().bitLength() + 7) / 8;
            if (input.value().length != size) {
                throw new GeneralSecurityException("a ciphertext of " + input.value().length + " bytes");
            }
            return Result.of(cipher(algorithm, Cipher.DECRYPT_MODE).doFinal(input.value()));
        }

        private Cipher cipher(String algorithm, int mode) throws GeneralSecurityException {
            java.security.Key key = mode == Cipher.ENCRYPT_MODE ? pair.getPublic() : pair.getPrivate();
            if (algorithm.equals("RSA1_5")) {
                Cipher cipher = Cipher.getInstance("RSA/ECB/PKCS1Padding");
                cipher.init(mode, key);
                return cipher;
            }
            boolean sha256 = algorithm.equals("RSA-OAEP-256");
            Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
            cipher.init(
                    mode,
                    key,
                    new OAEPParameterSpec(
                            sha256 ? "SHA-256" : "SHA-1",
                            "MGF1",
                            sha256 ? MGF1ParameterSpec.SHA256 : MGF1ParameterSpec.SHA1,
                            PSource.PSpecified.DEFAULT));
            return cipher;
        }

        @Override
        public Optional<RSAPublicKey> publicKey() {
            return Optional.of((RSAPublicKey) pair.getPublic());
        }
    }

    /** A symmetric key of a Managed HSM. */
    private static final class Oct implements Material {
        private final byte[] key;

        Oct(int bits) {
            this.key = new byte[bits / 8];
            RANDOM.nextBytes(key);
        }

        @Override
        public Set<String> algorithms(boolean wrap) {
            return Set.of("A" + key.length * 8 + (wrap ? "KW" : "GCM"));
        }

        @Override
        public Result seal(String algorithm, Input input) throws GeneralSecurityException {
            if (algorithm.endsWith("KW")) {
                return Result.of(keyWrap(Cipher.ENCRYPT_MODE, input.value()));
            }
            byte[] iv = new byte[12];
            RANDOM.nextBytes(iv);
            byte[] sealed = gcm(Cipher.ENCRYPT_MODE, iv, input.aad(), input.value());
            int length = sealed.length - 16;
            return new Result(
                    Arrays.copyOf(sealed, length),
                    Optional.of(iv),
                    Optional.of(Arrays.copyOfRange(sealed, length, sealed.length)));
        }

        @Override
        public Result open(String algorithm, Input input) throws GeneralSecurityException {
            if (algorithm.endsWith("KW")) {
                return Result.of(keyWrap(Cipher.DECRYPT_MODE, input.value()));
            }
            byte[] iv = input.iv().orElseThrow(() -> new GeneralSecurityException("iv is missing"));
            byte[] tag = input.tag().orElseThrow(() -> new GeneralSecurityException("tag is missing"));
            if (tag.length != 16) {
                throw new GeneralSecurityException("a tag of " + tag.length + " bytes");
            }
            byte[] sealed = Arrays.copyOf(input.value(), input.value().length + 16);
            System.arraycopy(tag, 0, sealed, input.value().length, 16);
            return Result.of(gcm(Cipher.DECRYPT_MODE, iv, input.aad(), sealed));
        }

        private byte[] keyWrap(int mode, byte[] input) throws GeneralSecurityException {
            if (input.length % 8 != 0 || input.length < 16) {
                throw new InvalidKeyException("AES key wrap takes multiples of 8 bytes");
            }
            Cipher cipher = Cipher.getInstance("AES/KW/NoPadding");
            cipher.init(mode, new SecretKeySpec(key, "AES"));
            return cipher.doFinal(input);
        }

        private byte[] gcm(int mode, byte[] iv, Optional<byte[]> aad, byte[] input) throws GeneralSecurityException {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, iv));
            aad.ifPresent(cipher::updateAAD);
            return cipher.doFinal(input);
        }

        @Override
        public Optional<RSAPublicKey> publicKey() {
            return Optional.empty();
        }
    }

    /** A positive number as bytes without a leading zero, as a JSON Web Key has it. */
    static byte[] unsigned(BigInteger number) {
        byte[] bytes = number.toByteArray();
        return bytes[0] == 0 && bytes.length > 1 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    }
}
