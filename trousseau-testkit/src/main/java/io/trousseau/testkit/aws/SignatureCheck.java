package io.trousseau.testkit.aws;

import com.sun.net.httpserver.Headers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signature Version 4 of a POST to {@code /} without a query. The time of signing is not compared with any clock. */
final class SignatureCheck {
    private static final Pattern AUTHORIZATION =
            Pattern.compile("AWS4-HMAC-SHA256 Credential=([A-Za-z0-9]+)/(\\d{8})/([a-z0-9-]+)/([a-z]+)/aws4_request,"
                    + " *SignedHeaders=([a-z0-9;-]+), *Signature=([0-9a-f]{64})");

    private SignatureCheck() {}

    /**
     * Who signed.
     *
     * @throws AwsError if nobody did, somebody unknown, for another region or service, or not this request
     */
    static FakeAwsCredentials caller(FakeAwsIam iam, Headers headers, byte[] body, String region, String service) {
        String authorization = headers.getFirst("Authorization");
        if (authorization == null) {
            throw new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token");
        }
        Matcher parts = AUTHORIZATION.matcher(authorization);
        if (!parts.matches()) {
            throw new AwsError(
                    "IncompleteSignatureException", "the Authorization header is not of Signature Version 4");
        }
        if (!parts.group(3).equals(region) || !parts.group(4).equals(service)) {
            throw new AwsError(
                    "InvalidSignatureException",
                    "Credential should be scoped to a valid region and to the correct service: " + region + "/"
                            + service);
        }
        FakeAwsCredentials caller =
                iam.known(parts.group(1), Optional.ofNullable(headers.getFirst("X-Amz-Security-Token")));
        List<String> signed = Arrays.asList(parts.group(5).split(";"));
        List<String> needed = new ArrayList<>(List.of("host", "x-amz-date"));
        caller.sessionToken().ifPresent(token -> needed.add("x-amz-security-token"));
        if (!signed.containsAll(needed)) {
            throw new AwsError("InvalidSignatureException", "these headers must be signed: " + needed);
        }
        String canonical = "POST\n/\n\n"
                + signed.stream()
                        .map(name -> name + ":"
                                + String.join(",", headers.getOrDefault(name, List.of()))
                                        .strip()
                                        .replaceAll(" +", " ")
                                + "\n")
                        .collect(Collectors.joining())
                + "\n" + parts.group(5) + "\n" + hex(sha256(body));
        String scope = parts.group(2) + "/" + region + "/" + service + "/aws4_request";
        String toSign = "AWS4-HMAC-SHA256\n" + headers.getFirst("X-Amz-Date") + "\n" + scope + "\n"
                + hex(sha256(canonical.getBytes(StandardCharsets.UTF_8)));
        byte[] key = ("AWS4" + caller.secretAccessKey()).getBytes(StandardCharsets.UTF_8);
        for (String part : List.of(parts.group(2), region, service, "aws4_request")) {
            key = hmac(key, part);
        }
        if (!MessageDigest.isEqual(
                hex(hmac(key, toSign)).getBytes(StandardCharsets.US_ASCII),
                parts.group(6).getBytes(StandardCharsets.US_ASCII))) {
            throw new AwsError(
                    "InvalidSignatureException",
                    "The request signature we calculated does not match the signature you provided.");
        }
        return caller;
    }

    static byte[] sha256(byte[] data) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(data);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
