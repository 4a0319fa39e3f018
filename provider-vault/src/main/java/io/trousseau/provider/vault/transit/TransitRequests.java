package io.trousseau.provider.vault.transit;

import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.provider.vault.auth.Session;
import io.trousseau.provider.vault.http.JsonBody;
import io.trousseau.provider.vault.http.VaultAnswer;
import io.trousseau.provider.vault.http.VaultException;
import io.trousseau.provider.vault.http.VaultRequest;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The three requests that a KEK needs. Each is sent once, and an answer that is not exactly what it must be is a failure.
 *
 * <p>Safe for use by any number of threads.
 */
final class TransitRequests {
    private final KeyAddress address;
    private final KeyType type;
    private final Session session;
    private final Refusals refusals;

    TransitRequests(KeyAddress address, KeyType type, Session session, Refusals refusals) {
        this.address = address;
        this.type = type;
        this.session = session;
        this.refusals = refusals;
    }

    /** Reads the key's state. */
    TransitKey read(Deadline deadline) {
        return call(Operation.READ, null, deadline, answer -> {
            try {
                return TransitKey.parse(answer.json("data"), address.key());
            } catch (TransitKey.MalformedException e) {
                throw refusals.badAnswer(Operation.READ, String.valueOf(e.getMessage()));
            }
        });
    }

    /**
     * Encrypts under that version and no other.
     *
     * @param associatedData empty for none
     */
    Ciphertext encrypt(byte[] plaintext, KeyVersion version, byte[] associatedData, Deadline deadline) {
        byte[] encoded = Base64.getEncoder().encode(plaintext);
        byte[] body = {};
        try (JsonBody json = new JsonBody()) {
            json.secret("plaintext", encoded).number("key_version", version.number());
            bind(associatedData, json);
            body = json.toBytes();
            return call(Operation.ENCRYPT, body, deadline, answer -> {
                Ciphertext ciphertext = Ciphertext.parse(
                                answer.json("data", "ciphertext").asText())
                        .orElseThrow(
                                () -> refusals.badAnswer(Operation.ENCRYPT, "it has no ciphertext of Transit's form"));
                int stated = answer.json("data", "key_version").asInt(ciphertext.version());
                if (ciphertext.version() != version.number() || stated != version.number()) {
                    throw refusals.badAnswer(
                            Operation.ENCRYPT,
                            "it is of another version than " + version.number() + ", which was asked for");
                }
                if (ciphertext.bytes().length != type.ciphertextBytes(plaintext.length)) {
                    throw refusals.badAnswer(
                            Operation.ENCRYPT,
                            "the ciphertext has " + ciphertext.bytes().length + " bytes, that of " + type.label()
                                    + " would have " + type.ciphertextBytes(plaintext.length));
                }
                return ciphertext;
            });
        } finally {
            Arrays.fill(encoded, (byte) 0);
            Arrays.fill(body, (byte) 0);
        }
    }

    /**
     * Decrypts.
     *
     * @param associatedData empty for none
     * @return a fresh array, which the caller wipes; as long as the ciphertext says
     */
    byte[] decrypt(Ciphertext ciphertext, byte[] associatedData, Deadline deadline) {
        return decrypt(Operation.DECRYPT, ciphertext, associatedData, deadline);
    }

    /**
     * Whether Vault holds the ciphertext to the associated data under which it was made. A Vault before 1.13 ignores
     * associated data at both ends and says nothing, and something on the way may drop it: only a refusal proves.
     *
     * @param associatedData under which it was made
     */
    boolean isBound(Ciphertext ciphertext, byte[] associatedData, Deadline deadline) {
        byte[] other = Arrays.copyOf(associatedData, associatedData.length + 1);
        try {
            Arrays.fill(decrypt(Operation.PROVE_CONTEXT, ciphertext, other, deadline), (byte) 0);
            return false;
        } catch (KmsException e) {
            if (e.code() == Code.INVALID_CIPHERTEXT) {
                return true;
            }
            throw e;
        }
    }

    private byte[] decrypt(Operation operation, Ciphertext ciphertext, byte[] associatedData, Deadline deadline) {
        int size = ciphertext.bytes().length;
        JsonBody json = new JsonBody().text("ciphertext", ciphertext.text());
        bind(associatedData, json);
        return call(operation, json.toBytes(), deadline, answer -> {
            byte[] plaintext = answer.base64("data", "plaintext");
            if (plaintext.length == 0
                    || plaintext.length > type.maxPlaintextBytes()
                    || type.ciphertextBytes(plaintext.length) != size) {
                int length = plaintext.length;
                Arrays.fill(plaintext, (byte) 0);
                throw refusals.badAnswer(
                        operation, "the plaintext has " + length + " bytes, which the ciphertext cannot have had");
            }
            return plaintext;
        });
    }

    private static void bind(byte[] associatedData, JsonBody json) {
        if (associatedData.length > 0) {
            json.text("associated_data", Base64.getEncoder().encodeToString(associatedData));
        }
    }

    private <T> T call(Operation operation, byte @Nullable [] body, Deadline deadline, Function<VaultAnswer, T> use) {
        String path = address.path(operation.path());
        VaultRequest request = body == null
                ? VaultRequest.get(path, address.namespace())
                : VaultRequest.post(path, body, address.namespace());
        try (VaultAnswer answer = session.call(request, deadline)) {
            return use.apply(answer);
        } catch (VaultException e) {
            throw refusals.of(operation, e);
        }
    }
}
