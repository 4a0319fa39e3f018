package io.trousseau.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.trousseau.core.discovery.ProviderCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A bad file is refused with every problem at its line")
class BadFilesTest {
    private static final String GOOD = """
            apiVersion: trousseau.io/v1
            kind: TrousseauConfiguration
            socket:
              path: /run/trousseau/kms.sock
            keyring:
              name: trousseau
              members:
              - name: first
                provider: keyfile
                config:
                  keyFile: kek.key
            """;

    @TempDir
    Path folder;

    private final KeyFileProvider provider = new KeyFileProvider();
    private final ProviderCatalog catalog = ProviderCatalog.of(List.of(provider));

    @BeforeEach
    void keyFile() throws IOException {
        Files.createFile(folder.resolve("kek.key"));
    }

    static Stream<Arguments> badFiles() {
        return Stream.of(
                bad(
                        "a misspelt setting of a provider",
                        change("keyFile: kek.key", "keyfile: kek.key"),
                        ":11:7: keyring.members[0].config.keyfile: unknown field; did you mean keyFile?"),
                bad(
                        "misspelt fields",
                        change("socket:", "sokcet:") + "colour: red\n",
                        ":3:1: sokcet: unknown field; did you mean socket?",
                        ":12:1: colour: unknown field; known are apiVersion, kind, socket, kubernetes, admin, log,"
                                + " keyring"),
                bad(
                        "missing fields",
                        """
                        apiVersion: trousseau.io/v1
                        socket: {}
                        keyring:
                          members:
                          - role: wrap
                        """,
                        ":1:1: kind: is missing; it is required: What this file is: `TrousseauConfiguration`.",
                        ":2:1: socket.path: is missing; it is required: Where the socket is. Its directory belongs to"
                                + " the socket alone, and is what kube-apiserver mounts. At most 99 bytes.",
                        ":3:1: keyring.name: is missing; it is required: The keyring's name, part of everything that is"
                                + " stored. The same on every node, and never changed once data exists.",
                        ":5:5: keyring.members[0].name: is missing; it is required: The member's name in logs, metrics"
                                + " and health, different from the others'. Not stored: it can change.",
                        ":5:5: keyring.members[0].provider: is missing; it is required: The provider that speaks to the"
                                + " KMS, as `local`."),
                bad(
                        "another format",
                        change("trousseau.io/v1", "trousseau.io/v2").replace("TrousseauConfiguration", "Pod"),
                        ":1:1: apiVersion: must be trousseau.io/v1, not \"trousseau.io/v2\"",
                        ":2:1: kind: must be TrousseauConfiguration, not \"Pod\""),
                bad(
                        "fields without a value",
                        change("path: /run/trousseau/kms.sock", "path:").replace("keyFile: kek.key", "keyFile: ~")
                                + "admin:\n",
                        ":4:3: socket.path: has no value; give it one or remove the line",
                        ":11:7: keyring.members[0].config.keyFile: has no value; give it one or remove the line",
                        ":12:1: admin: has no value; give it one or remove the line"),
                bad(
                        "values of another type",
                        change("name: trousseau", "name: 0123")
                                        .replace(
                                                "keyFile: kek.key",
                                                "{keyFile: kek.key, slots: many, verify: yes, scopes: a}")
                                        .replace("/run/trousseau/kms.sock", "[/run/kms.sock]")
                                + """
                                kubernetes: {kmsV1: yes, kmsApiVersion: v1}
                                admin: 127.0.0.1:8787
                                log: {level: inof, format: 1}
                                """,
                        ":4:3: socket.path: must be the absolute path of a socket, without . and .., not a list",
                        ":6:3: keyring.name: must be a DNS label (1 to 63 characters of a-z, 0-9 and inner -), not 0123;"
                                + " put it in quotes",
                        ":11:26: keyring.members[0].config.slots: must be a whole number, not \"many\"",
                        ":11:39: keyring.members[0].config.verify: must be true or false, not \"yes\"",
                        ":11:52: keyring.members[0].config.scopes: must be a list of texts, not \"a\"",
                        ":12:14: kubernetes.kmsV1: must be true or false, not \"yes\"",
                        ":12:26: kubernetes.kmsApiVersion: must be v2 or v2beta1, not \"v1\"; did you mean v2?",
                        ":13:1: admin: must be a block of fields, not \"127.0.0.1:8787\"",
                        ":14:7: log.level: must be error, warn, info or debug, not \"inof\"; did you mean info?",
                        ":14:20: log.format: must be text or json, not 1"),
                bad(
                        "names that are no DNS labels",
                        change("name: trousseau", "name: Trousseau")
                                .replace("name: first", "name: -first")
                                .replace("provider: keyfile", "provider: key_file"),
                        ":6:3: keyring.name: must be a DNS label (1 to 63 characters of a-z, 0-9 and inner -), not"
                                + " \"Trousseau\"",
                        ":8:5: keyring.members[0].name: must be a DNS label (1 to 63 characters of a-z, 0-9 and inner"
                                + " -), not \"-first\"",
                        ":9:5: keyring.members[0].provider: must be a DNS label (1 to 63 characters of a-z, 0-9 and"
                                + " inner -), not \"key_file\"",
                        ":9:5: keyring.members[0].provider: no provider is named \"key_file\". Did you mean keyfile?"
                                + " There are: keyfile (io.trousseau.server.config.KeyFileProvider from CLASSES)"),
                bad(
                        "a socket path that is too long",
                        change("/run/trousseau/kms.sock", "/run/" + "s".repeat(95)),
                        ":4:3: socket.path: is 100 bytes long and may be 99; a Unix socket's path has at most 107, of"
                                + " which a process needs 8 for a name of its own"),
                bad(
                        "a socket path of few characters and many bytes",
                        change("/run/trousseau/kms.sock", "/" + "é".repeat(50)),
                        ":4:3: socket.path: is 101 bytes long and may be 99; a Unix socket's path has at most 107, of"
                                + " which a process needs 8 for a name of its own"),
                bad(
                        "a relative socket path",
                        change("/run/trousseau/kms.sock", "kms.sock"),
                        ":4:3: socket.path: must be the absolute path of a socket, without . and .., not \"kms.sock\""),
                bad(
                        "a socket path in the abstract namespace",
                        change("/run/trousseau/kms.sock", "'@kms'"),
                        ":4:3: socket.path: must be the absolute path of a socket, without . and .., not \"@kms\""),
                bad(
                        "a socket path with dots",
                        change("/run/trousseau/kms.sock", "/run/../kms.sock"),
                        ":4:3: socket.path: must be the absolute path of a socket, without . and .., not"
                                + " \"/run/../kms.sock\""),
                bad(
                        "a socket path that is a directory",
                        change("/run/trousseau/kms.sock", "/"),
                        ":4:3: socket.path: must be the absolute path of a socket, without . and .., not \"/\""),
                bad(
                        "a group that does not exist",
                        change("kms.sock", "kms.sock\n  group: no-such-group"),
                        ":5:3: socket.group: is no group of this machine; create it (groupadd --system) or name"
                                + " another"),
                bad(
                        "an admin address that others reach",
                        GOOD + "admin: {address: 0.0.0.0:8787}\n",
                        ":12:9: admin.address: must be a loopback address as 127.0.0.1:8787 or [::1]:8787, or none, not"
                                + " \"0.0.0.0:8787\""),
                bad(
                        "an admin address whose port is too high",
                        GOOD + "admin: {address: 127.0.0.1:65536}\n",
                        ":12:9: admin.address: must be a loopback address as 127.0.0.1:8787 or [::1]:8787, or none, not"
                                + " \"127.0.0.1:65536\""),
                bad(
                        "an admin address that is none",
                        GOOD + "admin: {address: 127.0.0.256:80}\n",
                        ":12:9: admin.address: must be a loopback address as 127.0.0.1:8787 or [::1]:8787, or none, not"
                                + " \"127.0.0.256:80\""),
                bad(
                        "numbers and time spans out of bounds",
                        GOOD.replace("  members:", """
                                  epoch: 0
                                  decryptThreshold: 256
                                  localKek: {maxAge: 7 d, softUses: 2000000000}
                                  cache: {maxLocalKeks: 1.5}
                                  probe: {interval: 2h}
                                  formerPolicies: [{decryptThreshold: 99999999999999999999}]
                                  members:""".indent(2).stripTrailing()),
                        ":7:3: keyring.epoch: must be a whole number from 1 to 2147483647, not 0",
                        ":8:3: keyring.decryptThreshold: must be a whole number from 1 to 16, not 256",
                        ":9:14: keyring.localKek.maxAge: must be a time span from 1m to 365d, not \"7 d\"; write a number"
                                + " and a unit, as in 300ms, 3s, 5m, 12h or 7d",
                        ":9:27: keyring.localKek.softUses: must be a whole number from 1 to 1073741824, not 2000000000",
                        ":10:11: keyring.cache.maxLocalKeks: must be a whole number from 1 to 100000, not 1.5",
                        ":11:11: keyring.probe.interval: must be a time span from 1s to 1h, not \"2h\"",
                        ":12:21: keyring.formerPolicies[0].decryptThreshold: must be a whole number from 1 to 255, not"
                                + " 99999999999999999999"),
                bad(
                        "a number of a million digits",
                        GOOD.replace("  members:", "  epoch: " + "9".repeat(1_000_000) + "\n  members:"),
                        ":7:3: keyring.epoch: must be a whole number from 1 to 2147483647, not \"" + "9".repeat(60)
                                + "...\""),
                bad(
                        "a policy that the members cannot meet",
                        change("  members:", "  decryptThreshold: 2\n  writeQuorum: 3\n  members:"),
                        ":7:3: keyring.decryptThreshold: is 2, but only 1 member has the role wrap; lower it or add"
                                + " members",
                        ":8:3: keyring.writeQuorum: is 3, but only 1 member has the role wrap; lower it or add members"),
                bad(
                        "a write quorum below the decrypt threshold",
                        change("  members:", "  decryptThreshold: 2\n  writeQuorum: 1\n  members:"),
                        ":7:3: keyring.decryptThreshold: is 2, but only 1 member has the role wrap; lower it or add"
                                + " members",
                        ":8:3: keyring.writeQuorum: is 1 and must be at least decryptThreshold, which is 2"),
                bad(
                        "no member that wraps",
                        change("provider: keyfile", "provider: keyfile\n    role: unwrap"),
                        ":7:3: keyring.members: has no member of role wrap; without one nothing can be sealed"),
                bad(
                        "no member",
                        GOOD.substring(0, GOOD.indexOf("  members:")) + "  members: []\n",
                        ":7:3: keyring.members: must have at least 1 item, and has none"),
                bad(
                        "two members of one name",
                        GOOD + """
                                  - name: first
                                    provider: keyfile
                                    role: unwrap
                                    config: {keyFile: kek.key}
                                """.indent(0),
                        ":12:5: keyring.members[1].name: is the name of another member in line 8; choose a different"
                                + " one"),
                bad(
                        "more members than a keyring has",
                        GOOD
                                + IntStream.rangeClosed(2, 17)
                                        .mapToObj(
                                                "  - {name: m%d, provider: keyfile, role: unwrap, config: {keyFile: kek.key}}\n"
                                                        ::formatted)
                                        .collect(Collectors.joining()),
                        ":7:3: keyring.members: has 17 members, at most 16 with those of role unwrap; remove those under"
                                + " which nothing is stored any more"),
                bad(
                        "an identity of a KEK that cannot be one",
                        change("provider: keyfile", "provider: keyfile\n    formerKeks: [\"a\\tb\", '']"),
                        ":10:18: keyring.members[0].formerKeks[0]: KEK identity has a control character at position 1",
                        ":10:26: keyring.members[0].formerKeks[1]: KEK identity is empty"),
                bad(
                        "a provider that is not there",
                        change("provider: keyfile", "provider: vault"),
                        ":9:5: keyring.members[0].provider: no provider is named \"vault\". Add the artefact"
                                + " io.trousseau:trousseau-provider-vault to the class path. There are: keyfile"
                                + " (io.trousseau.server.config.KeyFileProvider from CLASSES)"),
                bad(
                        "a required setting of a provider is missing",
                        change("    config:\n      keyFile: kek.key\n", ""),
                        ":8:5: keyring.members[0].config.keyFile: is missing; it is required: The key file."),
                bad(
                        "a file that a setting names is unusable",
                        change("keyFile: kek.key", "keyFile: no.key"),
                        ":11:7: keyring.members[0].config.keyFile: FOLDER/no.key does not exist"),
                bad(
                        "settings that contradict each other",
                        change("keyFile: kek.key", "keyFile: kek.key\n      slots: 1\n      verify: true"),
                        ":10:5: keyring.members[0].config: takes slots or verify, not both"),
                bad(
                        "an item of a provider's list",
                        change("keyFile: kek.key", "keyFile: kek.key\n      scopes: [a, 1]"),
                        ":12:7: keyring.members[0].config.scopes[1]: must be text, not 1; put it in quotes"),
                bad(
                        "nothing as an item of a provider's list",
                        change("keyFile: kek.key", "keyFile: kek.key\n      scopes: [a, ~]"),
                        ":12:19: keyring.members[0].config.scopes[1]: has no value; give it one or remove the line"),
                bad(
                        "a provider that fails in a way of its own",
                        change("keyFile: kek.key", "keyFile: bug.key"),
                        ":8:5: keyring.members[0]: cannot be opened: io.trousseau.server.config.KeyFileProvider from"
                                + " CLASSES failed with java.lang.IllegalStateException; log.level debug logs more"),
                bad(
                        "problems of the file, of a provider's settings and of a key file at once",
                        change("/run/trousseau/kms.sock", "kms.sock").replace("keyFile: kek.key", "keyFile: no.key")
                                + "colour: red\n",
                        ":4:3: socket.path: must be the absolute path of a socket, without . and .., not \"kms.sock\"",
                        ":11:7: keyring.members[0].config.keyFile: FOLDER/no.key does not exist",
                        ":12:1: colour: unknown field; known are apiVersion, kind, socket, kubernetes, admin, log,"
                                + " keyring"),
                bad(
                        "repeated fields",
                        GOOD + "kind: Pod\nlog: {level: info, level: warn}\n",
                        ":12:1: kind: stands here a second time, first in line 2; remove one",
                        ":13:20: log.level: stands here a second time, first in line 13; remove one"),
                bad(
                        "anchors, aliases, merges and tags",
                        change("name: trousseau", "name: &n trousseau").replace("name: first", "name: *n")
                                + "log: !!map {level: !level info}\n<<: {}\n",
                        ":6:9: keyring.name: an anchor is not allowed; remove &n",
                        ":8:11: keyring.members[0].name: an alias is not allowed; write out what *n stands for",
                        ":12:6: log: a tag is not allowed; remove \"tag:yaml.org,2002:map\"",
                        ":12:20: log.level: a tag is not allowed; remove \"!level\"",
                        ":13:1: \"<<\": unknown field; known are apiVersion, kind, socket, kubernetes, admin, log,"
                                + " keyring"),
                bad(
                        "directives and a second document",
                        "%YAML 1.1\n---\n" + GOOD + "---\n" + GOOD,
                        ":1:1: a directive is not allowed; remove the lines that start with %",
                        ":14:1: a second document is not allowed; keep one per file"),
                bad("nothing", "", ": is empty"),
                bad("only a comment", "# nothing yet\n", ": is empty"),
                bad("text", "hello\n", ":1:1: must be a block of fields, not \"hello\""),
                bad(
                        "a tab as indentation",
                        change("  name: trousseau", "\tname: trousseau"),
                        ":6:1: is not YAML: found character '\\t(TAB)' that cannot start any token. (Do not use \\t(TAB)"
                                + " for indentation)"),
                bad(
                        "brackets that do not close",
                        GOOD + "log: {level: info\n",
                        ":13:1: is not YAML: expected ',' or '}', but got <stream end>"),
                bad(
                        "a control character",
                        GOOD + "# \u0007\n",
                        ":12:1: is not YAML: the character U+0007 is not allowed"),
                bad("a field whose name is no text", GOOD + "? [a]\n: b\n", ":12:3: a field's name must be text"),
                bad(
                        "a field whose name does not fit a line",
                        GOOD + "\"a\\nb\": c\n",
                        ":12:1: \"a?b\": unknown field; known are apiVersion, kind, socket, kubernetes, admin, log,"
                                + " keyring"),
                bad(
                        "deep nesting",
                        GOOD + "log: " + "[".repeat(1_000_000) + "\n",
                        ":12:21: log" + "[0]".repeat(15) + ": is nested more than 16 deep; nothing after it was read"));
    }

