package io.trousseau.provider.local;

import io.trousseau.api.ConfigException;
import io.trousseau.api.ConfigSchema;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.ProviderName;

/**
 * The provider {@code local}: AES-256-GCM KEKs in a {@link KeyFile}. Not for production, and it logs so whenever it opens
 * a KEK.
 */
@ProviderName("local")
public final class LocalKmsProvider implements KmsProvider {
    private static final String KEY_FILE = "keyFile";
    private static final ConfigSchema SCHEMA = ConfigSchema.builder()
            .required(
                    KEY_FILE,
                    ConfigSchema.Type.FILE,
                    "The key file, made by \"trousseau keygen\": mode 0600, equal on every node. Changes are seen without"
                            + " a restart.")
            .build();

    /** Does nothing. */
    public LocalKmsProvider() {}

    @Override
    public ConfigSchema schema() {
        return SCHEMA;
    }

    @Override
    public KekHandle open(ProviderConfig config, ProviderContext context) {
        KeyFile file = KeyFile.at(config.file(KEY_FILE));
        KeySet keys;
        try {
            keys = file.load();
        } catch (KeyFileException e) {
            throw new ConfigException(KEY_FILE, String.valueOf(e.getMessage()));
        }
        context.logger()
                .log(
                        System.Logger.Level.WARNING,
                        "member {0}: the KEK {1} lies in the file {2}, where whoever has this machine or its backup has it"
                                + " too. Not for production: use a KMS there",
                        context.member(),
                        keys.identity(),
                        file);
        return new LocalKek(file, keys, context);
    }
}
