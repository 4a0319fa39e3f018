package io.trousseau.core.golden;

import io.trousseau.api.KekVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;

/** One golden envelope and what is known of it. */
final class GoldenFile {
    /** Every golden file of format 1. */
    static final List<String> NAMES = List.of("k1n1", "k1n2", "k1n3", "k1n5", "k2n3", "k3n5");

    static final String DIRECTORY = "golden/v1/";

    /**
     * A KEK of the envelope, in header order.
     *
     * @param key the KEK itself
     * @param x the place of its share; 0 if it wraps the local KEK itself
     * @param secret what it wraps: the local KEK, or the share of it
     */
    record Kek(String provider, KekVersion version, byte[] key, int x, byte[] secret) {}

    private final byte[] blob;
    private final Properties known = new Properties();

    private GoldenFile(String name) {
        try (InputStream bytes = resource(name + ".bin");
                InputStream text = resource(name + ".properties")) {
            blob = bytes.readAllBytes();
            known.load(new InputStreamReader(text, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static GoldenFile of(String name) {
        return new GoldenFile(name);
    }

    private static InputStream resource(String file) {
        InputStream in = GoldenFile.class.getClassLoader().getResourceAsStream(DIRECTORY + file);
        if (in == null) {
            throw new AssertionError("the golden file " + DIRECTORY + file + " is missing");
        }
        return in;
    }

    byte[] blob() {
        return blob.clone();
    }

    String text(String key) {
        String value = known.getProperty(key);
        if (value == null) {
            throw new AssertionError("no " + key + " in the golden file");
        }
        return value;
    }

    int number(String key) {
        return Integer.parseInt(text(key));
    }

    byte[] bytes(String key) {
        return HexFormat.of().parseHex(text(key));
    }

    List<Kek> keks() {
        List<Kek> keks = new ArrayList<>();
        for (int i = 0; i < number("keks"); i++) {
            String kek = "kek." + i + ".";
            keks.add(new Kek(
                    text(kek + "provider"),
                    new KekVersion(text(kek + "identity"), text(kek + "version")),
                    bytes(kek + "key"),
                    number(kek + "x"),
                    bytes(kek + "secret")));
        }
        return keks;
    }
}
