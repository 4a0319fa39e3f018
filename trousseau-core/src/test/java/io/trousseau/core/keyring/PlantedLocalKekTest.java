package io.trousseau.core.keyring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trousseau.api.Capability;
import io.trousseau.api.Deadline;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.Header;
import io.trousseau.core.envelope.KekPart;
import io.trousseau.core.envelope.MemberKek;
import io.trousseau.core.envelope.ShareMark;
import io.trousseau.core.localkek.LocalKek;
import io.trousseau.core.sharing.SecretSharing;
import io.trousseau.testkit.kek.InMemoryKek;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * A documented limit (docs/threat-model.md): where wrapping has no authenticity, as with RSA-OAEP, a stranger can wrap a
 * local KEK of their own to the public key. The stranger here can write to the store and wrap at {@code open}, which stands
 * for such a public key, and nowhere else.
 */
@DisplayName("A stranger who can wrap to a member's public key and write to the store")
class PlantedLocalKekTest {
    private final Cluster cluster = new Cluster(7);

    private Cluster.Node node(KeyringConfig config) {
        Cluster.Node node = cluster.new Node(config).start();
        cluster.loop.run(Duration.ofMinutes(1));
        return node;
    }

    private void openToAll(String name) {
        cluster.keks.put(
                name, InMemoryKek.create("kek-" + name, EnumSet.complementOf(EnumSet.of(Capability.AUTHENTICATED))));
    }

    private void closed(String name) {
        cluster.keks.put(name, InMemoryKek.create("kek-" + name));
    }

    /** An envelope with the stranger's payload; where they cannot wrap they put in junk. */
    private Envelope planted(KeyringConfig config, String... wrappable) throws Exception {
        LocalKek own = LocalKek.create();
        Map<MemberKek, String> names = new HashMap<>();
        cluster.keks.forEach((name, kek) -> names.put(new MemberKek("memory", kek.current()), name));
        return planted(config, own, names, wrappable);
    }

    /** An envelope that names these KEKs, each the one of a cluster's member. */
    private Envelope planted(KeyringConfig config, LocalKek own, Map<MemberKek, String> names, String... wrappable)
            throws Exception {
        int k = config.decryptThreshold();
        KekPart kekPart = new KekPart(config.name(), config.epoch(), k, List.copyOf(names.keySet()));
        Map<Integer, byte[]> shares = k == 1
                ? Map.of()
                : SecretSharing.split(own.copyKey(), k, kekPart.keks().size(), new SecureRandom());
        List<ShareMark> marks = new ArrayList<>();
        List<byte[]> copies = new ArrayList<>();
        for (MemberKek kek : kekPart.keks()) {
            int x = k == 1 ? 0 : copies.size() + 1;
            byte[] secret = k == 1 ? own.copyKey() : shares.get(x);
            if (k > 1) {
                marks.add(ShareMark.of(own.commitment(), x, secret));
            }
            boolean can = Arrays.asList(wrappable).contains(names.get(kek));
            cluster.keks.get(names.get(kek)).wrapUnder(kek.version());
            copies.add(
                    can
                            ? cluster.keks
                                    .get(names.get(kek))
                                    .open()
                                    .wrap(
                                            secret,
                                            MemberWork.contextOf(config.name(), own.commitment(), k, x),
                                            Deadline.after(Duration.ofSeconds(1)))
                                    .ciphertext()
                            : new byte[60]);
        }
        Header header = new Header(kekPart, own.commitment(), marks);
        return Envelope.of(
                header, copies, own.seal(header, Cluster.PURPOSE, Cluster.NO_DATA, "planted".getBytes(UTF_8)));
    }

    @Test
    @DisplayName("can plant a payload of their own if such members suffice to open")
    void plants() throws Exception {
        openToAll("open");
        closed("closed");
        KeyringConfig config = Cluster.config(2, c -> c.writeQuorum(2));
        assertThat(node(config).open(planted(config, "open"))).isEqualTo("planted");
    }

    @Test
    @DisplayName("cannot if every k members include one that authenticates")
    void cannotPlant() throws Exception {
        openToAll("open");
        closed("closed");
        closed("other");
        KeyringConfig config = Cluster.config(3, c -> c.decryptThreshold(2));
        Envelope planted = planted(config, "open");
        Cluster.Node node = node(config);
        // What stops it is "other" alone: with the copy that only a wrapper of "other" can make, it succeeds.
        assertThat(node.open(planted(config, "open", "other"))).isEqualTo("planted");
        assertThatThrownBy(() -> node.open(planted))
                .isInstanceOfSatisfying(
                        KeyringException.class,
                        e -> assertThat(e.code()).isEqualTo(KeyringException.Code.NOT_AUTHENTIC));
    }

    @Test
    @DisplayName("cannot make two members of one by naming two versions of its KEK")
    void cannotCountTwice() throws Exception {
        openToAll("open");
        closed("closed");
        closed("other");
        KeyringConfig config = Cluster.config(3, c -> c.decryptThreshold(2));
        Map<MemberKek, String> names = new HashMap<>();
        names.put(new MemberKek("memory", cluster.keks.get("open").current()), "open");
        names.put(new MemberKek("memory", cluster.keks.get("open").rotate()), "open");
        Cluster.Node node = node(config);
        // Already the header is none; that hostile bytes of one are refused is told in HeaderTest.
        assertThatThrownBy(() -> node.open(planted(config, LocalKek.create(), names, "open")))
                .hasMessageContaining("twice");
    }

    @Test
    @DisplayName("never harms what is genuine: it opens as before, and nothing of it opens under the planted local KEK")
    void harmless() throws Exception {
        openToAll("open");
        KeyringConfig config = Cluster.config(1, c -> c);
        Envelope genuine = node(config).seal("genuine");
        Cluster.Node reader = node(config);
        Envelope planted = planted(config, "open");
        reader.open(planted);
        assertThat(reader.open(genuine)).isEqualTo("genuine");
        Envelope grafted = Envelope.of(planted.header(), planted.copies(), genuine.sealed());
        assertThatThrownBy(() -> reader.open(grafted)).hasMessageContaining("damaged or forged");
    }
}
