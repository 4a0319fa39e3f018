package io.trousseau.testkit.vault;

import java.util.Locale;

/** What a policy allows on a path. */
enum Capability {
    CREATE,
    DELETE,
    DENY,
    LIST,
    PATCH,
    READ,
    ROOT,
    SCAN,
    SUDO,
    UPDATE;

    static Capability of(FakeCall call) {
        return switch (call.method()) {
            case "GET" -> READ;
            case "LIST" -> LIST;
            case "DELETE" -> DELETE;
            default -> UPDATE;
        };
    }

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
