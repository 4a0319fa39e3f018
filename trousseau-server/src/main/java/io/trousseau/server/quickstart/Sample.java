package io.trousseau.server.quickstart;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import io.trousseau.server.etcd.StoredObject;
import io.trousseau.server.etcd.v2.EncryptedObject;
import io.trousseau.server.terminal.Style;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The Secret that is shown, and what is said of its stored value. */
final class Sample {
    static final String NAME = "database";
    static final String KEY = "password";
    static final String VALUE = "correct horse battery";
    static final String PATH = "/registry/secrets/default/" + NAME;

    /** How many lines of a value are shown. */
    private static final int LINES = 13;

    private Sample() {}

    /** As a person writes it. */
    static List<String> yaml() {
        return List.of(
                "apiVersion: v1",
                "kind: Secret",
                "metadata:",
                "  name: " + NAME,
                "  namespace: default",
                "stringData:",
                "  " + KEY + ": " + VALUE);
    }

    /** As an API server stores it where nothing is encrypted, with {@code --storage-media-type=application/json}. */
    static byte[] json() {
        return """
                {"kind":"Secret","apiVersion":"v1","metadata":{"name":"%s","namespace":"default"},"data":{"%s":"%s"},"type":"Opaque"}
                """.formatted(NAME, KEY, base64()).strip().getBytes(UTF_8);
    }

    static String base64() {
        return Base64.getEncoder().encodeToString(VALUE.getBytes(UTF_8));
    }

    /** Shows what was written beside what is stored, and what the stored value is made of. */
    static void show(Narration narration, byte[] value, StoredObject stored) {
        narration.sideBySide("What you write", yaml(), "What etcd holds", HexDump.lines(value, LINES));
        Style style = narration.style();
        EncryptedObject object = stored.object();
        part(narration, StoredObject.PREFIX + stored.plugin() + ":", "");
        part(
                narration,
                "encryptedData",
                object.getEncryptedData().size() + " bytes: the Secret, under a key of its own");
        part(narration, "keyID", style.mark(object.getKeyId()));
        part(
                narration,
                "encryptedDEKSource",
                object.getEncryptedDekSource().size() + " bytes: the seed of that key, sealed by Trousseau");
        Map<String, ByteString> annotations = new TreeMap<>(Comparator.reverseOrder());
        annotations.putAll(object.getAnnotationsMap());
        annotations.forEach((name, content) -> part(
                narration,
                "annotation " + name,
                content.size() + " bytes: "
                        + (name.startsWith("h.")
                                ? "who protects it, nothing secret"
                                : "the local KEK, wrapped by the KEK of a member")));
        narration.say("");
    }

    private static void part(Narration narration, String name, String what) {
        narration.say(String.format(Locale.ROOT, "%-26s %s", name, what));
    }

    /** Whether a value shows the Secret's, as it is or in Base64. */
    static boolean isVisibleIn(byte[] value) {
        String text = new String(value, ISO_8859_1);
        return text.contains(VALUE) || text.contains(base64());
    }
}
