package io.trousseau.provider.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.trousseau.api.ConfigException;
import io.trousseau.api.Deadline;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.RecordingLogger;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A local KEK")
class LocalKekTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-24T15:00:00Z"));
    private static final WrapContext CONTEXT = WrapContext.of(Map.of("keyring", "test"));
    private static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path folder;

    private final AtomicReference<Instant> now = new AtomicReference<>(CLOCK.instant());
    private final RecordingLogger log = new RecordingLogger();
    private final List<KekHandle> opened = new ArrayList<>();
    private KeyFile file;
    private KekVersion first;
    private KekHandle kek;

    @BeforeEach
    void open() throws IOException {
        file = KeyFile.at(folder.resolve("kek"));
        first = file.create(CLOCK);
        kek = open(file.path());
    }

    @AfterEach
    void close() {
        opened.forEach(KekHandle::close);
    }

    @Test
    void unwraps_what_it_wrapped_and_names_the_version_both_times() {
        WrapResult wrapped = wrap(kek);

        assertThat(wrapped.version()).contains(first);
        try (UnwrapResult unwrapped = unwrap(kek, wrapped)) {
            assertThat(unwrapped.plaintext()).isEqualTo(SECRET);
            assertThat(unwrapped.version()).contains(first);
        }
    }

    @Test
    void declares_the_size_that_its_ciphertexts_have() {
        byte[] wrapped = kek.wrap(new byte[64], CONTEXT, soon()).ciphertext();

        assertThat(wrapped).hasSize(kek.traits().maxWrappedBytes());
    }

    @Test
    void wraps_under_a_version_that_another_process_added_and_unwraps_the_older_ones() throws IOException {
        WrapResult old = wrap(kek);
        KekVersion second = rotate();

        assertThat(kek.describe(soon()).current()).isEqualTo(second);
        assertThat(wrap(kek).version()).contains(second);
        assertUnwraps(kek, old);
        assertUnwraps(kek, wrap(kek));
    }

    @Test
    void wraps_under_the_newest_version_even_before_it_is_asked_to_describe_itself() throws IOException {
        KekVersion second = rotate();

        assertThat(wrap(kek).version()).contains(second);
    }

    @Test
    void wraps_under_a_pending_version_from_its_start_on_although_the_file_stays_as_it_is() throws IOException {
        KekVersion second = rotateIn(Duration.ofMinutes(10));

        now.set(CLOCK.instant().plus(Duration.ofMinutes(10)).minusNanos(1));
        assertWrapsUnder(first);
        now.set(CLOCK.instant().plus(Duration.ofMinutes(10)));
        assertWrapsUnder(second);
    }

    @Test
    void wraps_under_a_version_that_starts_at_once_even_by_a_clock_that_is_behind() throws IOException {
        now.set(Instant.EPOCH);

        assertWrapsUnder(rotate());
    }

    @Test
    void wraps_under_the_first_version_of_the_file_even_before_its_start() throws IOException {
        KekVersion second = rotateIn(Duration.ofMinutes(10));
        rotateIn(Duration.ofMinutes(20));
        rewrite(Files.readString(file.path()).replaceAll("(?m)^key 1-.*\n", ""));

        assertWrapsUnder(second);
    }

    @Test
    void wraps_under_the_newest_of_the_versions_that_have_started() throws IOException {
        rotateIn(Duration.ofMinutes(10));
        KekVersion third = rotate();
        KekVersion fourth = rotateIn(Duration.ofMinutes(20));

        assertWrapsUnder(third);
        now.set(CLOCK.instant().plus(Duration.ofMinutes(10)));
        assertWrapsUnder(third);
        now.set(CLOCK.instant().plus(Duration.ofMinutes(20)));
        assertWrapsUnder(fourth);
    }

    @Test
    void does_not_go_back_to_an_older_version_when_the_clock_is_set_back() throws IOException {
        KekVersion second = rotateIn(Duration.ofMinutes(10));
        now.set(CLOCK.instant().plus(Duration.ofMinutes(10)));
        assertThat(kek.describe(soon()).current()).isEqualTo(second);

        now.set(CLOCK.instant());
        KekVersion third = rotateIn(Duration.ofMinutes(20));

        assertWrapsUnder(second);
        now.set(CLOCK.instant().plus(Duration.ofMinutes(20)));
        assertWrapsUnder(third);
    }

    @Test
    void does_not_go_back_to_an_older_version_when_it_was_opened_before_the_clock_was_set_back() throws IOException {
        KekVersion second = rotateIn(Duration.ofMinutes(10));
        now.set(CLOCK.instant().plus(Duration.ofMinutes(10)));
        kek = open(file.path());

        now.set(CLOCK.instant());

        assertWrapsUnder(second);
    }

    @Test
    void goes_back_to_an_older_version_when_the_line_of_the_newer_one_is_removed() throws IOException {
        rotateIn(Duration.ofMinutes(10));
        KekVersion third = rotate();
        assertWrapsUnder(third);

        rewrite(Files.readString(file.path()).replaceAll("(?m)^key 3-.*\n", ""));

        assertWrapsUnder(first);
    }

    @Test
    void never_goes_back_under_many_threads_and_a_clock_that_jumps_to_and_fro() throws Exception {
        rotateIn(Duration.ofMinutes(10));
        Instant before = CLOCK.instant();
        Instant after = before.plus(Duration.ofMinutes(10));
        AtomicInteger reading = new AtomicInteger();
        KekHandle jumping = open(file.path(), () -> reading.getAndIncrement() % 7 == 6 ? after : before);
        int threads = 4;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        List<Future<Set<Integer>>> results = new ArrayList<>();
        try {
            for (int i = 0; i < threads; i++) {
                results.add(pool.submit(() -> {
                    Set<Integer> numbers = new LinkedHashSet<>();
                    int newest = 0;
                    for (int wraps = 0; wraps < 50; wraps++) {
                        int number = number(wrap(jumping).version().orElseThrow());
                        assertThat(number).isGreaterThanOrEqualTo(newest);
                        newest = number;
                        numbers.add(number);
                    }
                    return numbers;
                }));
            }
            for (Future<Set<Integer>> result : results) {
                assertThat(result.get(60, TimeUnit.SECONDS)).last().isEqualTo(2);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void follows_a_start_that_another_copy_of_the_file_brings() throws IOException {
        Path before = copyTo("node-2");
        KekVersion second = rotateIn(Duration.ofMinutes(10));
        assertWrapsUnder(first);
        KeySet.Entry entry = file.load().newest();

        rewrite(new String(
                KeyFileFormat.append(
                        Files.readAllBytes(before),
                        second.identity(),
                        entry.version(),
                        CLOCK.instant().plus(Duration.ofMinutes(5)),
                        KeyFileFormat.keyText(entry.key().getEncoded())),
                StandardCharsets.US_ASCII));

        assertWrapsUnder(first);
        now.set(CLOCK.instant().plus(Duration.ofMinutes(5)));
        assertWrapsUnder(second);
    }

    @Test
    @DisplayName(
            "on several nodes whose clocks differ is read everywhere at any time of a rotation, if the file gets to all"
                    + " nodes before the start; each node changes its version once")
    void several_nodes() throws IOException {
        Path copy = copyTo("node-2");
        KekHandle other = open(copy, () -> now.get().minusSeconds(90));
        KekVersion second = rotateIn(Duration.ofMinutes(10));
        List<KekVersion> here = new ArrayList<>(List.of(first));
        List<KekVersion> there = new ArrayList<>(List.of(first));

        for (int minute = 0; minute < 15; minute++) {
            now.set(CLOCK.instant().plus(Duration.ofMinutes(minute)));
            if (minute == 9) {
                Files.copy(file.path(), copy, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
            }
            WrapResult fromHere = wrap(kek);
            WrapResult fromThere = wrap(other);
            assertUnwraps(other, fromHere);
            assertUnwraps(kek, fromThere);
            addIfChanged(here, fromHere.version().orElseThrow());
            addIfChanged(there, fromThere.version().orElseThrow());
        }

        assertThat(here).containsExactly(first, second);
        assertThat(there).containsExactly(first, second);
    }

    @Test
    void describes_an_enabled_key() {
        assertThat(kek.describe(soon()).current()).isEqualTo(first);
        assertThat(kek.describe(soon()).state()).isEqualTo(KekDescription.State.ENABLED);
    }

    @Test
    void unwraps_a_version_that_came_with_a_new_copy_of_the_file() throws IOException {
        Path copy = copyTo("node-2");
        KekHandle other = open(copy);
        rotate();
        WrapResult wrapped = wrap(kek);

        Files.copy(file.path(), copy, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);

        assertUnwraps(other, wrapped);
    }

    @Test
    void names_the_version_and_the_file_when_a_copy_lacks_it() throws IOException {
        Path copy = copyTo("node-2");
        KekHandle other = open(copy);
        KekVersion second = rotate();
        WrapResult wrapped = wrap(kek);

        assertFails(Code.KEY_NOT_FOUND, () -> unwrap(other, wrapped))
                .withMessageContaining(second.version())
                .withMessageContaining(copy.toString())
                .withMessageContaining(first.version());
    }

    @Test
    void tells_versions_apart_that_two_nodes_made_in_the_same_second() throws IOException {
        Path copy = copyTo("node-2");
        KekVersion here = rotate();
        KekVersion there = KeyFile.at(copy).addVersion(CLOCK, Duration.ZERO).name();
        WrapResult wrapped = wrap(kek);

        assertThat(there).isNotEqualTo(here);
        assertFails(Code.KEY_NOT_FOUND, () -> unwrap(open(copy), wrapped));
    }

    @Test
    void refuses_a_ciphertext_that_is_recorded_under_another_of_its_versions() throws IOException {
        WrapResult wrapped = wrap(kek);
        KekVersion second = rotate();

        assertFails(
                Code.INVALID_CIPHERTEXT,
                () -> kek.unwrap(new WrappedKey(wrapped.ciphertext(), second), CONTEXT, soon()));
    }

    @Test
    void refuses_a_ciphertext_of_another_key_file() throws IOException {
        KeyFile other = KeyFile.at(folder.resolve("other"));
        other.create(CLOCK);
        WrapResult foreign = wrap(open(other.path()));

        assertFails(Code.KEY_NOT_FOUND, () -> unwrap(kek, foreign))
                .withMessageContaining(first.identity())
                .withMessageContaining(foreign.version().orElseThrow().identity());
        assertFails(
                Code.INVALID_CIPHERTEXT,
                () -> kek.unwrap(new WrappedKey(foreign.ciphertext(), first), CONTEXT, soon()));
    }

    @Test
    void stops_using_a_version_whose_line_was_removed() throws IOException {
        WrapResult wrapped = wrap(kek);
        rotate();
        rewrite(Files.readString(file.path()).replaceAll("(?m)^key 1-.*\n", ""));
        kek.describe(soon());

        assertFails(Code.KEY_NOT_FOUND, () -> unwrap(kek, wrapped)).withMessageContaining(first.version());
    }

    @Test
    void refuses_an_empty_or_too_long_plaintext_without_a_look_at_the_file() throws IOException {
        Files.delete(file.path());

        assertFails(Code.INVALID_ARGUMENT, () -> kek.wrap(new byte[0], CONTEXT, soon()));
        assertFails(
                Code.INVALID_ARGUMENT, () -> kek.wrap(new byte[kek.traits().maxPlaintextBytes() + 1], CONTEXT, soon()));
    }

    @Test
    void goes_on_unwrapping_but_not_wrapping_while_the_file_is_damaged() throws IOException {
        String good = Files.readString(file.path());
        WrapResult wrapped = wrap(kek);
        rewrite(good.replace("key 1-2", "key 1-3"));

        assertFails(Code.UNAVAILABLE, () -> kek.describe(soon())).withMessageContaining(file + " line 6");
        assertFails(Code.UNAVAILABLE, () -> wrap(kek)).withMessageContaining(file + " line 6");
        assertUnwraps(kek, wrapped);

        rewrite(good);
        assertThat(kek.describe(soon()).current()).isEqualTo(first);
        assertUnwraps(kek, wrap(kek));
    }

    @Test
    void goes_on_unwrapping_but_not_wrapping_while_the_file_is_missing_or_open_to_others() throws IOException {
        WrapResult wrapped = wrap(kek);
        Files.setPosixFilePermissions(file.path(), PosixFilePermissions.fromString("rw-r--r--"));
        assertFails(Code.UNAVAILABLE, () -> kek.describe(soon())).withMessageContaining("chmod 600");

        Files.delete(file.path());
        assertFails(Code.UNAVAILABLE, () -> kek.describe(soon())).withMessageContaining("does not exist");
        assertFails(Code.UNAVAILABLE, () -> wrap(kek));
        assertUnwraps(kek, wrapped);
    }

    @Test
    void does_not_become_another_kek_when_the_file_does() throws IOException {
        WrapResult wrapped = wrap(kek);
        Files.delete(file.path());
        KekVersion other = file.create(CLOCK);

        assertFails(Code.KEY_NOT_FOUND, () -> kek.describe(soon()))
                .withMessageContaining(first.identity())
                .withMessageContaining(other.identity());
        assertFails(Code.KEY_NOT_FOUND, () -> wrap(kek));
        assertUnwraps(kek, wrapped);
    }

    @Test
    void serves_many_threads_while_the_file_is_rotated() throws Exception {
        int threads = 4;
        CountDownLatch rotated = new CountDownLatch(1);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        List<Future<Integer>> results = new ArrayList<>();
        try {
            for (int i = 0; i < threads; i++) {
                results.add(pool.submit(() -> {
                    int newest = 0;
                    for (int after = 0; after < 3; after += rotated.getCount() == 0 ? 1 : 0) {
                        WrapResult wrapped = wrap(kek);
                        assertUnwraps(kek, wrapped);
                        int number = number(wrapped.version().orElseThrow());
                        assertThat(number).isGreaterThanOrEqualTo(newest);
                        newest = number;
                    }
                    return newest;
                }));
            }
            for (int i = 0; i < 10; i++) {
                rotate();
            }
            rotated.countDown();
            for (Future<Integer> result : results) {
                assertThat(result.get(60, TimeUnit.SECONDS)).isEqualTo(11);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void gives_calls_that_its_close_overtakes_an_answer_or_closed() throws Exception {
        int threads = 4;
        CountDownLatch begun = new CountDownLatch(threads);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        List<Future<Code>> results = new ArrayList<>();
        WrapResult wrapped = wrap(kek);
        try {
            for (int i = 0; i < threads; i++) {
                results.add(pool.submit(() -> {
                    try {
                        while (true) {
                            assertUnwraps(kek, wrapped);
                            assertUnwraps(kek, wrap(kek));
                            begun.countDown();
                        }
                    } catch (KmsException e) {
                        return e.code();
                    }
                }));
            }
            assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
            kek.close();
            for (Future<Code> result : results) {
                assertThat(result.get(60, TimeUnit.SECONDS)).isEqualTo(Code.CLOSED);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void says_so_when_a_key_is_removed_under_a_call() throws IOException {
        WrapResult wrapped = wrap(kek);
        KeySet keys = file.load();
        KekHandle handle = new LocalKek(file, keys, host());
        keys.newest().key().destroy();

        assertFails(Code.KEY_NOT_FOUND, () -> unwrap(handle, wrapped))
                .withMessageContaining("just removed from " + file);
    }

    @Test
    void wipes_its_keys_when_it_is_closed() throws IOException {
        KeySet keys = file.load();
        KekHandle handle = new LocalKek(file, keys, host());
        wrap(handle);

        handle.close();

        assertThat(keys.newest().key().isDestroyed()).isTrue();
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> keys.newest().key().getEncoded());
    }

    @Test
    @DisplayName("reads files of format 1 and unwraps ciphertexts of format 1 for ever")
    void reads_format_1() throws IOException {
        Path golden = folder.resolve("golden");
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("format-1.kek"))) {
            Files.write(golden, in.readAllBytes());
        }
        Files.setPosixFilePermissions(golden, PosixFilePermissions.fromString("rw-------"));
        KekHandle handle = open(golden);
        Map<String, String> ciphertexts = Map.of(
                "1-20261124T150000Z-8c049c04",
                "0100000001dfe7b50f0b8803a5ff244d918e7d0950c5cdfa18809e3dc072b8557391754d682a"
                        + "00e8b536eb96aee9d7aeb702d3da04fa4b4c044d23d99cdd86e264",
                "2-20261124T150000Z-5729deae",
                "01000000023ac55a077d2d77c534e202fd0090afe7b308eb4051a715d7f28a7ac086c0d52764"
                        + "79a6e790c1bab453da0c2977c8628ab844fe8657190acf5730ff37",
                "3-20270101T000000Z-60495476",
                "0100000003ae9d7c772997d61e34a5ffc167d822c28e8b7a0be2c8e85639d81517d8ab486024"
                        + "cb74943cc9d68d9db3f2a514c619e213dc1edec08099c2e0770ac5");

        ciphertexts.forEach((version, hex) -> {
            WrappedKey wrapped = new WrappedKey(
                    HexFormat.of().parseHex(hex), new KekVersion("kek-74215930c229d1bada4f11c1", version));
            try (UnwrapResult unwrapped = handle.unwrap(wrapped, CONTEXT, soon())) {
                assertThat(unwrapped.plaintext()).isEqualTo(SECRET);
            }
        });
        now.set(Instant.parse("2027-01-01T00:09:59Z"));
        assertThat(number(handle.describe(soon()).current())).isEqualTo(2);
        now.set(Instant.parse("2027-01-01T00:10:00Z"));
        assertThat(number(handle.describe(soon()).current())).isEqualTo(3);
    }

    @Test
    void says_in_the_log_that_it_is_not_for_production() {
        assertThat(log.lines())
                .singleElement()
                .asString()
                .startsWith("WARNING member test: ")
                .contains("Not for production", first.identity(), file.toString());
    }

    @Test
    void says_in_the_log_once_that_another_version_wraps() throws IOException {
        KekVersion second = rotate();
        kek.describe(soon());
        kek.describe(soon());

        assertThat(log.lines())
                .hasSize(2)
                .last()
                .asString()
                .startsWith("INFO member test: ")
                .contains(second.version());
    }

    @Test
    void says_in_the_log_once_that_it_knows_a_pending_version_and_once_that_it_wraps() throws IOException {
        KekVersion second = rotateIn(Duration.ofMinutes(10));
        kek.describe(soon());
        wrap(kek);
        assertThat(log.lines())
                .hasSize(2)
                .last()
                .isEqualTo("INFO member test: version " + second.version() + " in " + file
                        + " starts to wrap at 2026-11-24T15:10:00Z, and unwraps already");

        now.set(CLOCK.instant().plus(Duration.ofMinutes(10)));
        kek.describe(soon());
        wrap(kek);
        assertThat(log.lines())
                .hasSize(3)
                .last()
                .isEqualTo("INFO member test: version " + second.version() + " in " + file + " wraps now");
    }

    @Test
    void is_not_opened_without_its_file_and_the_error_says_how_to_make_one() {
        Path missing = folder.resolve("missing");

        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> open(missing))
                .satisfies(e -> assertThat(e.problems()).singleElement().satisfies(problem -> {
                    assertThat(problem.field()).isEqualTo("keyFile");
                    assertThat(problem.message()).contains("trousseau keygen " + missing);
                }));
    }

    private KekVersion rotate() throws KeyFileException {
        return file.addVersion(CLOCK, Duration.ZERO).name();
    }

    private KekVersion rotateIn(Duration activateIn) throws KeyFileException {
        return file.addVersion(CLOCK, activateIn).name();
    }

    private static void addIfChanged(List<KekVersion> versions, KekVersion version) {
        if (!version.equals(versions.get(versions.size() - 1))) {
            versions.add(version);
        }
    }

    private void assertWrapsUnder(KekVersion version) {
        assertThat(wrap(kek).version()).contains(version);
        assertThat(kek.describe(soon()).current()).isEqualTo(version);
    }

    private KekHandle open(Path path) {
        return open(path, now::get);
    }

    private KekHandle open(Path path, InstantSource wallClock) {
        KekHandle handle = new LocalKmsProvider().open(ProviderConfig.of(Map.of("keyFile", path)), host(wallClock));
        opened.add(handle);
        return handle;
    }

    private ProviderContext host() {
        return host(now::get);
    }

    private ProviderContext host(InstantSource wallClock) {
        return new ProviderContext("test", log, wallClock);
    }

    private static WrapResult wrap(KekHandle kek) {
        return kek.wrap(SECRET, CONTEXT, soon());
    }

    private static UnwrapResult unwrap(KekHandle kek, WrapResult wrapped) {
        return kek.unwrap(new WrappedKey(wrapped.ciphertext(), wrapped.version().orElseThrow()), CONTEXT, soon());
    }

    private static void assertUnwraps(KekHandle kek, WrapResult wrapped) {
        try (UnwrapResult unwrapped = unwrap(kek, wrapped)) {
            assertThat(unwrapped.plaintext()).isEqualTo(SECRET);
        }
    }

    private static ThrowableAssertAlternative<KmsException> assertFails(
            Code code, ThrowableAssert.ThrowingCallable call) {
        return assertThatExceptionOfType(KmsException.class)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.code()).isEqualTo(code));
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(30));
    }

    private static int number(KekVersion version) {
        return Integer.parseInt(version.version().substring(0, version.version().indexOf('-')));
    }

    private Path copyTo(String node) throws IOException {
        Path copy = Files.createDirectory(folder.resolve(node)).resolve("kek");
        return Files.copy(file.path(), copy, StandardCopyOption.COPY_ATTRIBUTES);
    }

    private void rewrite(String content) throws IOException {
        Files.writeString(file.path(), content);
    }
}
