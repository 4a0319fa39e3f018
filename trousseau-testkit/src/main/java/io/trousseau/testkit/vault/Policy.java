package io.trousseau.testkit.vault;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An ACL policy: paths, with a {@code *} at their end or {@code +} for a segment, and what is allowed on them.
 *
 * @param text as it was written
 * @param paths the capabilities of each path
 */
record Policy(String text, Map<String, Set<Capability>> paths) {
    private static final Pattern BLOCK = Pattern.compile(
            "\\s*path\\s+\"([^\"]*)\"\\s*\\{\\s*capabilities\\s*=\\s*\\[([^\\]]*)\\]\\s*\\}", Pattern.DOTALL);
    private static final Pattern COMMENT = Pattern.compile("(?m)^\\s*(#|//).*$");
    private static final Pattern CAPABILITY = Pattern.compile("\"([^\"]*)\"");

    /** The part of a real server's policy {@code default} that is about what the fake has. */
    static final Policy DEFAULT = parse("""
            path "auth/token/lookup-self" { capabilities = ["read"] }
            path "auth/token/renew-self" { capabilities = ["update"] }
            path "auth/token/revoke-self" { capabilities = ["update"] }
            path "sys/capabilities-self" { capabilities = ["update"] }
            path "sys/wrapping/lookup" { capabilities = ["update"] }
            path "sys/wrapping/unwrap" { capabilities = ["update"] }
            """);

    /**
     * Reads a policy: blocks {@code path "…" { capabilities = […] }} and whole-line comments. Parameter restrictions and
     * what else HCL and JSON have is not modelled.
     */
    static Policy parse(String text) {
        Map<String, Set<Capability>> paths = new LinkedHashMap<>();
        String rest = COMMENT.matcher(text).replaceAll("");
        while (!rest.isBlank()) {
            Matcher block = BLOCK.matcher(rest);
            if (!block.lookingAt()) {
                throw new Unmodelled("a policy other than blocks path \"…\" { capabilities = [\"…\"] }, here: "
                        + rest.strip().lines().findFirst().orElse(""));
            }
            String path = block.group(1);
            Set<Capability> capabilities = paths.computeIfAbsent(path, any -> EnumSet.noneOf(Capability.class));
            Matcher capability = CAPABILITY.matcher(block.group(2));
            while (capability.find()) {
                capabilities.add(capability(path, capability.group(1)));
            }
            rest = rest.substring(block.end());
        }
        return new Policy(text, paths);
    }

    private static Capability capability(String path, String text) {
        for (Capability capability : Capability.values()) {
            if (capability != Capability.ROOT && capability.text().equals(text)) {
                return capability;
            }
        }
        throw Refusal.badRequest("failed to parse policy: path \"" + path + "\": path \"" + path
                + "\": invalid capability \"" + text + "\"");
    }

    /** Whether a policy's path covers a request's. */
    static boolean covers(String pattern, String path) {
        boolean open = pattern.endsWith("*");
        StringBuilder regex = new StringBuilder();
        String literal = open ? pattern.substring(0, pattern.length() - 1) : pattern;
        for (String segment : literal.split("/", -1)) {
            regex.append(regex.length() == 0 ? "" : "/");
            regex.append(segment.equals("+") ? "[^/]+" : Pattern.quote(segment));
        }
        return Pattern.matches(regex + (open ? ".*" : ""), path);
    }

    /** Orders patterns that cover one path: the most specific is the greatest. */
    static int compare(String left, String right) {
        int byWildcard = Integer.compare(firstWildcard(left), firstWildcard(right));
        if (byWildcard != 0) {
            return byWildcard;
        }
        int byOpenEnd = Boolean.compare(right.endsWith("*"), left.endsWith("*"));
        if (byOpenEnd != 0) {
            return byOpenEnd;
        }
        int bySegments = Long.compare(segmentWildcards(right), segmentWildcards(left));
        if (bySegments != 0) {
            return bySegments;
        }
        int byLength = Integer.compare(left.length(), right.length());
        return byLength != 0 ? byLength : left.compareTo(right);
    }

    private static int firstWildcard(String pattern) {
        for (int i = 0; i < pattern.length(); i++) {
            boolean segment = pattern.charAt(i) == '+'
                    && (i == 0 || pattern.charAt(i - 1) == '/')
                    && (i == pattern.length() - 1 || pattern.charAt(i + 1) == '/');
            if (segment || (pattern.charAt(i) == '*' && i == pattern.length() - 1)) {
                return i;
            }
        }
        return Integer.MAX_VALUE;
    }

    private static long segmentWildcards(String pattern) {
        return Pattern.compile("/").splitAsStream(pattern).filter("+"::equals).count();
    }
}
