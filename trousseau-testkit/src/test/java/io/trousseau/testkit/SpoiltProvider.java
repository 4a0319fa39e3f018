package io.trousseau.testkit;

import io.trousseau.api.ConfigException;
import io.trousseau.api.ConfigSchema;
import io.trousseau.api.ConfigSchema.Setting;
import io.trousseau.api.ConfigSchema.Type;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.ProviderName;
import io.trousseau.testkit.kek.InMemoryKek;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A correct provider; each nested class spoils one thing. */
abstract class SpoiltProvider implements KmsProvider {
    @Override
    public ConfigSchema schema() {
        return ConfigSchema.builder()
                .required("key", Type.STRING, "The key.")
                .optional("timeout", Type.DURATION, "3s", "How long it takes.")
                .build();
    }

    @Override
    public KekHandle open(ProviderConfig config, ProviderContext context) {
        if (config.string("key").isEmpty()) {
            throw new ConfigException("key", "is empty");
        }
        return InMemoryKek.create(config.string("key")).open();
    }

    @ProviderName("correct")
    public static final class Correct extends SpoiltProvider {}

    @ProviderName("Not_A_Label")
    public static final class OddlyNamed extends SpoiltProvider {}

    @ProviderName("hidden")
    static final class Hidden extends SpoiltProvider {
        public Hidden() {}
    }

    @ProviderName("unregistered")
    public static final class Unregistered extends SpoiltProvider {}

    @ProviderName("twin")
    public static final class Twin extends SpoiltProvider {}

    @ProviderName("twin")
    public static final class OtherTwin extends SpoiltProvider {}

    @ProviderName("busy")
    public static final class Busy extends SpoiltProvider {
        public Busy() {
            CountDownLatch never = new CountDownLatch(1);
            Thread poller = new Thread(() -> {
                try {
                    never.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            poller.setDaemon(true);
            poller.start();
        }
    }

    @ProviderName("changing")
    public static final class Changing extends SpoiltProvider {
        private static final AtomicInteger CALLS = new AtomicInteger();

        @Override
        public ConfigSchema schema() {
            return ConfigSchema.builder()
                    .required("key", Type.STRING, "The key, asked for " + CALLS.incrementAndGet() + " times.")
                    .build();
        }
    }

    @ProviderName("undocumented")
    public static final class Undocumented extends SpoiltProvider {
        @Override
        public ConfigSchema schema() {
            return ConfigSchema.builder().required("key", Type.STRING, "").build();
        }
    }

    @ProviderName("ill-defaulted")
    public static final class IllDefaulted extends SpoiltProvider {
        @Override
        public ConfigSchema schema() {
            return ConfigSchema.builder()
                    .required("key", Type.STRING, "The key.")
                    .optional("timeout", Type.DURATION, "3 seconds", "How long it takes.")
                    .build();
        }
    }

    @ProviderName("outside-its-choices")
    public static final class OutsideItsChoices extends SpoiltProvider {
        @Override
        public ConfigSchema schema() {
            return ConfigSchema.builder()
                    .required("key", Type.STRING, "The key.")
                    .add(new Setting("mode", Type.STRING, false, Optional.of("a"), Set.of("b"), "The mode."))
                    .build();
        }
    }

    @ProviderName("indiscreet")
    public static final class Indiscreet extends SpoiltProvider {
        @Override
        public ConfigSchema schema() {
            return ConfigSchema.builder()
                    .required("key", Type.STRING, "The key.")
                    .optional("clientSecret", Type.STRING, "The secret.")
                    .build();
        }
    }

    @ProviderName("impatient")
    public static final class Impatient extends SpoiltProvider {
        @Override
        public KekHandle open(ProviderConfig config, ProviderContext context) {
            KekHandle handle = super.open(config, context);
            handle.close();
            throw new KmsException(KmsException.Code.UNAVAILABLE, "the KMS is not there");
        }
    }

    @ProviderName("sharing")
    public static final class Sharing extends SpoiltProvider {
        private static final KekHandle ONE = InMemoryKek.create("kek").open();

        @Override
        public KekHandle open(ProviderConfig config, ProviderContext context) {
            super.open(config, context).close();
            return ONE;
        }
    }

    @ProviderName("careless")
    public static final class Careless extends SpoiltProvider {
        @Override
        public KekHandle open(ProviderConfig config, ProviderContext context) {
            return InMemoryKek.create("kek").open();
        }
    }

    @ProviderName("misleading")
    public static final class Misleading extends SpoiltProvider {
        @Override
        public KekHandle open(ProviderConfig config, ProviderContext context) {
            if (config.string("key").isEmpty()) {
                throw new ConfigException("keyName", "is empty");
            }
            return super.open(config, context);
        }
    }
}
