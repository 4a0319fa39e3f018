package io.trousseau.provider.gcp;

import io.trousseau.api.*;
import java.util.*;

@ProviderName("gcp")
public final class GcpKmsProvider implements KmsProvider {
    public GcpKmsProvider() {}

    @Override
    public ConfigSchema schema() {
        return ConfigSchema.builder()
                .required("key", ConfigSchema.Type.STRING, "key")
                .optional("endpoint", ConfigSchema.Type.STRING, "x")
                .build();
    }

    @Override
    public KekHandle open(ProviderConfig config, ProviderContext context) {
        CryptoKeyName key =
                CryptoKeyName.parse(config.string("key")).orElseThrow(() -> new ConfigException("key", "is no key"));
        Threads threads = new Threads(context.member());
        Connection c = new Connection(
                Endpoint.parse(config.string("endpoint")).get(), Optional.empty(), Optional.empty(), threads);
        return new GcpKek(
                key,
                new Service(
                        c,
                        new Authorization() {
                            public Token token(Operation o, Deadline d) {
                                return new Token(Map.of());
                            }

                            public boolean renew(Token t) {
                                return false;
                            }
                        },
                        threads),
                threads);
    }
}
