package io.trousseau.api;

/**
 * Code that speaks to one kind of KMS, found by {@link java.util.ServiceLoader}.
 *
 * <p>An implementation is a public class annotated with {@link ProviderName}, with a public no-argument constructor that
 * does nothing: no I/O, no threads, no static state. It is stateless; everything that an opened KEK needs is in its
 * {@link KekHandle}.
 *
 * <h2>Concurrency</h2>
 * Safe for use by any number of threads without external locking.
 */
public interface KmsProvider {
    /**
     * The settings that this provider takes in a member's {@code config} block.
     *
     * <p>Trousseau checks the block against this schema before {@link #open}: unknown names, missing required settings
     * and values of the wrong type never reach the provider.
     *
     * @return the same schema at every call
     */
    ConfigSchema schema();

    /**
     * Opens one configured KEK.
     *
     * <p>Checks the settings against each other and against local files (credentials, certificates, key files), and
     * builds the client. It does <em>not</em> need the KMS to be reachable and does not wait for the network: a plugin
     * must start while a KMS is down. The first call of the handle connects.
     *
     * @param config the member's settings, already checked against {@link #schema()}
     * @param context what the host lends to the provider; it outlives the handle
     * @return a new handle, which the caller closes
     * @throws ConfigException if the settings contradict each other or a file they name is unusable; it carries every
     *     problem, not only the first. Nothing stays open.
     */
    KekHandle open(ProviderConfig config, ProviderContext context);
}
