package io.trousseau.provider.vault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The policy that the module's README gives, word for word but for the names of mount and key. */
final class LeastPrivilege {
    private static final String BEGIN = "```hcl\n";
    private static final String END = "```";

    private LeastPrivilege() {}

    static String policyFor(String mount, String key) {
        String readme = readme();
        int begin = readme.indexOf(BEGIN);
        if (begin < 0) {
            throw new AssertionError("README.md has no block of hcl");
        }
        String policy = readme.substring(begin + BEGIN.length(), readme.indexOf(END, begin + BEGIN.length()));
        return policy.replaceAll("transit/(keys|encrypt|decrypt)/trousseau", mount + "/$1/" + key);
    }

    private static String readme() {
        try {
            return Files.readString(Path.of("README.md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
