package io.trousseau.testkit.kek;

import io.trousseau.api.Capability;
import io.trousseau.api.ConfigException;
import io.trousseau.api.ConfigException.Problem;
import io.trousseau.api.ConfigSchema;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsProvider;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.ProviderName;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * A KMS that fails on command, for tests that run Trousseau in another process. It protects nothing: its keys are
 * computed from the text of the setting {@code key}, which everyone who reads the configuration can do too; opening one
 * says so as a warning.
 *
 * <p>{@link java.util.ServiceLoader} does not find it by this jar alone: whoever wants it names it in a
 * {@code META-INF/services/io.trousseau.api.KmsProvider} of their own.
 *
 * <p>Every process that is given the same {@code key} holds the same KEK, of {@value #VERSIONS} versions. Before each call
 * it reads {@code controlFile}, whose lines say what happens from now on, later ones winning over earlier ones; without
 * the file or a line, all is well:
 *
 * <pre>
 * ok [wrap|unwrap|describe]            answer
 * hang [wrap|unwrap|describe]          do not answer until the deadline
 * error CODE [wrap|unwrap|describe]    fail with a KmsException.Code
 * corrupt [wrap|unwrap]                answer with one bit flipped
 * junk [wrap|unwrap]                   answer with bytes that mean nothing
 * version N                            wrap under this version, 1 at first
 * </pre>
 *
 * Replace the file as a whole, by renaming another over it. To {@code callLog}, if given, each call appends one line, the
 * operation's name, before anything else happens to it.
 */
@ProviderName("fault")
public final class FaultProvider implements KmsProvider {
    /** How many versions its KEK has. */
    public static final int VERSIONS = 100;

    /** For {@link java.util.ServiceLoader}. */
    public FaultProvider() {}

    @Override
    public ConfigSchema schema() {
        return ConfigSchema.builder()
                .required(
                        "key",
                        ConfigSchema.Type.STRING,
                        "Names the key and is all that the key is made of: it protects nothing.")
                .required(
                        "controlFile",
                        ConfigSchema.Type.FILE,
                        "What goes wrong; read before each call. It need not exist.")
                .optional("callLog", ConfigSchema.Type.FILE, "Each call appends the name of its operation here.")
                .build();
    }

    @Override
    public KekHandle open(ProviderConfig config, ProviderContext context) {
        String key = config.string("key");
        Path controlFile = config.file("controlFile");
        Optional<Path> callLog = config.optionalFile("callLog");
        List<Problem> problems = new ArrayList<>();
        String identity = "protects-nothing/" + key;
        try {
            KekVersion unused = new KekVersion(identity, "1");
        } catch (IllegalArgumentException e) {
            problems.add(new Problem("key", "cannot be part of a KEK identity: " + e.getMessage()));
        }
        if (key.isBlank()) {
            problems.add(new Problem("key", "is blank; give it any text"));
        }
        if (callLog.isPresent() && callLog.get().equals(controlFile)) {
            problems.add(new Problem("callLog", "is the control file; name another file"));
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        context.logger()
                .log(
                        System.Logger.Level.WARNING,
                        "member {0}: the provider \"fault\" PROTECTS NOTHING and fails on command; it is for tests alone",
                        context.member());
        return new FaultKek(kek(identity, key), new ControlFile(controlFile), callLog);
    }

    private static InMemoryKek kek(String identity, String key) {
        InMemoryKek kek = new InMemoryKek(identity, EnumSet.allOf(Capability.class), number -> secretKey(key, number));
        while (!kek.current().version().equals(Integer.toString(VERSIONS))) {
            kek.rotate();
        }
        return kek;
    }

    private static SecretKey secretKey(String key, int number) {
        try {
            byte[] seed = ("trousseau fault provider, protects nothing: " + number + ": " + key)
                    .getBytes(StandardCharsets.UTF_8);
            return new SecretKeySpec(MessageDigest.getInstance("SHA-256").digest(seed), "AES");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
