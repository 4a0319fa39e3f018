package io.trousseau.provider.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.trousseau.api.KekVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A key file")
class KeyFileTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-24T15:00:00.9Z"));

    @TempDir
    Path folder;

    private Path path;
    private KeyFile file;

    @BeforeEach
    void name() {
        path = folder.resolve("kek");
        file = KeyFile.at(path);
    }

    @Nested
    @DisplayName("when it is made")
    class Creation {
        @Test
        void is_for_its_owner_alone_and_holds_one_version() throws IOException {
            KekVersion made = file.create(CLOCK);

            assertThat(mode()).isEqualTo("rw-------");
            assertThat(names(file)).containsExactly(made);
            assertThat(made.identity()).matches("kek-[0-9a-f]{24}");
            assertThat(made.version()).matches("1-20261124T150000Z-[0-9a-f]{8}");
        }

        @Test
        void is_another_kek_than_every_other_file() throws IOException {
            KekVersion one = file.create(CLOCK);
            KekVersion other = KeyFile.at(folder.resolve("other")).create(CLOCK);

            assertThat(other.identity()).isNotEqualTo(one.identity());
            assertThat(other.version()).isNotEqualTo(one.version());
        }

        @Test
        void is_the_same_kek_wherever_a_copy_lies() throws IOException {
            KekVersion made = file.create(CLOCK);
            Path elsewhere = Files.createDirectory(folder.resolve("node-2")).resolve("another-name");
            Files.copy(path, elsewhere, StandardCopyOption.COPY_ATTRIBUTES);

            assertThat(names(KeyFile.at(elsewhere))).containsExactly(made);
        }

        @Test
        void never_overwrites() throws IOException {
            file.create(CLOCK);
            byte[] before = Files.readAllBytes(path);

            assertThatExceptionOfType(KeyFileException.class)
                    .isThrownBy(() -> file.create(CLOCK))
                    .withMessageContaining(path + " exists")
                    .withMessageContaining("trousseau rotate " + path);
            assertThat(path).hasBinaryContent(before);
        }

        @Test
        void never_replaces_a_symbolic_link_that_points_nowhere() throws IOException {
            Files.createSymbolicLink(path, folder.resolve("nowhere"));

            assertThatExceptionOfType(KeyFileException.class).isThrownBy(() -> file.create(CLOCK));
            assertThat(Files.isSymbolicLink(path)).isTrue();
        }

        @Test
        void needs_its_folder() {
            assertThatExceptionOfType(KeyFileException.class)
                    .isThrownBy(() -> KeyFile.at(folder.resolve("missing/kek")).create(CLOCK))
                    .withMessageContaining("mkdir -m 700 " + folder.resolve("missing"));
        }

        @Test
        void leaves_nothing_but_itself_and_an_empty_lock() throws IOException {
            file.create(CLOCK);

            assertThat(listing()).containsExactlyInAnyOrder("kek", ".kek.lock");
            assertThat(folder.resolve(".kek.lock")).isEmptyFile();
        }
    }

    @Nested
    @DisplayName("when it is rotated")
    class Rotation {
        @Test
        void gains_a_version_and_keeps_the_others() throws IOException {
            KekVersion first = file.create(CLOCK);
            KekVersion second = rotate();
            KekVersion third = rotate();

            assertThat(names(file)).containsExactly(first, second, third);
            assertThat(third.identity()).isEqualTo(first.identity());
            assertThat(third.version()).startsWith("3-20261124T150000Z-");
            assertThat(listing()).containsExactlyInAnyOrder("kek", ".kek.lock");
        }

        @Test
        void keeps_what_a_person_wrote_and_the_mode() throws IOException {
            file.create(CLOCK);
            append("\n# the team's note, \u00e4\n");
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("r--------"));

            rotate();

            assertThat(path).content(StandardCharsets.UTF_8).contains("\n\n# the team's note, \u00e4\nkey 2-");
            assertThat(mode()).isEqualTo("r--------");
        }

        @Test
        void goes_through_a_symbolic_link() throws IOException {
            file.create(CLOCK);
            Path link = Files.createSymbolicLink(folder.resolve("link"), path);

            KeyFile.at(link).addVersion(CLOCK, Duration.ZERO);

            assertThat(Files.isSymbolicLink(link)).isTrue();
            assertThat(file.versions(CLOCK)).hasSize(2);
        }

        @Test
        void gives_a_removed_version_s_number_to_another_name() throws IOException {
            file.create(CLOCK);
            KekVersion removed = rotate();
            removeLine(removed.version());

            KekVersion again = rotate();

            assertThat(again.version()).startsWith("2-").isNotEqualTo(removed.version());
        }

        @Test
        void clears_what_a_killed_process_left() throws IOException {
            file.create(CLOCK);
            Files.writeString(folder.resolve(".kek.new"), "half a fi");

            rotate();

            assertThat(file.versions(CLOCK)).hasSize(2);
            assertThat(listing()).containsExactlyInAnyOrder("kek", ".kek.lock");
        }

        @Test
        void changes_nothing_when_the_file_is_damaged() throws IOException {
            file.create(CLOCK);
            append("key 2-20261124T150000Z-00000000 AAAA\n");
            byte[] before = Files.readAllBytes(path);

            assertThatExceptionOfType(KeyFileException.class).isThrownBy(() -> rotate());
            assertThat(path).hasBinaryContent(before);
        }

        @Test
        void loses_no_version_to_another_process_or_thread() throws Exception {
            file.create(CLOCK);
            int processes = 2;
            int threads = 3;
            int each = 8;
            List<Process> rotators = new ArrayList<>();
            ExecutorService pool = Executors.newFixedThreadPool(threads);
            try {
                for (int i = 0; i < processes; i++) {
                    rotators.add(new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    Rotator.class.getName(),
                                    path.toString(),
                                    Integer.toString(each))
                            .inheritIO()
                            .start());
                }
                List<Future<?>> results = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    results.add(pool.submit(() -> Rotator.main(path.toString(), Integer.toString(each))));
                }
                for (Future<?> result : results) {
                    result.get(60, TimeUnit.SECONDS);
                }
                for (Process rotator : rotators) {
                    assertThat(rotator.waitFor(60, TimeUnit.SECONDS)).isTrue();
                    assertThat(rotator.exitValue()).isZero();
                }
            } finally {
                pool.shutdownNow();
                rotators.forEach(Process::destroyForcibly);
            }

            assertThat(file.versions(CLOCK)).hasSize(1 + (processes + threads) * each);
        }

        @Test
        void stops_before_the_file_is_too_large_to_be_read() throws IOException {
            file.create(CLOCK);
            append("#".repeat(OwnerOnlyFile.MAX_BYTES - (int) Files.size(path) - 1) + "\n");

            assertThatExceptionOfType(KeyFileException.class)
                    .isThrownBy(() -> rotate())
                    .withMessageContaining("remove versions");
            assertThat(file.versions(CLOCK)).hasSize(1);
        }
    }

    @Nested
    @DisplayName("when it is rotated for later")
    class Activation {
        private static final Instant START = Instant.parse("2026-11-24T15:10:00Z");

        @Test
        void tells_which_version_is_pending_and_until_when() throws IOException {
            KekVersion first = file.create(CLOCK);
            KeyFile.Version added = file.addVersion(CLOCK, Duration.ofMinutes(10));

            assertThat(added.pendingUntil()).contains(START);
            assertThat(file.versions(CLOCK)).containsExactly(new KeyFile.Version(first, Optional.empty()), added);
            assertThat(pendingAt(START.minusNanos(1))).containsExactly(added.name());
            assertThat(pendingAt(START)).isEmpty();
        }

        @Test
        void has_nothing_pending_after_a_rotation_at_once_even_for_a_clock_that_is_behind() throws IOException {
            file.create(CLOCK);

            assertThat(file.addVersion(CLOCK, Duration.ZERO).pendingUntil()).isEmpty();
            assertThat(pendingAt(Instant.EPOCH)).isEmpty();
        }

        @Test
        void calls_nothing_pending_that_is_older_than_what_wraps() throws IOException {
            file.create(CLOCK);
            file.addVersion(CLOCK, Duration.ofMinutes(10));
            rotate();

            assertThat(pendingAt(CLOCK.instant())).isEmpty();
        }

        @Test
        void never_has_its_first_version_pending() throws IOException {
            KekVersion first = file.create(CLOCK);
            file.addVersion(CLOCK, Duration.ofMinutes(10));
            KeyFile.Version third = file.addVersion(CLOCK, Duration.ofMinutes(20));
            removeLine(first.version());

            assertThat(pendingAt(CLOCK.instant())).containsExactly(third.name());
        }

        @Test
        @DisplayName("gives a version a name that says nothing of its start")
        void name_and_start_are_apart() throws IOException {
            file.create(CLOCK);
            byte[] before = Files.readAllBytes(path);
            KeyFile.Version added = file.addVersion(CLOCK, Duration.ofMinutes(10));
            KeySet.Entry entry = file.load().newest();
            byte[] sooner = KeyFileFormat.append(
                    before,
                    added.name().identity(),
                    entry.version(),
                    CLOCK.instant().plusSeconds(60),
                    KeyFileFormat.keyText(entry.key().getEncoded()));
            Files.write(path, sooner);

            assertThat(names(file)).last().isEqualTo(added.name());
            assertThat(pendingAt(CLOCK.instant().plusSeconds(60))).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(strings = {"PT-1S", "PT8760H0.000000001S"})
        void takes_no_start_in_the_past_or_in_years(Duration activateIn) throws IOException {
            file.create(CLOCK);
            byte[] before = Files.readAllBytes(path);

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> file.addVersion(CLOCK, activateIn))
                    .withMessage("activateIn is " + activateIn + ", must be zero to 365 days");
            assertThat(path).hasBinaryContent(before);
        }

        @Test
        void takes_a_start_in_a_year() throws IOException {
            file.create(CLOCK);

            assertThat(file.addVersion(CLOCK, KeyFile.MAX_ACTIVATE_IN).pendingUntil())
                    .contains(Instant.parse("2027-11-24T15:00:00Z"));
        }

        private List<KekVersion> pendingAt(Instant now) throws KeyFileException {
            return file.versions(InstantSource.fixed(now)).stream()
                    .filter(version -> version.pendingUntil().isPresent())
                    .map(KeyFile.Version::name)
                    .toList();
        }
    }

    @Nested
    @DisplayName("is refused")
    class Refusal {
        @Test
        void when_it_is_missing() {
            refused("does not exist; make it with: trousseau keygen " + path);
        }

        @ParameterizedTest
        @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rwx------"})
        void when_others_may_read_or_write_it(String mode) throws IOException {
            file.create(CLOCK);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));

            refused("chmod 600 " + path);
        }

        @ParameterizedTest
        @ValueSource(strings = {"rwxrwx---", "rwx---rwx"})
        void when_others_may_replace_it(String mode) throws IOException {
            file.create(CLOCK);
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(mode));

            refused("is in a folder of mode 07", "chmod go-w " + folder);
        }

        @Test
        void when_a_link_to_it_may_be_replaced() throws IOException {
            file.create(CLOCK);
            Path open = Files.createDirectory(folder.resolve("open"));
            Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
            Path link = Files.createSymbolicLink(open.resolve("kek"), path);

            assertThatExceptionOfType(KeyFileException.class)
                    .isThrownBy(() -> KeyFile.at(link).versions(CLOCK))
                    .withMessageContaining("chmod go-w " + open);
        }

        @Test
        void when_what_a_link_points_to_may_be_replaced() throws IOException {
            Path open = Files.createDirectory(folder.resolve("open"));
            KeyFile.at(open.resolve("kek")).create(CLOCK);
            Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
            Files.createSymbolicLink(path, open.resolve("kek"));

            assertThatExceptionOfType(KeyFileException.class)
                    .isThrownBy(() -> file.versions(CLOCK))
                    .withMessageContaining("chmod go-w " + open);
        }

        @Test
        void when_it_belongs_to_another_user() {
            assertThat(new FileAccess(1000, 0600).problemOfFile(path, 2000))
                    .hasValueSatisfying(
                            problem -> assertThat(problem).contains(path.toString(), "uid 1000", "uid 2000"));
            assertThat(new FileAccess(1000, 0700).problemOfFolder(path, folder, 0))
                    .isPresent();
        }

        @Test
        void not_when_it_is_root_s_or_in_a_sticky_folder() {
            assertThat(new FileAccess(0, 0400).problemOfFile(path, 2000)).isEmpty();
            assertThat(new FileAccess(0, 01777).problemOfFolder(path, folder, 2000))
                    .isEmpty();
        }

        @Test
        void when_it_is_a_folder() throws IOException {
            Files.createDirectory(path);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));

            refused("not a regular file");
        }

        @Test
        void when_it_is_huge() throws IOException {
            write("x".repeat(OwnerOnlyFile.MAX_BYTES + 1));

            refused("no key file");
        }

        @Test
        void when_it_is_some_other_secret() throws IOException {
            write("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n");

            refused("line 1: the file is no Trousseau key file");
        }

        @Test
        void when_it_is_of_a_newer_format() throws IOException {
            write("trousseau local key file, format 2\n");

            refused("line 1", "does not know; it knows format 1");
        }

        @Test
        void when_it_has_no_key() throws IOException {
            write(KeyFileFormat.FIRST_LINE + "\nid kek-0123456789abcdef01234567\n");

            refused("ends after line 2 without a key");
        }

        @Test
        void when_it_is_empty() throws IOException {
            write("");

            refused("ends after line 0 without a key");
        }

        @ParameterizedTest
        @ValueSource(strings = {"kek-XYZ", "", "kek-0123456789abcdef01234567 "})
        void when_its_identity_is_malformed(String identity) throws IOException {
            write(KeyFileFormat.FIRST_LINE + "\nid " + identity + "\n");

            refused("line 2", "24 hexadecimal digits");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "key",
                    "key ",
                    "key 1",
                    "key 0-20261124T150000Z-00000000 AAAA",
                    "key AAAA BBBB CCCC DDDD",
                    "key 2-20270229T000000Z-00000000 AAAA BBBB"
                })
        void when_a_version_is_malformed(String line) throws IOException {
            file.create(CLOCK);
            append(line + "\n");

            refused("line 7", "a version such as");
        }

        @ParameterizedTest
        @ValueSource(strings = {"id kek-0123456789abcdef01234567", "kex", " ", "key\t1"})
        void when_a_line_is_none_of_its_kinds(String line) throws IOException {
            file.create(CLOCK);
            append(line + "\n");

            refused("line 7: expected \"key\"");
        }

        @Test
        void when_a_line_stands_twice() throws IOException {
            file.create(CLOCK);
            append(keyLine() + "\n");

            refused("line 7", "numbers ascend");
        }

        @Test
        void when_a_key_is_moved_in_from_another_file() throws IOException {
            file.create(CLOCK);
            String line = keyLine();
            KeyFile other = KeyFile.at(folder.resolve("other"));
            other.create(CLOCK);
            Files.writeString(other.path(), Files.readString(other.path()).replaceAll("(?m)^key .*", line));

            assertThatExceptionOfType(KeyFileException.class)
                    .isThrownBy(() -> other.versions(CLOCK))
                    .withMessageContaining("line 6")
                    .withMessageContaining("checksum");
        }

        @Test
        void when_a_start_is_moved_in_from_another_version() throws IOException {
            file.create(CLOCK);
            rotate();
            List<String> starts = Files.readAllLines(path).stream()
                    .filter(line -> line.startsWith("key "))
                    .map(line -> line.split(" ")[2])
                    .toList();
            write(Files.readString(path).replace(starts.get(1), starts.get(0)));

            refused("line 7", "the start of version 2-", "does not match its checksum");
        }

        @Test
        void when_a_start_is_missing() throws IOException {
            file.create(CLOCK);
            write(Files.readString(path).replaceAll("(?m)^key (\\S+) \\S+ ", "key $1 "));

            refused("line 6", "the start of version 1-", "is missing");
        }

        @Test
        void when_a_start_is_on_no_calendar() throws IOException {
            KekVersion first = file.create(CLOCK);
            String day = "20270229T000000Z";
            String checksum = Checksum.of(
                    "trousseau local key start\n" + first.identity() + "\n" + first.version() + "\n" + day + "\n");
            write(Files.readString(path).replaceAll("(?m)^key (\\S+) \\S+ ", "key $1 " + day + "-" + checksum + " "));

            refused("line 6", "the start of version 1-");
        }

        @Test
        void when_it_has_windows_line_ends() throws IOException {
            file.create(CLOCK);
            write(Files.readString(path).replace("\n", "\r\n"));

            refused("line 1: the line ends in CR LF");
        }

        @Test
        @DisplayName("by the line, when any bit of a key's line is flipped; and nothing of the file is told")
        void when_a_key_is_damaged() throws IOException {
            file.create(CLOCK);
            rotate();
            byte[] whole = Files.readAllBytes(path);
            String text = new String(whole, StandardCharsets.US_ASCII);
            int start = text.indexOf("key 2-");
            String secret = text.substring(text.lastIndexOf(' ') + 1, text.length() - 1);

            for (int at = start; at < whole.length - 1; at++) {
                for (int bit = 0; bit < 8; bit++) {
                    byte[] damaged = whole.clone();
                    damaged[at] ^= (byte) (1 << bit);
                    if (damaged[start] == '#') {
                        continue;
                    }
                    assertThatExceptionOfType(KeyFileException.class)
                            .as("bit %d of byte %d", bit, at)
                            .isThrownBy(() -> KeyFileFormat.parse("kek", damaged))
                            .withMessageMatching("(?s)kek line [78]: .*")
                            .satisfies(e -> assertThat(e.toString()).doesNotContain(secret.substring(0, 8)))
                            .withNoCause();
                }
            }
        }

        @Test
        void when_it_was_cut_short_within_a_line() throws IOException {
            file.create(CLOCK);
            rotate();
            byte[] whole = Files.readAllBytes(path);

            for (int length = 1; length < whole.length; length++) {
                if (whole[length - 1] == '\n') {
                    continue;
                }
                byte[] cut = Arrays.copyOf(whole, length);
                assertThatExceptionOfType(KeyFileException.class)
                        .isThrownBy(() -> KeyFileFormat.parse("kek", cut))
                        .withMessageContaining("cut short");
            }
        }
    }

    private void refused(String... parts) {
        assertThatExceptionOfType(KeyFileException.class)
                .isThrownBy(() -> file.versions(CLOCK))
                .satisfies(e ->
                        assertThat(e.getMessage()).contains(path.toString()).contains(parts));
    }

    private KekVersion rotate() throws KeyFileException {
        return file.addVersion(CLOCK, Duration.ZERO).name();
    }

    private static List<KekVersion> names(KeyFile file) throws KeyFileException {
        return file.versions(CLOCK).stream().map(KeyFile.Version::name).toList();
    }

    private String mode() throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
    }

    private List<String> listing() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private void write(String content) throws IOException {
        Files.writeString(path, content);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    }

    private void append(String content) throws IOException {
        Files.writeString(path, content, StandardOpenOption.APPEND);
    }

    private String keyLine() throws IOException {
        return Files.readAllLines(path).stream()
                .filter(line -> line.startsWith("key "))
                .findFirst()
                .orElseThrow();
    }

    private void removeLine(String part) throws IOException {
        write(Files.readString(path).replaceAll("(?m)^key " + part + ".*\n", ""));
    }
}
