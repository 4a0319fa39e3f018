package io.trousseau.provider.aws;

import io.trousseau.api.ConfigException;
import io.trousseau.api.ConfigException.Problem;
import io.trousseau.api.ProviderConfig;
import io.trousseau.provider.aws.credentials.Origin;
import io.trousseau.provider.aws.credentials.Wanted;
import io.trousseau.provider.aws.sdk.Endpoints;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import software.amazon.awssdk.regions.PartitionMetadata;
import software.amazon.awssdk.regions.Region;

/** Reads and checks the settings of a member. Finds every problem, not only the first. */
final class AwsSettings {
    private static final Pattern REGION = Pattern.compile("[a-z]{2,4}(-[a-z]+)+-\\d{1,2}");
    private static final Pattern ROLE = Pattern.compile("arn:(aws[a-z-]*):iam::\\d{12}:role/[\\w+=,.@/-]{1,512}");
    private static final Pattern EXTERNAL_ID = Pattern.compile("[\\w+=,.@:/-]{2,1224}");
    private static final Pattern SESSION_NAME = Pattern.compile("[\\w+=,.@-]{2,64}");
    private static final Pattern LOOPBACK = Pattern.compile("127(\\.\\d{1,3}){3}|\\[::1]|localhost");

    private final ProviderConfig config;
    private final List<Problem> problems = new ArrayList<>();

    private AwsSettings(ProviderConfig config) {
        this.config = config;
    }

    /**
     * What the settings say.
     *
     * @param key which key
     * @param partition of the regions
     * @param endpoints of the regions, in the order of preference
     * @param credentials which credentials
     */
    record Checked(KeyName key, String partition, List<Endpoints> endpoints, Wanted credentials) {}

    /**
     * Checks the settings against each other and against the files that they name.
     *
     * @throws ConfigException with every problem
     */
    static Checked check(ProviderConfig config) {
        return new AwsSettings(config).check();
    }

