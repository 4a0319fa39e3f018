package io.trousseau.server.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a loopback address without asking a name server. */
final class LoopbackAddress {
    static final String PATTERN = "(localhost|\\[::1\\]|127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}):[0-9]{1,5}";

    private static final Pattern FORM = Pattern.compile("(.*):([0-9]{1,5})");
    private static final byte[] IPV6_LOOPBACK = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

    private LoopbackAddress() {}

    /** The address of {@code text}; empty if it is of another form or not loopback. */
    static Optional<InetSocketAddress> parse(String text) {
        Matcher parts = FORM.matcher(text);
        if (!text.matches(PATTERN) || !parts.matches()) {
            return Optional.empty();
        }
        int port = Integer.parseInt(parts.group(2));
        return port > 65535 ? Optional.empty() : host(parts.group(1)).map(host -> new InetSocketAddress(host, port));
    }

    private static Optional<InetAddress> host(String host) {
        try {
            if (host.equals("[::1]")) {
                return Optional.of(InetAddress.getByAddress(IPV6_LOOPBACK));
            }
            byte[] bytes = new byte[4];
            String[] numbers = (host.equals("localhost") ? "127.0.0.1" : host).split("\\.", -1);
            for (int i = 0; i < bytes.length; i++) {
                int number = Integer.parseInt(numbers[i]);
                if (number > 255) {
                    return Optional.empty();
                }
                bytes[i] = (byte) number;
            }
            return Optional.of(InetAddress.getByAddress(bytes));
        } catch (UnknownHostException e) {
            throw new AssertionError("an address of 4 or 16 bytes", e);
        }
    }
}
