package io.trousseau.server.config;

import io.trousseau.api.ConfigException;
import io.trousseau.api.ConfigSchema;
import io.trousseau.api.ConfigSchema.Setting;
import io.trousseau.api.ConfigSchema.Type;
import io.trousseau.api.Deadline;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekTraits;
import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.ProviderName;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A provider that looks at its key file and wraps nothing; it remembers which members it opened and closed. */
@ProviderName("keyfile")
final class KeyFileProvider implements KmsProvider {
    final List<String> opened = new ArrayList<>();
    final List<String> closed = new ArrayList<>();
    int maxWrappedBytes = 100;

    @Override
    public ConfigSchema schema() {
        return ConfigSchema.builder()
                .required("keyFile", Type.FILE, "The key file.")
                .optional("timeout", Type.DURATION, "1s", "How long.")
                .optional("slots", Type.INTEGER, "How many.")
                .optional("verify", Type.BOOLEAN, "Whether.")
                .optional("scopes", Type.STRING_LIST, "Which.")
                .add(new Setting("mode", Type.STRING, false, Optional.empty(), Set.of("fips"), "How."))
                .build();
    }

    @Override
    public KekHandle open(ProviderConfig config, ProviderContext context) {
        Path keyFile = config.file("keyFile");
        if (keyFile.endsWith("bug.key")) {
            throw new IllegalStateException("s3cret");
        }
        if (!Files.exists(keyFile)) {
            throw new ConfigException("keyFile", keyFile + " does not exist");
        }
        if (config.has("slots") && config.has("verify")) {
            throw new ConfigException("", "takes slots or verify, not both");
        }
        opened.add(context.member());
        return new Handle(context.member());
    }

    private final class Handle implements KekHandle {
        private final String member;

        Handle(String member) {
            this.member = member;
        }

        @Override
        public KekTraits traits() {
            return new KekTraits(Set.of(), 64, maxWrappedBytes);
        }

        @Override
        public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
            throw new UnsupportedOperationException();
        }

        @Override
        public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
            throw new UnsupportedOperationException();
        }

        @Override
        public KekDescription describe(Deadline deadline) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            closed.add(member);
        }
    }
}
