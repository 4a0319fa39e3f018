package io.trousseau.server.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.MalformedEnvelopeException;
import io.trousseau.core.settings.Quoted;
import io.trousseau.server.etcd.StoredObject;
import io.trousseau.server.etcd.StoredObject.NotKmsV2Exception;
import io.trousseau.server.etcd.v2.EncryptedObject;
import io.trousseau.server.kms.AnnotatedEnvelope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * What somebody stored: an envelope, and what is around it.
 *
 * @param envelope as it stands there
 * @param storedBy how the envelope is stored
 * @param plugin the plugin's name in EncryptionConfiguration, if kube-apiserver stored it
 * @param statedKeyId the key_id that stands beside the envelope, which may be a lie
 * @param parts the sizes of what is stored
 */
record Inspection(
        Envelope envelope, StoredBy storedBy, Optional<String> plugin, Optional<String> statedKeyId, List<Part> parts) {
    private static final byte[] MAGIC = {(byte) 0xd4, (byte) 0xd2, (byte) 0xcf, (byte) 0xd5};
    private static final String KMS_V1 = "k8s:enc:kms:v1:";

    /** How an envelope is stored. */
    enum StoredBy {
        KMS_V2("an object in etcd, by KMS v2"),
        KMS_V1("an object in etcd, by KMS v1"),
        BLOB("an envelope by itself");

        private final String words;

        StoredBy(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    /**
     * A part of the value.
     *
     * @param words what it is, for people
     * @param field the same for scripts
     * @param bytes its size
     */
    record Part(String words, String field, int bytes) {}

    /** What cannot be inspected, and why. */
    static final class NothingToSeeException extends Exception {
        private static final long serialVersionUID = 1L;

        NothingToSeeException(String message) {
            super(message);
        }
    }

    /**
     * Reads what was stored, as it is or in Base64, with or without a line feed at its end.
     *
     * @throws NothingToSeeException if it is not of Trousseau, or damaged
     */
    static Inspection of(byte[] input) throws NothingToSeeException {
        NothingToSeeException first = null;
        for (byte[] value : readings(input)) {
            try {
                return read(value);
            } catch (NothingToSeeException e) {
                first = first == null ? e : first;
            }
        }
        throw first == null ? new NothingToSeeException("there is nothing to read") : first;
    }

    private static List<byte[]> readings(byte[] input) {
        List<byte[]> readings = new ArrayList<>();
        String text = new String(input, ISO_8859_1).strip();
        if (!text.isEmpty() && text.matches("[A-Za-z0-9+/_\\s-]+={0,2}")) {
            String base64 = text.replaceAll("\\s", "").replace('-', '+').replace('_', '/');
            try {
                readings.add(Base64.getDecoder().decode(base64));
                return readings;
            } catch (IllegalArgumentException e) {
                // Then it is something else.
                readings.clear();
            }
        }
        if (input.length > 0) {
            readings.add(input);
            if (input[input.length - 1] == '\n') {
                readings.add(Arrays.copyOf(input, input.length - 1));
            }
        }
        return readings;
    }

    private static Inspection read(byte[] value) throws NothingToSeeException {
        try {
            if (startsWith(value, MAGIC)) {
                return new Inspection(
                        Envelope.parse(value), StoredBy.BLOB, Optional.empty(), Optional.empty(), List.of());
            }
            return startsWith(value, KMS_V1.getBytes(US_ASCII)) ? v1(value) : v2(value);
        } catch (MalformedEnvelopeException e) {
            throw new NothingToSeeException("the envelope is damaged: " + e.getMessage());
        } catch (StatusRuntimeException e) {
            throw new NothingToSeeException(
                    "not an envelope of Trousseau: " + e.getStatus().getDescription());
        } catch (NotKmsV2Exception e) {
            throw new NothingToSeeException(String.valueOf(e.getMessage()));
        }
    }

    private static Inspection v2(byte[] value) throws NotKmsV2Exception, MalformedEnvelopeException {
        StoredObject stored = StoredObject.parse(value);
        EncryptedObject object = stored.object();
        Envelope envelope = AnnotatedEnvelope.read(object.getEncryptedDekSource(), object.getAnnotationsMap());
        int annotations = object.getAnnotationsMap().entrySet().stream()
                .mapToInt(entry -> ByteString.copyFromUtf8(entry.getKey()).size()
                        + entry.getValue().size())
                .sum();
        return new Inspection(
                envelope,
                StoredBy.KMS_V2,
                Optional.of(stored.plugin()),
                Optional.of(object.getKeyId()),
                List.of(
                        new Part("in all", "valueBytes", value.length),
                        new Part(
                                "the object, encrypted",
                                "encryptedDataBytes",
                                object.getEncryptedData().size()),
                        new Part(
                                "sealed seed",
                                "sealedSeedBytes",
                                object.getEncryptedDekSource().size()),
                        new Part("annotations", "annotationsBytes", annotations)));
    }

    private static Inspection v1(byte[] value) throws NothingToSeeException, MalformedEnvelopeException {
        int colon = KMS_V1.length();
        while (colon < value.length && value[colon] != ':') {
            colon++;
        }
        int start = colon + 3;
        int length = start <= value.length ? (value[colon + 1] & 0xff) << 8 | (value[colon + 2] & 0xff) : 0;
        if (start > value.length || length > value.length - start) {
            throw new NothingToSeeException("the value begins with " + KMS_V1 + " and is damaged after that");
        }
        String plugin = new String(value, KMS_V1.length(), colon - KMS_V1.length(), UTF_8);
        byte[] ciphertext = Arrays.copyOfRange(value, start, start + length);
        if (!startsWith(ciphertext, MAGIC)) {
            throw new NothingToSeeException(
                    "the value is of the KMS v1 plugin " + Quoted.of(plugin) + ", and that is not Trousseau");
        }
        return new Inspection(
                Envelope.parse(ciphertext),
                StoredBy.KMS_V1,
                Optional.of(plugin),
                Optional.empty(),
                List.of(
                        new Part("in all", "valueBytes", value.length),
                        new Part("the object, encrypted", "encryptedDataBytes", value.length - start - length),
                        new Part("envelope", "envelopeBytes", length)));
    }

    private static boolean startsWith(byte[] value, byte[] prefix) {
        return value.length >= prefix.length && Arrays.equals(value, 0, prefix.length, prefix, 0, prefix.length);
    }
}
