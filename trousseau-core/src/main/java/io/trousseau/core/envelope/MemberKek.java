package io.trousseau.core.envelope;

import io.trousseau.api.KekVersion;
import java.util.regex.Pattern;

/**
 * One KEK version that protects an envelope. It has no member name, so that renaming a member changes nothing.
 *
 * @param provider the provider's name, a DNS label
 * @param version the KEK and its version
 */
public record MemberKek(String provider, KekVersion version) {
    static final int MAX_NAME_BYTES = 63;
    private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    /**
     * Checks the provider's name.
     *
     * @throws IllegalArgumentException if it is not a DNS label
     */
    public MemberKek {
        if (!isDnsLabel(provider)) {
            throw new IllegalArgumentException("provider is not a DNS label");
        }
    }

    /** Whether both are the same KEK, in whichever versions. */
    public boolean isSameKekAs(MemberKek other) {
        return provider.equals(other.provider) && version.identity().equals(other.version.identity());
    }

    static boolean isDnsLabel(String text) {
        return DNS_LABEL.matcher(text).matches();
    }

    void writeTo(EnvelopeWriter out) {
        out.shortText(provider);
        out.longText(version.identity());
        out.shortText(version.version());
    }

    static MemberKek readFrom(EnvelopeReader in) throws MalformedEnvelopeException {
        String provider = in.shortText("provider", MAX_NAME_BYTES);
        String identity = in.longText("KEK identity", KekVersion.MAX_IDENTITY_BYTES);
        String version = in.shortText("KEK version", KekVersion.MAX_VERSION_BYTES);
        try {
            return new MemberKek(provider, new KekVersion(identity, version));
        } catch (IllegalArgumentException e) {
            throw new MalformedEnvelopeException(e.getMessage() + " before byte " + in.position());
        }
    }

    byte[] encoded() {
        EnvelopeWriter out = new EnvelopeWriter();
        writeTo(out);
        return out.toByteArray();
    }

    /** Provider, identity and version; none of them is secret. */
    @Override
    public String toString() {
        return provider + ":" + version.identity() + "@" + version.version();
    }
}
