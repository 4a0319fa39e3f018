package io.trousseau.provider.gcp;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the service answers.
 *
 * @param host a DNS name, or an IP address, IPv6 without brackets
 * @param port 1 to 65535
 * @param plaintext whether to speak without TLS; only ever on loopback
 */
record Endpoint(String host, int port, boolean plaintext) {
    private static final Pattern FORM =
            Pattern.compile("(?:(?<scheme>https?)://)?(?:\\[(?<ipv6>[0-9a-fA-F:.]+)\\]|(?<host>[a-zA-Z0-9.-]+))"
                    + "(?::(?<port>[0-9]{1,5}))?/?");
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127\\.[0-9]+\\.[0-9]+\\.[0-9]+|::1");

    /** The global endpoint of a universe. */
    static Endpoint of(String universeDomain) {
        return new Endpoint("cloudkms." + universeDomain, 443, false);
    }

    /**
     * The endpoint in a text: a host with or without port, or the same as a URL without path.
     *
     * @return nothing if the text is of another form
     */
    static Optional<Endpoint> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        boolean plaintext = "http".equals(matcher.group("scheme"));
        String host = matcher.group("ipv6") == null ? matcher.group("host") : matcher.group("ipv6");
        int port = matcher.group("port") == null ? (plaintext ? 80 : 443) : Integer.parseInt(matcher.group("port"));
        return port < 1 || port > 65535 ? Optional.empty() : Optional.of(new Endpoint(host, port, plaintext));
    }

    boolean isLoopback() {
        return LOOPBACK.matcher(host).matches();
    }

    /** The host and the port, as they stand in an address. */
    String authority() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    @Override
    public String toString() {
        return (plaintext ? "http://" : "https://") + authority();
    }
}
