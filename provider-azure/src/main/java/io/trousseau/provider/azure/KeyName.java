package io.trousseau.provider.azure;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A key in a vault or a Managed HSM. Azure tells neither hosts nor names apart by case, so both are kept in lower case: two
 * nodes that write the URL differently have the same KEK.
 *
 * @param vault {@code https://NAME.vault.azure.net}, with a port where it is not 443
 * @param name the key's name
 */
record KeyName(String vault, String name) {
    private static final Pattern PATH = Pattern.compile("/keys/([0-9A-Za-z-]{1,127})(?:/([0-9A-Za-z-]{1,127}))?/?");
    private static final Pattern VERSION = Pattern.compile("[0-9A-Za-z-]{1,127}");

    /** A key or, with a version, one version of it. */
    record Parsed(KeyName key, Optional<String> version) {}

    /**
     * Reads a URL of configuration.
     *
     * @throws IllegalArgumentException if it is none of a key without a version; the message says what to write
     */
    static KeyName ofSetting(String url) {
        Parsed parsed = parse(url)
                .orElseThrow(() -> new IllegalArgumentException("must be the URL of a key,"
                        + " https://VAULT.vault.azure.net/keys/NAME or https://HSM.managedhsm.azure.net/keys/NAME"));
        if (parsed.version().isPresent()) {
            throw new IllegalArgumentException("names a version; leave the last part away: Trousseau wraps under the"
                    + " current version and unwraps under the one that wrapped, so that a rotation just works");
        }
        return parsed.key();
    }

    /** Reads a key's URL, of configuration or out of an answer; empty if it is none. */
    static Optional<Parsed> parse(String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
        if (!"https".equalsIgnoreCase(uri.getScheme())
                || uri.getHost() == null
                || uri.getUserInfo() != null
                || uri.getQuery() != null
                || uri.getFragment() != null
                || uri.getRawPath() == null) {
            return Optional.empty();
        }
        Matcher path = PATH.matcher(uri.getRawPath());
        if (!path.matches()) {
            return Optional.empty();
        }
        String port = uri.getPort() == -1 || uri.getPort() == 443 ? "" : ":" + uri.getPort();
        String vault = "https://" + uri.getHost().toLowerCase(Locale.ROOT) + port;
        KeyName key = new KeyName(vault, path.group(1).toLowerCase(Locale.ROOT));
        return Optional.of(new Parsed(key, Optional.ofNullable(path.group(2))));
    }

    /** Whether a text can be a version, and so may stand in a URL. */
    static boolean isVersion(String text) {
        return VERSION.matcher(text).matches();
    }

    /** The host, without a port. */
    String host() {
        return URI.create(vault).getHost();
    }

    /** The URL without a version. */
    String url() {
        return vault + "/keys/" + name;
    }

    /** The URL of a version. */
    String url(String version) {
        return url() + "/" + version;
    }

    @Override
    public String toString() {
        return url();
    }
}
