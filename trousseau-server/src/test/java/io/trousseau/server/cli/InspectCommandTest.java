package io.trousseau.server.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.trousseau.api.Deadline;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.keyring.Keyring;
import io.trousseau.core.keyring.KeyringConfig;
import io.trousseau.core.member.Member;
import io.trousseau.server.cli.Inspection.NothingToSeeException;
import io.trousseau.server.etcd.StoredObject;
import io.trousseau.server.etcd.v2.EncryptedDekSourceType;
import io.trousseau.server.etcd.v2.EncryptedObject;
import io.trousseau.testkit.kek.InMemoryKek;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InspectCommandTest {
    private static final byte[] SEED = new byte[32];

    @TempDir
    Path folder;

    private final InMemoryKek kek = InMemoryKek.create("kek-1");
    private Keyring keyring;
    private Envelope envelope;

    @BeforeEach
    void seal() {
        keyring = Keyring.open(
                KeyringConfig.named("ring").epoch(3).build(1), List.of(Member.of("main", "memory", kek.open())));
        envelope = keyring.seal(SEED, "test", new byte[0], Deadline.after(Duration.ofSeconds(30)));
    }

    @AfterEach
    void close() {
        keyring.close();
    }

    private EncryptedObject.Builder object() {
        return EncryptedObject.newBuilder()
                .setEncryptedData(ByteString.copyFrom(new byte[100]))
                .setKeyId(envelope.keyId().text())
                .setEncryptedDekSource(ByteString.copyFrom(envelope.sealed()))
                .putAnnotations(
                        "h.trousseau.io", ByteString.copyFrom(envelope.header().toBytes()))
                .putAnnotations(
                        "0.trousseau.io", ByteString.copyFrom(envelope.copies().get(0)))
                .setEncryptedDekSourceType(EncryptedDekSourceType.HKDF_SHA256_XNONCE_AES_GCM_SEED);
    }

    private byte[] stored() {
        return new StoredObject("plugin-1", object().build()).toBytes();
    }

    private Ran inspect(byte[] value) throws IOException {
        return Ran.trousseau("inspect", Files.write(folder.resolve("value"), value));
    }

    private void assertTold(Ran ran, String... more) {
        assertThat(ran.err()).isEmpty();
        assertThat(ran.exitCode()).isZero();
        assertThat(ran.out())
                .contains(
                        envelope.keyId().text(),
                        envelope.keyId().hash(),
                        "keyring    ring, epoch 3",
                        "opens with 1 of these KEK:",
                        "memory  kek-1",
                        "version " + kek.current().version() + ", a copy of "
                                + envelope.copies().get(0).length + " bytes",
                        "payload    32 bytes, sealed")
                .satisfies(out -> List.of(more).forEach(text -> assertThat(out).contains(text)));
    }

    @Test
    @DisplayName("a raw value of KMS v2 shows plugin, sizes, key_id, hash and KEKs")
    void raw() throws IOException {
        assertTold(
                inspect(stored()),
                "an object in etcd, by KMS v2, plugin \"plugin-1\"",
                stored().length + " bytes in all, 100 bytes the object, encrypted, 61 bytes sealed seed");
    }

    @Test
    @DisplayName("the line feed that etcdctl adds, and Base64 in lines, make no difference")
    void wrapped() throws IOException {
        ByteArrayOutputStream withLineFeed = new ByteArrayOutputStream();
        withLineFeed.write(stored());
        withLineFeed.write('\n');
        assertTold(inspect(withLineFeed.toByteArray()));
        assertTold(inspect(Base64.getMimeEncoder().encode(stored())));
        assertTold(inspect((Base64.getEncoder().encodeToString(stored()) + "\n").getBytes(UTF_8)));
    }

    @Test
    @DisplayName("a blob, and a value of KMS v1 that holds one, are read as well")
    void blobs() throws IOException {
        byte[] blob = envelope.toBytes();
        assertTold(inspect(blob), "an envelope by itself");
        ByteArrayOutputStream v1 = new ByteArrayOutputStream();
        v1.write("k8s:enc:kms:v1:old:".getBytes(UTF_8));
        v1.write(blob.length >> 8);
        v1.write(blob.length);
        v1.write(blob);
        v1.write(new byte[50]);
        assertTold(inspect(v1.toByteArray()), "by KMS v1, plugin \"old\"", "50 bytes the object, encrypted");
    }

    @Test
    @DisplayName("standard input is read if no file is named")
    void standardInput() {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(stored()));
        try {
            assertTold(Ran.trousseau("inspect"));
        } finally {
            System.setIn(before);
        }
    }

    @Test
    @DisplayName("-o json has the same for scripts")
    void json() throws IOException {
        Path file = Files.write(folder.resolve("value"), stored());
        Map<?, ?> json = Ran.trousseau("inspect", file, "-o", "json").json();
        assertThat(json.get("storedBy")).isEqualTo("kms-v2");
        assertThat(json.get("plugin")).isEqualTo("plugin-1");
        assertThat(json.get("keyId")).isEqualTo(envelope.keyId().text());
        assertThat(json.get("keyIdHash")).isEqualTo(envelope.keyId().hash());
        assertThat(json.get("localKek"))
                .isEqualTo(envelope.header().commitment().hex());
        assertThat(json.get("valueBytes")).isEqualTo(stored().length);
        assertThat(json.get("payloadBytes")).isEqualTo(32);
        assertThat((List<?>) json.get("keks"))
                .singleElement()
                .satisfies(item -> assertThat(((Map<?, ?>) item).get("kek")).isEqualTo("kek-1"));
    }

    @Test
    @DisplayName("a key_id beside the envelope that is not its own is pointed out")
    void lyingKeyId() throws IOException {
        byte[] value = new StoredObject("p", object().setKeyId("tr1.other").build()).toBytes();
        assertTold(inspect(value), "beside it stands another key_id, with which it is refused: \"tr1.other\"");
    }

    @Test
    @DisplayName("who can write to etcd writes nothing on the terminal of whoever looks")
    void terminalCodes() throws IOException {
        byte[] value = new StoredObject(
                        "p\u001b[2J",
                        object().setKeyId("tr1.other\nwell\u001b[1A").build())
                .toBytes();
        assertTold(inspect(value), "plugin \"p?[2J\"", "refused: \"tr1.other?well?[1A\"");
        Ran damaged = inspect("k8s:enc:kms:v2:p\u001b[2J:\u00ff".getBytes(ISO_8859_1));
        assertThat(damaged.err()).contains("is damaged").doesNotContain("\u001b");
        Ran other = inspect("k8s:enc:kms:v1:p\u001b[2J:\u0000\u0003asd".getBytes(ISO_8859_1));
        assertThat(other.err()).contains("that is not Trousseau").doesNotContain("\u001b");
    }

    @ParameterizedTest
    @CsvSource({
        "6b387300, an object that is not encrypted",
        "6b38733a656e633a6165736362633a763a, encrypted with aescbc",
        "6b38733a656e633a6b6d733a76323a, has no plugin's name",
        "6b38733a656e633a6b6d733a76323a613affff, is damaged",
        "6b38733a656e633a6b6d733a76323a613a, h.trousseau.io is missing",
        "6b38733a656e633a6b6d733a76313a613a0003617364, that is not Trousseau",
        "6b38733a656e633a6b6d733a76313a613aff, is damaged",
        "d4d2cfd5, the envelope is damaged",
        "00, nothing that kube-apiserver stores",
        "'', there is nothing to read"
    })
    @DisplayName("what is no envelope is refused with what it is instead, and exit code 1")
    void refused(String hex, String reason) throws IOException {
        Ran ran = inspect(HexFormat.of().parseHex(hex));
        assertThat(ran.exitCode()).isEqualTo(1);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err()).startsWith("trousseau: ").contains(reason);
    }

    @Test
    @DisplayName("damage anywhere is an envelope that can be shown, or the one documented exception")
    void damage() {
        byte[] value = stored();
        for (int i = 0; i < value.length; i++) {
            byte[] changed = value.clone();
            changed[i] ^= 0x55;
            try {
                assertThat(Inspection.of(changed).envelope().copies()).hasSize(1);
            } catch (NothingToSeeException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
    }
}
