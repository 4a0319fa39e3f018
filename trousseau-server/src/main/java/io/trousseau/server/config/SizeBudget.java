package io.trousseau.server.config;

import io.trousseau.api.KekTraits;
import io.trousseau.api.KekVersion;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The most that Kubernetes stores with every object, against what it accepts. The ciphertext proper is less than 128
 * bytes whatever the members are; everything that grows with them is in the annotations.
 *
 * @param perMember the most bytes that each wrapping member adds, by its name, in the order of the configuration
 */
public record SizeBudget(Map<String, Integer> perMember) {
    /** The most that kube-apiserver accepts as the annotations of one object: names and values, in bytes. */
    public static final int MAX_ANNOTATIONS_BYTES = 32 * 1024;

    /** The most that kube-apiserver accepts as a ciphertext, in bytes. */
    public static final int MAX_CIPHERTEXT_BYTES = 1024;

    private static final int WITHOUT_MEMBERS = 300;

    /** A provider's name, a share's number and hash, lengths, and the name of the annotation. */
    private static final int PER_MEMBER = 63 + 1 + 32 + 8 + 32;

    /** Copies the map. */
    public SizeBudget {
        perMember = Collections.unmodifiableMap(new LinkedHashMap<>(perMember));
    }

    /** The budget of the wrapping members, by name. */
    static SizeBudget of(Map<String, KekTraits> wrapping) {
        Map<String, Integer> perMember = new LinkedHashMap<>();
        wrapping.forEach((name, traits) -> perMember.put(
                name,
                traits.maxWrappedBytes() + KekVersion.MAX_IDENTITY_BYTES + KekVersion.MAX_VERSION_BYTES + PER_MEMBER));
        return new SizeBudget(perMember);
    }

    /** The most bytes of annotations that an object can have. */
    public int annotationsBytes() {
        return WITHOUT_MEMBERS
                + perMember.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Whether kube-apiserver accepts that. */
    public boolean fits() {
        return annotationsBytes() <= MAX_ANNOTATIONS_BYTES;
    }

    /** What is wrong with a budget that does not fit. */
    String excess() {
        return "can take " + annotationsBytes() + " bytes in every stored object, and Kubernetes accepts "
                + MAX_ANNOTATIONS_BYTES + "; "
                + perMember.entrySet().stream()
                        .map(member -> member.getKey() + " takes up to " + member.getValue())
                        .collect(Collectors.joining(", "))
                + "; remove a member or give one the role unwrap";
    }
}
