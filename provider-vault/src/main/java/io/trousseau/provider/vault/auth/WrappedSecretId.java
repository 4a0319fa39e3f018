package io.trousseau.provider.vault.auth;

import com.fasterxml.jackson.databind.JsonNode;
import io.trousseau.api.Deadline;
import io.trousseau.provider.vault.http.FileStamp;
import io.trousseau.provider.vault.http.JsonBody;
import io.trousseau.provider.vault.http.VaultAnswer;
import io.trousseau.provider.vault.http.VaultException;
import io.trousseau.provider.vault.http.VaultException.Kind;
import io.trousseau.provider.vault.http.VaultRequest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A secret-id that comes wrapped: the file holds a wrapping token that can be used once. What it gave is kept in memory
 * for the logins of this process, until another wrapping token lies in the file.
 *
 * <p>Before it is used, Vault is asked what it was made for: anybody with a token of any policy can wrap anything, and a
 * planted wrapping token would log this process in with a secret-id of somebody else's choice.
 *
 * <p>Used by the one thread of a session that logs in.
 */
final class WrappedSecretId implements SecretId {
    private static final byte[] EMPTY_OBJECT = {'{', '}'};

    private final SecretFile file;
    private final Pattern origin;
    private final String originForPeople;
    private @Nullable Unwrapped unwrapped;

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Unwrapped(FileStamp from, byte[] secretId) {}

    WrappedSecretId(String mount, Optional<String> role, SecretFile file) {
        this.file = file;
        this.origin = Pattern.compile(Pattern.quote("auth/" + mount + "/role/")
                + role.map(Pattern::quote).orElse("[^/]+") + "/secret-id");
        this.originForPeople = "auth/" + mount + "/role/" + role.orElse("…") + "/secret-id";
    }

    @Override
    public byte[] obtain(TokenTaker vault, Optional<String> namespace, Deadline deadline) {
        FileStamp now = file.stamp();
        Unwrapped known = unwrapped;
        if (known != null && known.from.equals(now)) {
            return known.secretId.clone();
        }
        byte[] wrapping = file.read();
        byte[] secretId;
        try {
            checkOrigin(vault, namespace, wrapping, deadline);
            secretId = unwrap(vault, namespace, new String(wrapping, StandardCharsets.UTF_8), deadline);
        } finally {
            Arrays.fill(wrapping, (byte) 0);
        }
        if (known != null) {
            Arrays.fill(known.secretId, (byte) 0);
        }
        unwrapped = new Unwrapped(now, secretId);
        return secretId.clone();
    }

    private void checkOrigin(TokenTaker vault, Optional<String> namespace, byte[] wrapping, Deadline deadline) {
        byte[] body = {};
        try (JsonBody json = new JsonBody()) {
            body = json.secret("token", wrapping).toBytes();
            try (VaultAnswer answer = vault.call(VaultRequest.post("sys/wrapping/lookup", body, namespace), deadline)) {
                JsonNode path = answer.json("data", "creation_path");
                if (!origin.matcher(path.asText()).matches()) {
                    throw file.unusable("holds a wrapping token that was not made by " + originForPeople
                            + ", so it was not used: find out who put it there");
                }
            }
        } catch (VaultException e) {
            throw explained(e);
        } finally {
            Arrays.fill(body, (byte) 0);
        }
    }

    private byte[] unwrap(TokenTaker vault, Optional<String> namespace, String wrapping, Deadline deadline) {
        try (VaultAnswer answer = vault.call(
                VaultRequest.post("sys/wrapping/unwrap", EMPTY_OBJECT, namespace), Optional.of(wrapping), deadline)) {
            String secretId = answer.json("data", "secret_id").textValue();
            if (secretId == null || secretId.isEmpty()) {
                throw VaultException.of(Kind.BAD_ANSWER, answer.address(), "unwrapping gave no secret_id")
                        .build();
            }
            return secretId.getBytes(StandardCharsets.UTF_8);
        } catch (VaultException e) {
            throw explained(e);
        }
    }

    private VaultException explained(VaultException e) {
        return switch (e.kind()) {
            case BAD_REQUEST, FORBIDDEN, NOT_FOUND ->
                e.as(
                        Kind.UNAUTHENTICATED,
                        "unwrapping the secret-id",
                        "secretIdFile: the wrapping token in " + file.path()
                                + " is expired or was used already; if you do"
                                + " not know by whom, revoke the secret-id; then put a new one there:"
                                + " bao write -wrap-ttl=5m -f " + originForPeople);
            case UNAUTHENTICATED -> e;
            default -> e.as(e.kind(), "unwrapping the secret-id", "");
        };
    }
}
