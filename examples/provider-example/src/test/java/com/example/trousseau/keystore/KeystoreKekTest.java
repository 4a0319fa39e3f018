package com.example.trousseau.keystore;

import io.trousseau.api.KekHandle;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.KekHandleContract;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import javax.crypto.KeyGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class KeystoreKekTest extends KekHandleContract {
    private static final String PASSWORD = "correct-horse-battery-staple";

    @TempDir
    Path folder;

    @BeforeEach
    void makeKeystore() throws Exception {
        KeyStore keystore = KeyStore.getInstance("PKCS12");
        keystore.load(null, null);
        KeyGenerator aes = KeyGenerator.getInstance("AES");
        aes.init(256);
        for (String alias : List.of("payments", "other")) {
            keystore.setKeyEntry(alias, aes.generateKey(), PASSWORD.toCharArray(), null);
        }
        try (OutputStream out = Files.newOutputStream(folder.resolve("kek.p12"))) {
            keystore.store(out, PASSWORD.toCharArray());
        }
        Files.writeString(folder.resolve("password"), PASSWORD + "\n");
    }

    @Override
    protected KekHandle openKek(ProviderContext context) {
        return open("payments", context);
    }

    @Override
    protected KekHandle openOtherKek(ProviderContext context) {
        return open("other", context);
    }

    @Override
    protected List<String> secrets() {
        return List.of(PASSWORD);
    }

    private KekHandle open(String alias, ProviderContext context) {
        Map<String, Object> settings = Map.of(
                "keystore", folder.resolve("kek.p12"),
                "passwordFile", folder.resolve("password"),
                "alias", alias);
        return new KeystoreKmsProvider().open(ProviderConfig.of(settings), context);
    }
}
