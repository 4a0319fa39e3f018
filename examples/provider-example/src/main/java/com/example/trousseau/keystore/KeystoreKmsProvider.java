package com.example.trousseau.keystore;

import io.trousseau.api.*;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.SecretKey;

/** A KEK is one AES key in a PKCS#12 keystore, under an alias. It has one version: a new key is a new KEK. */
@ProviderName("keystore")
public final class KeystoreKmsProvider implements KmsProvider {
    @Override
    public ConfigSchema schema() {
        return ConfigSchema.builder()
                .required("keystore", ConfigSchema.Type.FILE, "A PKCS#12 keystore, made by keytool.")
                .required("passwordFile", ConfigSchema.Type.FILE, "A file with the keystore's password.")
                .required("alias", ConfigSchema.Type.STRING, "The alias of an AES key in the keystore.")
                .build();
    }

    @Override
    public KekHandle open(ProviderConfig config, ProviderContext context) {
        String alias = config.string("alias");
        try (InputStream in = Files.newInputStream(config.file("keystore"))) {
            char[] password = Files.readString(config.file("passwordFile")).strip().toCharArray();
            KeyStore keystore = KeyStore.getInstance("PKCS12");
            keystore.load(in, password);
            if (keystore.getKey(alias, password) instanceof SecretKey key && key.getAlgorithm().equals("AES")) {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(key);
                byte[] digest = mac.doFinal("fingerprint of a KEK".getBytes(StandardCharsets.US_ASCII));
                // Equal on every node and different for another key, whatever alias and file are called.
                String identity = alias + "@" + HexFormat.of().formatHex(digest, 0, 8);
                return new KeystoreKek(new KekVersion(identity, "1"), key);
            }
            throw new ConfigException("alias", "the keystore has no AES key of that alias; make it with: keytool"
                    + " -genseckey -keyalg AES -keysize 256 -alias " + alias + " -keystore " + config.file("keystore"));
        } catch (IOException | GeneralSecurityException e) {
            throw new ConfigException("", "cannot read the keystore with the password of passwordFile: " + e);
        }
    }
}
