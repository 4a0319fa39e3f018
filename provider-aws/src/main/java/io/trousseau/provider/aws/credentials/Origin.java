package io.trousseau.provider.aws.credentials;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The setting {@code credentials}: the places that credentials come from, and which settings belong to each. */
public enum Origin {
    /** The first of the others that has some. */
    DEFAULT,
    /** {@code AWS_ACCESS_KEY_ID}, {@code AWS_SECRET_ACCESS_KEY}, {@code AWS_SESSION_TOKEN}. */
    ENVIRONMENT,
    /** An OIDC token in a file, exchanged for a role (IRSA). */
    WEB_IDENTITY,
    /** A profile in the files of AWS. */
    PROFILE,
    /** The endpoint that EKS Pod Identity and ECS name in the environment. */
    CONTAINER,
    /** The metadata service of an EC2 instance, version 2. */
    INSTANCE;

    /** As it is written in the configuration. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The settings that only this origin uses. */
    public List<String> settings() {
        return switch (this) {
            case WEB_IDENTITY -> List.of("webIdentityTokenFile", "webIdentityRoleArn");
            case PROFILE -> List.of("profile", "credentialsFile", "configFile");
            case DEFAULT, ENVIRONMENT, CONTAINER, INSTANCE -> List.of();
        };
    }

    /** All names, for the schema. */
    public static Set<String> labels() {
        return Stream.of(values()).map(Origin::label).collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
