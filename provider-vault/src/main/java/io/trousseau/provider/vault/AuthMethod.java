package io.trousseau.provider.vault;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The login methods, and which settings each needs and takes. */
enum AuthMethod {
    TOKEN("token", List.of("tokenFile"), List.of()),
    APPROLE("approle", List.of("secretIdFile"), List.of("roleId", "roleIdFile", "secretIdWrapped", "role")),
    KUBERNETES("kubernetes", List.of("role"), List.of("jwtFile")),
    JWT("jwt", List.of("jwtFile"), List.of("role")),
    CERT("cert", List.of("clientCertificateFile", "clientKeyFile"), List.of("role")),
    USERPASS("userpass", List.of("username", "passwordFile"), List.of());

    /** Settings that belong to the connection too, so that no method can call them useless. */
    private static final Set<String> SHARED = Set.of("clientCertificateFile", "clientKeyFile");

    private final String label;
    private final List<String> needed;
    private final List<String> taken;

    AuthMethod(String label, List<String> needed, List<String> taken) {
        this.label = label;
        this.needed = needed;
        this.taken = taken;
    }

    String label() {
        return label;
    }

    List<String> needed() {
        return needed;
    }

    boolean uses(String setting) {
        return needed.contains(setting) || taken.contains(setting);
    }

    /** The settings of which at least one method has no use. */
    static Set<String> allSettings() {
        return Stream.of(values())
                .flatMap(method -> Stream.concat(method.needed.stream(), method.taken.stream()))
                .filter(setting -> !SHARED.contains(setting))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** The names, for the schema. */
    static Set<String> labels() {
        return Stream.of(values()).map(AuthMethod::label).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** Which methods use {@code setting}, for people. */
    static String usersOf(String setting) {
        return Stream.of(values())
                .filter(method -> method.uses(setting))
                .map(AuthMethod::label)
                .collect(Collectors.joining(", "));
    }
}
