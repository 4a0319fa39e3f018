package io.trousseau.provider.aws;

import io.trousseau.api.ConfigSchema;
import io.trousseau.api.ConfigSchema.Setting;
import io.trousseau.provider.aws.credentials.Origin;
import java.util.Optional;

/** The settings of the provider {@code aws}. */
final class AwsSchema {
    static final ConfigSchema SCHEMA = ConfigSchema.builder()
            .required(
                    "key",
                    ConfigSchema.Type.STRING,
                    "The KMS key: its id, ARN, alias (alias/NAME) or alias ARN. Symmetric, for encryption. It must exist:"
                            + " Trousseau never makes one.")
            .optional(
                    "regions",
                    ConfigSchema.Type.STRING_LIST,
                    "The key's region, or several in the order of preference for a multi-Region key: one is asked when"
                            + " those before it cannot serve. Left out: the region in the ARN.")
            .optional(
                    "endpoints",
                    ConfigSchema.Type.STRING_LIST,
                    "Where KMS is, one URL for each region in the same order: a VPC endpoint, for example. https only,"
                            + " but on loopback. Left out: AWS's own endpoints, whatever the environment says.")
            .optional(
                    "stsEndpoints",
                    ConfigSchema.Type.STRING_LIST,
                    "Where STS is, one URL for each region in the same order. Left out: AWS's own endpoints in the regions.")
            .optional("fips", ConfigSchema.Type.BOOLEAN, "false", "Whether to use AWS's FIPS endpoints.")
            .optional(
                    "dualStack",
                    ConfigSchema.Type.BOOLEAN,
                    "false",
                    "Whether to use AWS's endpoints that speak IPv6 too.")
            .add(new Setting(
                    "credentials",
                    ConfigSchema.Type.STRING,
                    false,
                    Optional.of(Origin.DEFAULT.label()),
                    Origin.labels(),
                    "Where credentials come from. default tries environment, web-identity, profile, container and instance"
                            + " in this order and stays with the first that has some."))
            .optional(
                    "profile",
                    ConfigSchema.Type.STRING,
                    "The profile in the files of AWS, with credentials: profile. Left out: default, or AWS_PROFILE.")
            .optional(
                    "credentialsFile",
                    ConfigSchema.Type.FILE,
                    "A file in the form of ~/.aws/credentials, with credentials: profile. Read again when it changes."
                            + " Left out: the file of the user who runs Trousseau.")
            .optional(
                    "configFile",
                    ConfigSchema.Type.FILE,
                    "A file in the form of ~/.aws/config, with credentials: profile. Left out: as with credentialsFile.")
            .optional(
                    "webIdentityTokenFile",
                    ConfigSchema.Type.FILE,
                    "A file with an OIDC token, with credentials: web-identity. Read at each exchange. Left out:"
                            + " AWS_WEB_IDENTITY_TOKEN_FILE, which EKS sets.")
            .optional(
                    "webIdentityRoleArn",
                    ConfigSchema.Type.STRING,
                    "The role that the OIDC token is exchanged for, with credentials: web-identity. Left out:"
                            + " AWS_ROLE_ARN, which EKS sets.")
            .optional("roleArn", ConfigSchema.Type.STRING, "A role to assume with the credentials, whichever they are.")
            .optional(
                    "externalId",
                    ConfigSchema.Type.STRING,
                    "The external id that the role in roleArn asks for; it is not secret.")
            .optional(
                    "roleSessionName",
                    ConfigSchema.Type.STRING,
                    "trousseau",
                    "The name of the session in a role, which CloudTrail shows.")
            .build();

    private AwsSchema() {}
}
