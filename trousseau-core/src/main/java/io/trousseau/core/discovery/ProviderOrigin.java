package io.trousseau.core.discovery;

import io.trousseau.api.KmsProvider;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Optional;

/**
 * Where a provider comes from, for the log and for error messages.
 *
 * @param className the provider's class
 * @param location the jar or folder that the class was loaded from, as a path where it is a file and else as a URL;
 *     {@code (unknown)} if the class loader does not say
 * @param version the version that the jar's manifest or module states, if it states one
 */
public record ProviderOrigin(String className, String location, Optional<String> version) {
    static ProviderOrigin of(Class<? extends KmsProvider> type) {
        return new ProviderOrigin(type.getName(), location(type), version(type));
    }

    private static String location(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            return "(unknown)";
        }
        URL url = source.getLocation();
        try {
            return url.getProtocol().equals("file") ? Path.of(url.toURI()).toString() : url.toString();
        } catch (URISyntaxException | IllegalArgumentException e) {
            return url.toString();
        }
    }

    private static Optional<String> version(Class<?> type) {
        return Optional.ofNullable(type.getPackage().getImplementationVersion())
                .or(() -> Optional.ofNullable(type.getModule().getDescriptor()).flatMap(module -> module.rawVersion()));
    }

    /** The class, its jar and its version. */
    @Override
    public String toString() {
        return className + " from " + location
                + version.map(v -> ", version " + v).orElse("");
    }
}
