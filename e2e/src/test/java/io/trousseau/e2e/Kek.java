package io.trousseau.e2e;

import java.nio.file.Path;

/** The key behind the only member of a keyring, and what its owner does to it. */
interface Kek extends AutoCloseable {
    /** What a configuration says of it. */
    Plugin.Member member();

    /** Makes a new version. */
    void rotate();

    @Override
    void close();

    /** Which KMS has the key: the scenarios that no KMS may make a difference to run on each. */
    enum Kms {
        /** A key file. */
        LOCAL {
            @Override
            Kek newKek(Distribution distribution, Path workspace) {
                Path file = distribution.generateKey(workspace.resolve("kek.key"));
                return new Kek() {
                    @Override
                    public Plugin.Member member() {
                        return Plugin.Member.local(file);
                    }

                    @Override
                    public void rotate() {
                        distribution.rotateKey(file);
                    }

                    @Override
                    public void close() {}
                };
            }
        },

        /** The Transit engine of a real OpenBao. */
        VAULT {
            @Override
            Kek newKek(Distribution distribution, Path workspace) {
                return VaultKek.start("vault", workspace);
            }
        };

        /** A new key, on a KMS of its own. */
        abstract Kek newKek(Distribution distribution, Path workspace);

        /** For names of directories. */
        String label() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }
}
