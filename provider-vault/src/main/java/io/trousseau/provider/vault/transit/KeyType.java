package io.trousseau.provider.vault.transit;

import io.trousseau.api.Capability;
import io.trousseau.api.KekTraits;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The types of Transit keys that encrypt, under Vault's own names. */
public enum KeyType {
    /** AES-256-GCM, Vault's default. */
    AES256_GCM96("aes256-gcm96", true, 28, 4096),
    /** AES-128-GCM. */
    AES128_GCM96("aes128-gcm96", true, 28, 4096),
    /** ChaCha20-Poly1305. */
    CHACHA20_POLY1305("chacha20-poly1305", true, 28, 4096),
    /** XChaCha20-Poly1305, which OpenBao has. */
    XCHACHA20_POLY1305("xchacha20-poly1305", true, 40, 4096),
    /** RSA-OAEP with SHA-256, 2048 bits. */
    RSA_2048("rsa-2048", false, 256, 256 - 66),
    /** RSA-OAEP with SHA-256, 3072 bits. */
    RSA_3072("rsa-3072", false, 384, 384 - 66),
    /** RSA-OAEP with SHA-256, 4096 bits. */
    RSA_4096("rsa-4096", false, 512, 512 - 66);

    private static final int SHORT_PLAINTEXT_BYTES = 64;

    private final String label;
    private final boolean aead;
    private final int size;
    private final int maxPlaintextBytes;

    KeyType(String label, boolean aead, int size, int maxPlaintextBytes) {
        this.label = label;
        this.aead = aead;
        this.size = size;
        this.maxPlaintextBytes = maxPlaintextBytes;
    }

    /** Vault's name of it: {@code aes256-gcm96}. */
    public String label() {
        return label;
    }

    /** The type of that name. */
    public static Optional<KeyType> of(String label) {
        return Stream.of(values()).filter(type -> type.label.equals(label)).findFirst();
    }

    /** Whether it binds associated data and authenticates. RSA does neither: anyone can encrypt to a public key. */
    boolean isAead() {
        return aead;
    }

    /** The largest input in bytes: for RSA what OAEP leaves room for, else what is sensible for a key. */
    int maxPlaintextBytes() {
        return maxPlaintextBytes;
    }

    /** The exact size of the ciphertext of {@code plaintextBytes} bytes, without Vault's prefix and base64. */
    int ciphertextBytes(int plaintextBytes) {
        return aead ? plaintextBytes + size : size;
    }

    /** Whether a ciphertext can have {@code bytes} bytes. */
    boolean fitsCiphertext(int bytes) {
        return aead ? bytes > size && bytes <= size + maxPlaintextBytes : bytes == size;
    }

    KekTraits traits() {
        Set<Capability> capabilities = EnumSet.of(Capability.NAMES_VERSION_ON_WRAP, Capability.NAMES_VERSION_ON_UNWRAP);
        if (aead) {
            capabilities.add(Capability.BINDS_CONTEXT);
            capabilities.add(Capability.AUTHENTICATED);
        }
        return new KekTraits(capabilities, maxPlaintextBytes, ciphertextBytes(SHORT_PLAINTEXT_BYTES));
    }
}
