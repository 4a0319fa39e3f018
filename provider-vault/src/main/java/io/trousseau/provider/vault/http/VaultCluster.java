package io.trousseau.provider.vault.http;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where one Vault cluster is and how it is spoken to. Each part is a setting of the same name.
 *
 * @param addresses of the nodes or of what stands before them, one or more: {@code https://vault-1:8200}. All lead to the
 *     same cluster.
 * @param caFile PEM certificates, of which one must have signed what the nodes show; empty for those that the JVM trusts
 * @param serverName which the nodes' certificates must be for; empty for the address's own host
 * @param clientCertificateFile PEM certificates that this side shows, its own first; empty for none
 * @param clientKeyFile the PEM key of that certificate; there if and only if it is
 * @param proxy an HTTP proxy through which all connections go; empty for none, whatever the environment says
 */
public record VaultCluster(
        List<URI> addresses,
        Optional<Path> caFile,
        Optional<String> serverName,
        Optional<Path> clientCertificateFile,
        Optional<Path> clientKeyFile,
        Optional<URI> proxy) {
    private static final Pattern LOOPBACK_IPV4 = Pattern.compile("127(\\.[0-9]{1,3}){3}");

    /**
     * Copies the addresses.
     *
     * @throws IllegalArgumentException if there is none, or one of the certificate and its key is missing
     */
    public VaultCluster {
        addresses = List.copyOf(addresses);
        if (addresses.isEmpty()) {
            throw new IllegalArgumentException("no address");
        }
        if (clientCertificateFile.isPresent() != clientKeyFile.isPresent()) {
            throw new IllegalArgumentException("clientCertificateFile and clientKeyFile belong together");
        }
    }

    /** A cluster at {@code addresses}, with all else left out. */
    public static VaultCluster at(URI... addresses) {
        return new VaultCluster(
                List.of(addresses),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** Whether what is sent to {@code address} crosses a network that others may listen to. */
    public static boolean isPlainHttpBeyondLoopback(URI address) {
        return "http".equalsIgnoreCase(address.getScheme()) && !isLoopback(address.getHost());
    }

    private static boolean isLoopback(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        return name.equals("localhost")
                || name.equals("[::1]")
                || LOOPBACK_IPV4.matcher(name).matches();
    }
}
