package io.trousseau.provider.aws;

import software.amazon.awssdk.services.kms.KmsClient;

/**
 * KMS in one region.
 *
 * @param name the region's
 * @param client speaks to it
 */
record KmsRegion(String name, KmsClient client) {}
