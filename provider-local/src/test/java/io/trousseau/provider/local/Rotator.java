package io.trousseau.provider.local;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;

/** A process that adds versions to a key file. */
final class Rotator {
    private Rotator() {}

    public static void main(String... args) {
        try {
            for (int i = 0; i < Integer.parseInt(args[1]); i++) {
                KeyFile.at(Path.of(args[0])).addVersion(InstantSource.system(), Duration.ZERO);
            }
        } catch (KeyFileException e) {
            throw new IllegalStateException(e);
        }
    }
}
