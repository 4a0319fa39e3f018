package io.trousseau.provider.azure;

import com.azure.identity.AzureAuthorityHosts;
import java.util.Arrays;
import java.util.Optional;

/** The clouds that Microsoft runs apart from each other: where one logs in, and what its vaults are called. */
enum Cloud {
    PUBLIC("public", AzureAuthorityHosts.AZURE_PUBLIC_CLOUD, "vault.azure.net", "managedhsm.azure.net"),
    CHINA("china", AzureAuthorityHosts.AZURE_CHINA, "vault.azure.cn", "managedhsm.azure.cn"),
    US_GOVERNMENT(
            "usgov", AzureAuthorityHosts.AZURE_GOVERNMENT, "vault.usgovcloudapi.net", "managedhsm.usgovcloudapi.net");

    private final String label;
    private final String authorityHost;
    private final String vaultDomain;
    private final String hsmDomain;

    Cloud(String label, String authorityHost, String vaultDomain, String hsmDomain) {
        this.label = label;
        this.authorityHost = authorityHost;
        this.vaultDomain = vaultDomain;
        this.hsmDomain = hsmDomain;
    }

    String label() {
        return label;
    }

    String authorityHost() {
        return authorityHost;
    }

    String vaultDomain() {
        return vaultDomain;
    }

    static Optional<Cloud> labelled(String label) {
        return Arrays.stream(values())
                .filter(cloud -> cloud.label.equals(label))
                .findFirst();
    }

    /** The cloud in which a vault or HSM of this host name would be. */
    static Optional<Cloud> of(String host) {
        return Arrays.stream(values())
                .filter(cloud -> cloud.resource(host).isPresent())
                .findFirst();
    }

    /** What a token for this host must be for, if the host is a vault or an HSM of this cloud. */
    Optional<String> resource(String host) {
        for (String domain : new String[] {vaultDomain, hsmDomain}) {
            if (host.endsWith("." + domain)) {
                return Optional.of("https://" + domain);
            }
        }
        return Optional.empty();
    }
}
