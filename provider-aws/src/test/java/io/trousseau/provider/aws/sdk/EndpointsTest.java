package io.trousseau.provider.aws.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The endpoints of a region")
class EndpointsTest {
    @ParameterizedTest
    @CsvSource({
        "eu-central-1, false, false, kms.eu-central-1.amazonaws.com, sts.eu-central-1.amazonaws.com",
        "us-east-1, false, false, kms.us-east-1.amazonaws.com, sts.us-east-1.amazonaws.com",
        "us-east-1, true, false, kms-fips.us-east-1.amazonaws.com, sts-fips.us-east-1.amazonaws.com",
        "eu-central-1, false, true, kms.eu-central-1.api.aws, sts.eu-central-1.api.aws",
        "us-east-1, true, true, kms-fips.us-east-1.api.aws, sts-fips.us-east-1.api.aws",
        "cn-north-1, false, false, kms.cn-north-1.amazonaws.com.cn, sts.cn-north-1.amazonaws.com.cn",
        "us-gov-west-1, true, false, kms-fips.us-gov-west-1.amazonaws.com, sts.us-gov-west-1.amazonaws.com",
    })
    @DisplayName("are AWS's own, of its partition, FIPS and dual-stack as asked")
    void own(String region, boolean fips, boolean dualStack, String kms, String sts) {
        Endpoints endpoints = Endpoints.of(region, fips, dualStack, Optional.empty(), Optional.empty());
        assertThat(endpoints.kms()).isEqualTo(URI.create("https://" + kms));
        assertThat(endpoints.sts()).isEqualTo(URI.create("https://" + sts));
    }

    @Test
    @DisplayName("are those that are given, each for itself")
    void given() {
        URI kms = URI.create("https://vpce-1.kms.eu-central-1.vpce.amazonaws.com");
        Endpoints endpoints = Endpoints.of("eu-central-1", false, false, Optional.of(kms), Optional.empty());
        assertThat(endpoints.kms()).isEqualTo(kms);
        assertThat(endpoints.sts()).isEqualTo(URI.create("https://sts.eu-central-1.amazonaws.com"));
    }

    @Test
    @DisplayName("are not the environment's")
    void environment() {
        System.setProperty("aws.endpointUrl", "http://127.0.0.1:1");
        System.setProperty("aws.useFipsEndpoint", "true");
        try {
            own("eu-central-1", false, false, "kms.eu-central-1.amazonaws.com", "sts.eu-central-1.amazonaws.com");
        } finally {
            System.clearProperty("aws.endpointUrl");
            System.clearProperty("aws.useFipsEndpoint");
        }
    }
}
