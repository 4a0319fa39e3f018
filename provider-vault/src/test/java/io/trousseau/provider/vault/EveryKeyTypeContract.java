package io.trousseau.provider.vault;

import io.trousseau.provider.vault.transit.KeyType;
import io.trousseau.testkit.vault.VaultServer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;

/** The rules of every KEK, for each type of key at one Vault. */
abstract class EveryKeyTypeContract {
    /** With a Transit engine at {@code transit}. */
    abstract VaultServer server();

    @Nested
    @DisplayName("aes256-gcm96")
    class Aes256 extends VaultKekContract {
        Aes256() {
            super(EveryKeyTypeContract.this::server, KeyType.AES256_GCM96);
        }
    }

    @Nested
    @DisplayName("aes128-gcm96")
    class Aes128 extends VaultKekContract {
        Aes128() {
            super(EveryKeyTypeContract.this::server, KeyType.AES128_GCM96);
        }
    }

    @Nested
    @DisplayName("chacha20-poly1305")
    class ChaCha20 extends VaultKekContract {
        ChaCha20() {
            super(EveryKeyTypeContract.this::server, KeyType.CHACHA20_POLY1305);
        }
    }

    @Nested
    @DisplayName("xchacha20-poly1305")
    class XChaCha20 extends VaultKekContract {
        XChaCha20() {
            super(EveryKeyTypeContract.this::server, KeyType.XCHACHA20_POLY1305);
        }
    }

    @Nested
    @DisplayName("rsa-2048")
    class Rsa2048 extends VaultKekContract {
        Rsa2048() {
            super(EveryKeyTypeContract.this::server, KeyType.RSA_2048);
        }
    }

    @Nested
    @DisplayName("rsa-3072")
    class Rsa3072 extends VaultKekContract {
        Rsa3072() {
            super(EveryKeyTypeContract.this::server, KeyType.RSA_3072);
        }
    }

    @Nested
    @DisplayName("rsa-4096")
    class Rsa4096 extends VaultKekContract {
        Rsa4096() {
            super(EveryKeyTypeContract.this::server, KeyType.RSA_4096);
        }
    }
}