    private static Arguments bad(String what, String text, String... problems) {
        return Arguments.of(what, text, List.of(problems));
    }

    /** The good file with one difference. */
    private static String change(String before, String after) {
        assertThat(GOOD).contains(before);
        return GOOD.replace(before, after);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badFiles")
    void everyProblemAtItsLine(String what, String text, List<String> problems) throws IOException {
        Path file = Files.writeString(folder.resolve("trousseau.yaml"), text);
        List<String> expected = problems.stream()
                .map(problem -> (file + problem).replace("FOLDER", folder.toString()))
                .toList();

        InvalidConfigurationException thrown =
                catchThrowableOfType(InvalidConfigurationException.class, () -> ConfigurationFile.open(file, catalog));

        assertThat(thrown.getMessage().replace(classes(), "CLASSES").lines()).containsExactlyElementsOf(expected);
        assertThat(thrown.problems()).hasSameSizeAs(expected);
        assertThat(provider.closed).isEqualTo(provider.opened);
    }

    private static String classes() {
        return Path.of(KeyFileProvider.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .getPath())
                .toString();
    }

    @Test
    @DisplayName("the good file is good")
    void good() throws IOException {
        Path file = Files.writeString(folder.resolve("trousseau.yaml"), GOOD);
        ConfigurationFile.open(file, catalog).close();
        assertThat(provider.opened).containsExactly("first");
    }

    @Test
    @DisplayName("a file that every user may change is refused, and no provider of its choice runs")
    void writableByAll() throws IOException {
        Path file = Files.writeString(folder.resolve("trousseau.yaml"), GOOD + "colour: red\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        assertProblems(
                file,
                ": may be changed by every user of this machine; run chmod o-w " + file,
                ":12:1: colour: unknown field; known are apiVersion, kind, socket, kubernetes, admin, log, keyring");
        assertThat(provider.opened).isEmpty();
    }

    @Test
    @DisplayName("what is no file is refused")
    void noFile() throws IOException {
        assertProblems(folder.resolve("absent.yaml"), ": does not exist");
        assertProblems(folder, ": is not a regular file");
    }

    @Test
    @DisplayName("a file larger than 1 MiB is refused, one of 1 MiB is read")
    void size() throws IOException {
        Path file = folder.resolve("trousseau.yaml");
        String full = GOOD + "#".repeat((1 << 20) - GOOD.length());
        Files.writeString(file, full);
        assertThat(ConfigurationFile.read(file).keyring().name()).isEqualTo("trousseau");
        Files.writeString(file, full + "#");
        assertProblems(file, ": is larger than 1048576 bytes, the most that is read");
    }

    @Test
    @DisplayName("a file that is not UTF-8 is refused")
    void encoding() throws IOException {
        Path file = folder.resolve("trousseau.yaml");
        Files.write(file, new byte[] {'#', (byte) 0xe9, '\n'});
        assertProblems(file, ": is not UTF-8; save it as UTF-8 text");
    }

    @Test
    @DisplayName("members whose wrapped keys do not fit into Kubernetes' limit are refused, with the bytes of each")
    void sizeBudget() throws IOException {
        provider.maxWrappedBytes = 4096;
        StringBuilder text = new StringBuilder(GOOD);
        for (int i = 2; i <= 7; i++) {
            text.append("  - {name: m%d, provider: keyfile, config: {keyFile: kek.key}}\n".formatted(i));
        }
        Path file = Files.writeString(folder.resolve("trousseau.yaml"), text);
        assertProblems(
                file,
                ":7:3: keyring.members: can take 35293 bytes in every stored object, and Kubernetes accepts 32768; first"
                        + " takes up to 4999, m2 takes up to 4999, m3 takes up to 4999, m4 takes up to 4999, m5 takes up"
                        + " to 4999, m6 takes up to 4999, m7 takes up to 4999; remove a member or give one the role"
                        + " unwrap");
        assertThat(provider.closed).hasSize(7).isEqualTo(provider.opened);
    }

    private void assertProblems(Path file, String... problems) {
        InvalidConfigurationException thrown =
                catchThrowableOfType(InvalidConfigurationException.class, () -> ConfigurationFile.open(file, catalog));
        assertThat(thrown.getMessage().lines())
                .containsExactlyElementsOf(
                        Stream.of(problems).map(problem -> file + problem).toList());
    }
}
