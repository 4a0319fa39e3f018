package io.trousseau.testkit.aws;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The actions of STS, in the AWS query protocol: a form goes in, XML comes out. */
@SuppressWarnings({"StringSplitter"})
final class StsActions {
    static final String CONTENT_TYPE = "text/xml";
    private static final String NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

    private final FakeAwsKms kms;

    StsActions(FakeAwsKms kms) {
        this.kms = kms;
    }

    static Map<String, String> parse(byte[] body) {
        Map<String, String> form = new HashMap<>();
        for (String pair : new String(body, StandardCharsets.UTF_8).split("&")) {
            String[] parts = pair.split("=", 2);
            form.put(decoded(parts[0]), parts.length == 2 ? decoded(parts[1]) : "");
        }
        return form;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    /** Whether the action is one that nobody signs. */
    static boolean unsigned(String action) {
        return action.equals("AssumeRoleWithWebIdentity");
    }

    /**
     * Does an action.
     *
     * @param caller who signed; empty if the action is one that nobody signs
     */
    String act(String action, Map<String, String> form, Optional<FakeAwsCredentials> caller) {
        return switch (action) {
            case "GetCallerIdentity" -> {
                onlyKnown(form);
                yield answer(
                        action,
                        "<Arn>" + caller.orElseThrow().callerArn() + "</Arn><UserId>AIDAFAKE</UserId><Account>"
                                + kms.account() + "</Account>");
            }
            case "AssumeRole" -> {
                onlyKnown(form, "RoleArn", "RoleSessionName", "ExternalId", "DurationSeconds");
                yield answer(
                        action,
                        session(kms.iam()
                                .assume(
                                        form.getOrDefault("RoleArn", ""),
                                        sessionName(form),
                                        Optional.ofNullable(form.get("ExternalId")),
                                        lifetime(form))));
            }
            case "AssumeRoleWithWebIdentity" -> {
                onlyKnown(form, "RoleArn", "RoleSessionName", "WebIdentityToken", "DurationSeconds");
                yield answer(
                        action,
                        session(kms.iam()
                                .assumeWithWebIdentity(
                                        form.getOrDefault("RoleArn", ""),
                                        sessionName(form),
                                        form.getOrDefault("WebIdentityToken", ""),
                                        lifetime(form))));
            }
            default -> throw new UnsupportedOperationException("the action " + action + " of STS is not modelled");
        };
    }

    static String error(AwsError error) {
        return "<ErrorResponse xmlns=\"" + NAMESPACE + "\"><Error><Type>Sender</Type><Code>" + error.type()
                + "</Code><Message>" + error.text() + "</Message></Error><RequestId>" + UUID.randomUUID()
                + "</RequestId></ErrorResponse>";
    }

    private static String sessionName(Map<String, String> form) {
        String name = form.getOrDefault("RoleSessionName", "");
        if (!name.matches("[\\w+=,.@-]{2,64}")) {
            throw new AwsError("ValidationError", "RoleSessionName is not of its form");
        }
        return name;
    }

    private static Duration lifetime(Map<String, String> form) {
        return Duration.ofSeconds(Long.parseLong(form.getOrDefault("DurationSeconds", "3600")));
    }

    private static String session(FakeAwsCredentials issued) {
        return "<AssumedRoleUser><Arn>" + issued.callerArn()
                + "</Arn><AssumedRoleId>AROAFAKE:session</AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>"
                + issued.accessKeyId() + "</AccessKeyId><SecretAccessKey>" + issued.secretAccessKey()
                + "</SecretAccessKey><SessionToken>" + issued.sessionToken().orElseThrow()
                + "</SessionToken><Expiration>"
                + issued.expiresAt().orElseThrow().truncatedTo(ChronoUnit.SECONDS) + "</Expiration></Credentials>";
    }

    private static String answer(String action, String result) {
        return "<" + action + "Response xmlns=\"" + NAMESPACE + "\"><" + action + "Result>" + result + "</" + action
                + "Result><ResponseMetadata><RequestId>" + UUID.randomUUID() + "</RequestId></ResponseMetadata></"
                + action
                + "Response>";
    }

    private static void onlyKnown(Map<String, String> form, String... fields) {
        Set<String> known = Set.of(fields);
        form.keySet().forEach(field -> {
            if (!known.contains(field) && !field.equals("Action") && !field.equals("Version")) {
                throw new UnsupportedOperationException("the field " + field + " of STS is not modelled");
            }
        });
    }
}
