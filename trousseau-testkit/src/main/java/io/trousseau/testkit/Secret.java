package io.trousseau.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** Bytes that must appear in no text, in none of the ways in which programs write bytes. */
final class Secret {
    /** So much of a secret is a leak; less can turn up by chance. */
    private static final int LEAK_BYTES = 9;

    /** Base64 writes bytes by threes, so that what starts at a multiple of it looks the same wherever it stands. */
    private static final int BASE64_GROUP = 3;

    private final String name;
    private final List<String> forms = new ArrayList<>();

    /**
     * Bytes that are secret.
     *
     * @param name stands for them in a failure
     * @param from where they become secret: what comes before may be a format's public prefix
     */
    Secret(String name, byte[] bytes, int from) {
        this.name = name;
        int first = (from + BASE64_GROUP - 1) / BASE64_GROUP * BASE64_GROUP;
        for (int at = first; at + LEAK_BYTES <= bytes.length; at += BASE64_GROUP) {
            addForms(Arrays.copyOfRange(bytes, at, at + LEAK_BYTES));
        }
    }

    /** A secret that is a text already. */
    Secret(String name, String text) {
        this.name = name;
        forms.add(text.toLowerCase(Locale.ROOT));
    }

    private void addForms(byte[] part) {
        String list = Arrays.toString(part);
        List.of(
                        new String(part, StandardCharsets.ISO_8859_1),
                        HexFormat.of().formatHex(part),
                        HexFormat.ofDelimiter(":").formatHex(part),
                        HexFormat.ofDelimiter(" ").formatHex(part),
                        Base64.getEncoder().encodeToString(part),
                        Base64.getUrlEncoder().encodeToString(part),
                        list.substring(1, list.length() - 1))
                .forEach(form -> forms.add(form.toLowerCase(Locale.ROOT)));
    }

    /** Fails, without repeating the secret, if {@code text} holds it. */
    void assertAbsentFrom(String where, String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        assertThat(forms.stream().anyMatch(lower::contains))
                .as("%s holds %s", where, name)
                .isFalse();
    }
}
