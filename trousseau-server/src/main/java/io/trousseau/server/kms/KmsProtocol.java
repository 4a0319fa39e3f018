package io.trousseau.server.kms;

/**
 * Which protocols are spoken.
 *
 * @param version what v2's Status states: {@code v2}, or {@code v2beta1} for Kubernetes 1.27 and 1.28
 * @param v1 whether v1beta1 is served beside v2
 */
public record KmsProtocol(String version, boolean v1) {
    /** v2 alone, for Kubernetes 1.29 and newer. */
    public static final KmsProtocol V2 = new KmsProtocol("v2", false);

    /**
     * Checks the version.
     *
     * @throws IllegalArgumentException if no apiserver accepts it
     */
    public KmsProtocol {
        if (!version.equals("v2") && !version.equals("v2beta1")) {
            throw new IllegalArgumentException("version is " + version + ", must be v2 or v2beta1");
        }
    }
}
