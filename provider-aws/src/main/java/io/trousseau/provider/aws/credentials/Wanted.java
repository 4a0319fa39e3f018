package io.trousseau.provider.aws.credentials;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Which credentials the configuration asks for. Public parts only.
 *
 * @param origin where they come from
 * @param profile a profile's name
 * @param credentialsFile of profiles
 * @param configFile of profiles
 * @param tokenFile with an OIDC token
 * @param tokenRoleArn the role that the token is exchanged for
 * @param roleArn a role to assume with what the origin gives
 * @param externalId that the role asks for
 * @param sessionName of either role
 */
public record Wanted(
        Origin origin,
        Optional<String> profile,
        Optional<Path> credentialsFile,
        Optional<Path> configFile,
        Optional<Path> tokenFile,
        Optional<String> tokenRoleArn,
        Optional<String> roleArn,
        Optional<String> externalId,
        String sessionName) {}
