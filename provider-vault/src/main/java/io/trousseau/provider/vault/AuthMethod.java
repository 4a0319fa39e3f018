package io.trousseau.provider.vault;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The login methods, and which settings each needs and takes. */
enum AuthMethod {
    TOKEN("token"),
    APPROLE("approle"),
    KUBERNETES("kubernetes"),
    JWT("jwt"),
    CERT("cert"),
    USERPASS("userpass");

    /** Settings that belong to the connection too, so that no method can call them useless. */
    private static final Set<String> SHARED = Set.of("clientCertificateFile", "clientKeyFile");

    private final String label;

    AuthMethod(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }

    /** The settings without which it cannot log in. */
    List<String> needed() {
        return switch (this) {
            case TOKEN -> List.of("tokenFile");
            case APPROLE -> List.of("secretIdFile");
            case KUBERNETES -> List.of("role");
            case JWT -> List.of("jwtFile");
            case CERT -> List.of("clientCertificateFile", "clientKeyFile");
            case USERPASS -> List.of("username", "passwordFile");
        };
    }

    /** The settings that it takes besides. */
    private List<String> taken() {
        return switch (this) {
            case APPROLE -> List.of("roleId", "roleIdFile", "secretIdWrapped", "role");
            case KUBERNETES -> List.of("jwtFile");
            case JWT, CERT -> List.of("role");
            case TOKEN, USERPASS -> List.of();
        };
    }

    boolean uses(String setting) {
        return needed().contains(setting) || taken().contains(setting);
    }

    /** The settings of which at least one method has no use. */
    static Set<String> allSettings() {
        return Stream.of(values())
                .flatMap(method -> Stream.concat(method.needed().stream(), method.taken().stream()))
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
