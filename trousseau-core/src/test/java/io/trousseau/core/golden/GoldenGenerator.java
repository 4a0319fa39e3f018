package io.trousseau.core.golden;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekVersion;
import io.trousseau.api.WrapContext;
import io.trousseau.core.envelope.Commitment;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.Header;
import io.trousseau.core.envelope.KekPart;
import io.trousseau.core.envelope.MemberKek;
import io.trousseau.core.envelope.ShareMark;
import io.trousseau.core.localkek.LocalKek;
import io.trousseau.core.sharing.SecretSharing;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Made the golden files, once. Not run by the build: a file that exists is never written again, because what users have
 * stored cannot be written again either.
 */
final class GoldenGenerator {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final HexFormat HEX = HexFormat.of();

    private static final MemberKek LOCAL = kek("local", "kek-7d9f2c51b8e04a63", "1-5e0c9a4b");
    private static final MemberKek VAULT = kek("vault", "cluster-3f8a/transit/keys/kubernetes", "12@1764000000");
    private static final MemberKek GCP =
            kek("gcp", "projects/example-production/locations/europe-west3/keyRings/kubernetes/cryptoKeys/etcd", "12");
    private static final MemberKek AZURE = kek(
            "azure",
            "https://example-production.vault.azure.net/keys/kubernetes-etcd",
            "0123456789abcdef0123456789abcdef");
    private static final MemberKek AWS = kek(
            "aws",
            "arn:aws:kms:eu-central-1:123456789012:key/12345678-1234-1234-1234-123456789012",
            "q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k");

    private GoldenGenerator() {}

    private static MemberKek kek(String provider, String identity, String version) {
        return new MemberKek(provider, new KekVersion(identity, version));
    }

    /** Writes the files that are missing into the directory that is the one argument. */
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        write(directory, "k1n1", 0, 1, LOCAL);
        write(directory, "k1n2", 0, 1, LOCAL, VAULT);
        write(directory, "k1n3", 7, 1, VAULT, GCP, AZURE);
        write(directory, "k1n5", Integer.MAX_VALUE, 1, LOCAL, VAULT, GCP, AZURE, AWS);
        write(directory, "k2n3", 0, 2, VAULT, GCP, AZURE);
        write(directory, "k3n5", 1, 3, LOCAL, VAULT, GCP, AZURE, AWS);
    }

    private static void write(Path directory, String name, int epoch, int threshold, MemberKek... members)
            throws Exception {
        Path blobFile = directory.resolve(name + ".bin");
        if (Files.exists(blobFile)) {
            return;
        }
        byte[] key = random(LocalKek.BYTES);
        Commitment commitment = Commitment.to(key);
        KekPart kekPart = new KekPart("golden", epoch, threshold, List.of(members));
        Map<Integer, byte[]> shares = threshold == 1
                ? Map.of(0, key)
                : new HashMap<>(SecretSharing.split(key, threshold, members.length, RANDOM));

        List<String> lines = new ArrayList<>();
        List<ShareMark> marks = new ArrayList<>();
        List<byte[]> copies = new ArrayList<>();
        for (int i = 0; i < members.length; i++) {
            MemberKek member = kekPart.keks().get(i);
            // Not in header order, which nothing demands.
            int x = threshold == 1 ? 0 : members.length - i;
            byte[] secret = shares.get(x);
            FixedKek kek = new FixedKek(member.version(), random(32));
            WrapContext context = WrapContext.of(Map.of(
                    "trousseau-format", "1",
                    "trousseau-keyring", "golden",
                    "trousseau-commitment", commitment.hex(),
                    "trousseau-threshold", Integer.toString(threshold),
                    "trousseau-share", Integer.toString(x)));
            copies.add(kek.wrap(secret, context, Deadline.after(Duration.ofSeconds(1)))
                    .ciphertext());
            if (threshold > 1) {
                marks.add(ShareMark.of(commitment, x, secret));
            }
            lines.add("kek." + i + ".provider=" + member.provider());
            // A colon ends a key and begins a value only once, so that it needs no escape here.
            lines.add("kek." + i + ".identity=" + member.version().identity());
            lines.add("kek." + i + ".version=" + member.version().version());
            lines.add("kek." + i + ".key=" + HEX.formatHex(kek.key()));
            lines.add("kek." + i + ".x=" + x);
            lines.add("kek." + i + ".secret=" + HEX.formatHex(secret));
        }
        byte[] payload = random(32);
        byte[] associatedData = ("golden " + name).getBytes(StandardCharsets.UTF_8);
        Header header = new Header(kekPart, commitment, marks);
        LocalKek localKek = LocalKek.prove(key, commitment);
        Envelope envelope =
                Envelope.of(header, copies, localKek.seal(header, "golden-purpose", associatedData, payload));

        lines.addAll(
                0,
                List.of(
                        "keyring=golden",
                        "epoch=" + epoch,
                        "decryptThreshold=" + threshold,
                        "keyId=" + envelope.keyId(),
                        "commitment=" + commitment.hex(),
                        "localKek=" + HEX.formatHex(key),
                        "purpose=golden-purpose",
                        "associatedData=" + HEX.formatHex(associatedData),
                        "payload=" + HEX.formatHex(payload),
                        "keks=" + members.length));
        Files.write(directory.resolve(name + ".properties"), lines, StandardCharsets.UTF_8);
        Files.write(blobFile, envelope.toBytes());
    }

    private static byte[] random(int bytes) {
        byte[] value = new byte[bytes];
        RANDOM.nextBytes(value);
        return value;
    }
}