    private Checked check() {
        Optional<KeyName> key = KeyName.parse(config.string("key"));
        if (key.isEmpty()) {
            problem("key", "must be a key id, arn:aws:kms:REGION:ACCOUNT:key/ID, alias/NAME, or the alias's ARN");
        }
        List<String> regions = regions(key);
        Optional<String> partition = partition(regions, key);
        List<Endpoints> endpoints = endpoints(regions);
        Wanted credentials = credentials();
        for (String role : List.of("roleArn", "webIdentityRoleArn")) {
            config.optionalString(role)
                    .map(ROLE::matcher)
                    .filter(match -> match.matches()
                            && partition.isPresent()
                            && !match.group(1).equals(partition.get()))
                    .ifPresent(match -> problem(
                            role, "is of the partition " + match.group(1) + ", and the regions of " + partition.get()));
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return new Checked(key.orElseThrow(), partition.orElseThrow(), endpoints, credentials);
    }

    private List<String> regions(Optional<KeyName> key) {
        List<String> regions = config.strings("regions");
        Optional<String> inArn = key.flatMap(KeyName::region);
        if (regions.isEmpty()) {
            if (key.isPresent() && inArn.isEmpty()) {
                problem(
                        "regions",
                        "is missing: name the key's region, [eu-central-1] for example, or give the key as an ARN");
            }
            return inArn.stream().toList();
        }
        if (new HashSet<>(regions).size() < regions.size()) {
            problem("regions", "names a region twice");
        }
        regions.stream()
                .filter(region -> !REGION.matcher(region).matches())
                .forEach(region -> problem("regions", "\"" + region + "\" is no region's name; eu-central-1 is one"));
        if (inArn.isPresent() && !regions.contains(inArn.get())) {
            problem("regions", "does not name " + inArn.get() + ", which the key's ARN does");
        }
        if (regions.size() > 1 && key.isPresent() && !key.get().mayBeMultiRegion()) {
            problem(
                    "regions",
                    "names several, and a key is in several only if its id starts with mrk-; name one region, or a"
                            + " multi-Region key");
        }
        return regions;
    }

    private Optional<String> partition(List<String> regions, Optional<KeyName> key) {
        List<String> partitions = Stream.concat(
                        regions.stream().map(AwsSettings::partitionOf), key.flatMap(KeyName::partition).stream())
                .distinct()
                .toList();
        if (partitions.size() > 1) {
            problem(
                    "regions",
                    "the regions and the key must be of one partition, not of " + String.join(" and ", partitions));
        }
        return partitions.stream().findFirst();
    }

    private static String partitionOf(String region) {
        return PartitionMetadata.of(Region.of(region)).id();
    }

    private List<Endpoints> endpoints(List<String> regions) {
        boolean fips = isSet("fips");
        boolean dualStack = isSet("dualStack");
        List<Optional<URI>> kms = urls("endpoints", regions.size());
        List<Optional<URI>> sts = urls("stsEndpoints", regions.size());
        if (config.has("endpoints") && config.has("stsEndpoints")) {
            for (String setting : List.of("fips", "dualStack")) {
                if (isSet(setting)) {
                    problem(setting, "has no effect on endpoints and stsEndpoints; remove it, or them");
                }
            }
        }
        List<Endpoints> endpoints = new ArrayList<>();
        if (problems.isEmpty()) {
            for (int i = 0; i < regions.size(); i++) {
                endpoints.add(Endpoints.of(regions.get(i), fips, dualStack, kms.get(i), sts.get(i)));
            }
        }
        return endpoints;
    }

    private boolean isSet(String setting) {
        return config.has(setting) && config.bool(setting);
    }

    private List<Optional<URI>> urls(String setting, int count) {
        List<Optional<URI>> urls = new ArrayList<>();
        List<String> texts = config.strings(setting);
        if (texts.isEmpty()) {
            for (int i = 0; i < count; i++) {
                urls.add(Optional.empty());
            }
            return urls;
        }
        if (texts.size() != count) {
            problem(
                    setting,
                    "has " + texts.size() + " entries for " + count + " regions; name one for each, in their order");
        }
        for (String text : texts) {
            urls.add(url(setting, text));
        }
        return urls;
    }

    private Optional<URI> url(String setting, String text) {
        try {
            URI url = new URI(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
            boolean plain = "http".equals(url.getScheme());
            if (url.getHost() == null
                    || !(plain || "https".equals(url.getScheme()))
                    || url.getRawUserInfo() != null
                    || !url.getRawPath().isEmpty()
                    || url.getRawQuery() != null
                    || url.getRawFragment() != null) {
                // It is not repeated: it may have a password in it.
                problem(setting, "must be https://HOST or https://HOST:PORT, without path, user or anything else");
            } else if (plain && !LOOPBACK.matcher(url.getHost()).matches()) {
                problem(setting, url + " is not encrypted, and local KEKs travel there; use https://");
            } else {
                return Optional.of(url);
            }
        } catch (URISyntaxException e) {
            problem(setting, "is no URL");
        }
        return Optional.empty();
    }

    private Wanted credentials() {
        String label = config.optionalString("credentials").orElse(Origin.DEFAULT.label());
        Origin origin = Stream.of(Origin.values())
                .filter(candidate -> candidate.label().equals(label))
                .findFirst()
                .orElse(Origin.DEFAULT);
        if (!origin.label().equals(label)) {
            problem("credentials", "must be one of " + String.join(", ", Origin.labels()));
        }
        for (Origin other : Origin.values()) {
            for (String setting : other.settings()) {
                if (other != origin && config.has(setting)) {
                    problem(
                            setting,
                            "has no use with credentials: " + label + "; remove it, or set credentials to "
                                    + other.label());
                }
            }
        }
        for (String file : List.of("credentialsFile", "configFile", "webIdentityTokenFile")) {
            config.optionalFile(file)
                    .filter(path -> !Files.isReadable(path))
                    .ifPresent(path -> problem(file, path + " cannot be read"));
        }
        if (config.has("webIdentityTokenFile") != config.has("webIdentityRoleArn")) {
            problem(
                    config.has("webIdentityRoleArn") ? "webIdentityTokenFile" : "webIdentityRoleArn",
                    "is missing; webIdentityTokenFile and webIdentityRoleArn belong together");
        }
        matching("roleArn", ROLE, "arn:aws:iam::ACCOUNT:role/NAME");
        matching("webIdentityRoleArn", ROLE, "arn:aws:iam::ACCOUNT:role/NAME");
        matching("externalId", EXTERNAL_ID, "2 to 1224 letters, digits and +=,.@:/-_");
        matching("roleSessionName", SESSION_NAME, "2 to 64 letters, digits and +=,.@-_");
        if (config.has("externalId") && !config.has("roleArn")) {
            problem("externalId", "has no use without roleArn");
        }
        return new Wanted(
                origin,
                config.optionalString("profile"),
                config.optionalFile("credentialsFile"),
                config.optionalFile("configFile"),
                config.optionalFile("webIdentityTokenFile"),
                config.optionalString("webIdentityRoleArn"),
                config.optionalString("roleArn"),
                config.optionalString("externalId"),
                config.optionalString("roleSessionName").orElse("trousseau"));
    }

    private void matching(String setting, Pattern pattern, String form) {
        config.optionalString(setting)
                .filter(text -> !pattern.matcher(text).matches())
                .ifPresent(text -> problem(setting, "must be " + form));
    }

    private void problem(String setting, String message) {
        problems.add(new Problem(setting, message));
    }
}
