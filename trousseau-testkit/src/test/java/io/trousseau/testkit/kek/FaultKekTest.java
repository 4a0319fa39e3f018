package io.trousseau.testkit.kek;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.KekHandleContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultKekTest {
    @TempDir
    Path folder;

    @Nested
    class Contract extends KekHandleContract {
        @Override
        protected KekHandle openKek(ProviderContext context) {
            return openNamed("a", context);
        }

        @Override
        protected KekHandle openOtherKek(ProviderContext context) {
            return openNamed("b", context);
        }

        @Override
        protected void rotateKek() throws IOException {
            order("version 2");
        }
    }

    @Test
    void two_processes_with_one_key_hold_one_kek_whatever_version_each_wraps_under() throws IOException {
        order("version 7");
        WrappedKey wrapped = wrap(open());
        assertThat(wrapped.version().identity()).isEqualTo("protects-nothing/a");
        assertThat(wrapped.version().version()).isEqualTo("7");
        order("version 3");
        KekHandle other = open();
        assertThat(other.describe(soon()).current().version()).isEqualTo("3");
        unwrap(other, wrapped);
    }

    @Test
    void the_control_file_is_read_at_each_call_and_says_what_happens_to_which_operation() throws IOException {
        KekHandle kek = open();
        WrappedKey wrapped = wrap(kek);
        order("error KEY_DISABLED\nok describe\n\n");
        assertThat(codeOf(() -> wrap(kek))).isEqualTo(Code.KEY_DISABLED);
        assertThat(codeOf(() -> unwrap(kek, wrapped))).isEqualTo(Code.KEY_DISABLED);
        kek.describe(soon());
        order("corrupt wrap");
        WrappedKey corrupt = wrap(kek);
        assertThat(codeOf(() -> unwrap(kek, corrupt))).isEqualTo(Code.INVALID_CIPHERTEXT);
        order("ok");
        unwrap(kek, wrap(kek));
    }

    @Test
    void a_hanging_call_times_out_at_its_deadline() throws IOException {
        KekHandle kek = open();
        order("hang");
        assertThat(codeOf(() -> kek.describe(Deadline.after(Duration.ofMillis(20)))))
                .isEqualTo(Code.TIMEOUT);
    }

    @Test
    void an_order_that_makes_no_sense_is_named_with_file_and_line() throws IOException {
        KekHandle kek = open();
        for (String order :
                new String[] {"explode", "error", "error NO_SUCH_CODE", "version 101", "hang up", "ok wrap unwrap"}) {
            order("ok\n" + order);
            KmsException failure = catchThrowableOfType(KmsException.class, () -> kek.describe(soon()));
            assertThat(failure.code()).isEqualTo(Code.INTERNAL);
            assertThat(failure).hasMessage("%s, line 2: cannot understand \"%s\"; see FaultProvider", control(), order);
        }
    }

    @Test
    void each_call_is_written_to_the_call_log_even_if_it_fails() throws IOException {
        KekHandle kek = open();
        WrappedKey wrapped = wrap(kek);
        order("error UNAVAILABLE unwrap");
        assertThat(codeOf(() -> unwrap(kek, wrapped))).isEqualTo(Code.UNAVAILABLE);
        kek.describe(soon());
        assertThat(folder.resolve("calls")).hasContent("wrap\nunwrap\ndescribe");
    }

    @Test
    void opening_one_warns_that_it_protects_nothing() {
        StringBuilder log = new StringBuilder();
        System.Logger logger = new System.Logger() {
            @Override
            public String getName() {
                return "test";
            }

            @Override
            public boolean isLoggable(Level level) {
                return true;
            }

            @Override
            public void log(Level level, java.util.ResourceBundle bundle, String message, Throwable thrown) {
                log.append(level).append(' ').append(message);
            }

            @Override
            public void log(Level level, java.util.ResourceBundle bundle, String format, Object... parameters) {
                log.append(level).append(' ').append(java.text.MessageFormat.format(format, parameters));
            }
        };
        openNamed("a", new ProviderContext("vault-eu", logger, InstantSource.system()))
                .close();
        assertThat(log).startsWith("WARNING member vault-eu: ").contains("PROTECTS NOTHING");
    }

    private KekHandle open() {
        return openNamed("a", new ProviderContext("test", System.getLogger("test"), InstantSource.system()));
    }

    private KekHandle openNamed(String key, ProviderContext context) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("key", key);
        settings.put("controlFile", control());
        settings.put("callLog", folder.resolve("calls"));
        return new FaultProvider().open(ProviderConfig.of(settings), context);
    }

    private Path control() {
        return folder.resolve("control");
    }

    private void order(String orders) throws IOException {
        Files.writeString(control(), orders);
    }

    private static WrappedKey wrap(KekHandle kek) {
        WrapResult result = kek.wrap(new byte[32], WrapContext.empty(), soon());
        return new WrappedKey(result.ciphertext(), result.version().orElseThrow());
    }

    private static void unwrap(KekHandle kek, WrappedKey wrapped) {
        try (UnwrapResult result = kek.unwrap(wrapped, WrapContext.empty(), soon())) {
            assertThat(result.plaintext()).isEqualTo(new byte[32]);
        }
    }

    private static Code codeOf(Runnable call) {
        return catchThrowableOfType(KmsException.class, call::run).code();
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(30));
    }
}
