package io.trousseau.server.kms;

import com.google.protobuf.ByteString;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.Header;
import io.trousseau.core.envelope.MalformedEnvelopeException;
import io.trousseau.core.settings.Quoted;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An envelope as KMS v2 stores it: the sealed payload is the ciphertext, the rest are annotations. {@code h.trousseau.io}
 * is the header, {@code 0.trousseau.io}, {@code 1.trousseau.io}, … are the copies in the header's order.
 *
 * <p>Every annotation is stored in every object, so their names are as short as kube-apiserver allows, which wants
 * domain names of two labels or more.
 */
public final class AnnotatedEnvelope {
    private static final String DOMAIN = ".trousseau.io";
    private static final String HEADER = "h" + DOMAIN;

    private AnnotatedEnvelope() {}

    /** The ciphertext. */
    static ByteString ciphertext(Envelope envelope) {
        return ByteString.copyFrom(envelope.sealed());
    }

    /** The annotations, in order. */
    static Map<String, ByteString> annotations(Envelope envelope) {
        Map<String, ByteString> annotations = new LinkedHashMap<>();
        annotations.put(HEADER, ByteString.copyFrom(envelope.header().toBytes()));
        List<byte[]> copies = envelope.copies();
        for (int i = 0; i < copies.size(); i++) {
            annotations.put(i + DOMAIN, ByteString.copyFrom(copies.get(i)));
        }
        return annotations;
    }

    /**
     * Reads what was stored.
     *
     * @param ciphertext hostile
     * @param annotations hostile
     * @throws MalformedEnvelopeException if a part is malformed
     * @throws io.grpc.StatusRuntimeException if an annotation is missing, or there is one that has no place here
     */
    public static Envelope read(ByteString ciphertext, Map<String, ByteString> annotations)
            throws MalformedEnvelopeException {
        Header header = Header.parse(required(HEADER, annotations));
        Set<String> expected = new HashSet<>(Set.of(HEADER));
        List<byte[]> copies = new ArrayList<>();
        for (int i = 0; i < header.kekPart().keks().size(); i++) {
            String key = i + DOMAIN;
            expected.add(key);
            copies.add(required(key, annotations));
        }
        if (annotations.size() > expected.size()) {
            String extra = annotations.keySet().stream()
                    .filter(key -> !expected.contains(key))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
            throw Refusal.malformed("the annotation " + Quoted.of(extra) + " has no place in this envelope");
        }
        return Envelope.of(header, copies, ciphertext.toByteArray());
    }

    private static byte[] required(String key, Map<String, ByteString> annotations) {
        ByteString value = annotations.get(key);
        if (value == null) {
            throw Refusal.malformed("the annotation " + key + " is missing");
        }
        return value.toByteArray();
    }
}
