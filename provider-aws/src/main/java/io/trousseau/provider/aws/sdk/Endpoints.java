package io.trousseau.provider.aws.sdk;

import java.net.URI;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.endpoints.Endpoint;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.endpoints.KmsEndpointProvider;
import software.amazon.awssdk.services.sts.endpoints.StsEndpointProvider;

/**
 * Where the services are in one region. Resolved here and handed to the clients as it is, because an SDK left to itself
 * lets the environment ({@code AWS_ENDPOINT_URL}) send plaintext keys elsewhere.
 *
 * @param region the region
 * @param kms of KMS
 * @param sts of STS
 */
public record Endpoints(Region region, URI kms, URI sts) {
    /** AWS's own endpoints, unless others are given. Reads no environment and asks nobody. */
    public static Endpoints of(
            String regionName, boolean fips, boolean dualStack, Optional<URI> kms, Optional<URI> sts) {
        Region region = Region.of(regionName);
        return new Endpoints(
                region,
                kms.orElseGet(() -> uri(KmsEndpointProvider.defaultProvider()
                        .resolveEndpoint(
                                asked -> asked.region(region).useFips(fips).useDualStack(dualStack)))),
                sts.orElseGet(() -> uri(StsEndpointProvider.defaultProvider()
                        .resolveEndpoint(asked -> asked.region(region)
                                .useFips(fips)
                                .useDualStack(dualStack)
                                .useGlobalEndpoint(false)))));
    }

    private static URI uri(CompletableFuture<Endpoint> endpoint) {
        return endpoint.join().endpointUrl().toUri();
    }
}
