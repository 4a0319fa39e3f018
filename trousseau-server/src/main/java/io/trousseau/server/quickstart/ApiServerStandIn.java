package io.trousseau.server.quickstart;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import io.trousseau.server.client.KmsClient;
import io.trousseau.server.etcd.SeedCipher;
import io.trousseau.server.etcd.StoredObject;
import io.trousseau.server.etcd.StoredObject.NotKmsV2Exception;
import io.trousseau.server.etcd.v2.EncryptedDekSourceType;
import io.trousseau.server.etcd.v2.EncryptedObject;
import io.trousseau.server.kms.v2.DecryptRequest;
import io.trousseau.server.kms.v2.EncryptRequest;
import io.trousseau.server.kms.v2.EncryptResponse;
import io.trousseau.server.kms.v2.StatusResponse;
import io.trousseau.server.manifests.Manifest;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.UUID;

/**
 * Does with a plugin what kube-apiserver 1.29 and newer does: has it encrypt a random seed, encrypts every object under a
 * key of its own that comes from the seed, and stores the encrypted seed beside each.
 */
final class ApiServerStandIn {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final KmsClient kms;

    ApiServerStandIn(KmsClient kms) {
        this.kms = kms;
    }

    /** A seed, and what the plugin made of it. */
    record Primed(StatusResponse status, ByteString seed, EncryptResponse encrypted) {}

    /** What kube-apiserver does at its start, and whenever Status has another key_id. */
    Primed prime() {
        StatusResponse status = kms.status();
        ApiServerRules.check(status);
        byte[] seed = new byte[SeedCipher.SEED_BYTES];
        RANDOM.nextBytes(seed);
        EncryptResponse encrypted = kms.encrypt(EncryptRequest.newBuilder()
                .setPlaintext(ByteString.copyFrom(seed))
                .setUid(UUID.randomUUID().toString())
                .build());
        ApiServerRules.check(encrypted, status);
        return new Primed(status, ByteString.copyFrom(seed), encrypted);
    }

    /** The value that etcd would hold of an object. */
    static byte[] write(Primed primed, String path, byte[] object) {
        return new StoredObject(
                        Manifest.PLUGIN,
                        EncryptedObject.newBuilder()
                                .setEncryptedData(ByteString.copyFrom(
                                        SeedCipher.encrypt(primed.seed().toByteArray(), object, path.getBytes(UTF_8))))
                                .setKeyId(primed.encrypted().getKeyId())
                                .setEncryptedDekSource(primed.encrypted().getCiphertext())
                                .putAllAnnotations(primed.encrypted().getAnnotationsMap())
                                .setEncryptedDekSourceType(EncryptedDekSourceType.HKDF_SHA256_XNONCE_AES_GCM_SEED)
                                .build())
                .toBytes();
    }

    /**
     * The object of a value, with nothing but the value and the plugin.
     *
     * @throws GeneralSecurityException if the value was changed
     * @throws io.grpc.StatusRuntimeException if the plugin refuses the seed
     */
    byte[] read(String path, byte[] value) throws NotKmsV2Exception, GeneralSecurityException {
        EncryptedObject stored = StoredObject.parse(value).object();
        byte[] seed = kms.decrypt(DecryptRequest.newBuilder()
                        .setCiphertext(stored.getEncryptedDekSource())
                        .setKeyId(stored.getKeyId())
                        .putAllAnnotations(stored.getAnnotationsMap())
                        .setUid(UUID.randomUUID().toString())
                        .build())
                .getPlaintext()
                .toByteArray();
        return SeedCipher.decrypt(seed, stored.getEncryptedData().toByteArray(), path.getBytes(UTF_8));
    }
}
