package io.trousseau.testkit.vault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("XChaCha20")
class XChaCha20Test {
    @Test
    @DisplayName("derives the subkey of draft-irtf-cfrg-xchacha-03, section 2.2.1")
    void subkey() {
        byte[] key = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        byte[] nonce = HexFormat.of().parseHex("000000090000004a00000000314159270000000000000000");

        assertThat(HexFormat.of().formatHex(XChaCha20.subkey(key, nonce)))
                .isEqualTo("82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc");
    }
}
