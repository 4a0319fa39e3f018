package io.trousseau.provider.vault.http;

import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of Vault.
 *
 * @param method {@code GET}, {@code POST}, {@code PUT}, {@code DELETE} or {@code LIST}
 * @param path without {@code /v1/}: {@code transit/encrypt/payments}
 * @param body JSON, or {@code null} for none. Not copied: the caller keeps it unchanged until the call returns, and then
 *     wipes it.
 * @param namespace in which {@code path} is, without slashes at its ends; empty for the root namespace
 */
@SuppressWarnings("ArrayRecordComponent") // Not copied, so that the caller can wipe it.
public record VaultRequest(String method, String path, byte @Nullable [] body, Optional<String> namespace) {
    private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "DELETE", "LIST");
    private static final Set<String> MEANS_ANOTHER_FOLDER = Set.of("", ".", "..");

    /**
     * Checks the form.
     *
     * @throws IllegalArgumentException if the method is none of the five, the path has an empty part or one of dots, or a
     *     method that needs a body has none, or the other way round
     */
    public VaultRequest {
        if (!METHODS.contains(method)) {
            throw new IllegalArgumentException("Vault takes no " + method);
        }
        for (String part : path.split("/", -1)) {
            if (MEANS_ANOTHER_FOLDER.contains(part)) {
                throw new IllegalArgumentException("the path " + path + " has a part \"" + part + "\"");
            }
        }
        if ((body != null) != (method.equals("POST") || method.equals("PUT"))) {
            throw new IllegalArgumentException(
                    method + " of " + path + (body == null ? " needs a body" : " takes no body"));
        }
    }

    /** Reads {@code path}. */
    public static VaultRequest get(String path, Optional<String> namespace) {
        return new VaultRequest("GET", path, null, namespace);
    }

    /** Posts {@code body}, which stays the caller's, to {@code path}. */
    public static VaultRequest post(String path, byte[] body, Optional<String> namespace) {
        return new VaultRequest("POST", path, body, namespace);
    }

    /** Method, namespace and path; nothing of the body. */
    @Override
    public String toString() {
        return method + " " + path
                + namespace.map(name -> " in namespace " + name).orElse("");
    }
}
