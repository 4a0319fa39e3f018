package io.trousseau.testkit.kek;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekDescription.State;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class InMemoryKekTest {
    private final InMemoryKek kek = InMemoryKek.create("kek-a");
    private final KekHandle handle = kek.open();

    @Test
    void a_rotation_shows_at_every_handle_and_old_versions_still_unwrap() {
        WrappedKey old = wrap();
        KekHandle otherNode = kek.open();
        assertThat(kek.rotate()).isEqualTo(new KekVersion("kek-a", "2"));
        assertThat(otherNode.describe(soon()).current().version()).isEqualTo("2");
        assertThat(wrap().version().version()).isEqualTo("2");
        unwrap(old);
    }

    @Test
    void an_operator_can_go_back_to_an_older_version() {
        KekVersion first = kek.current();
        kek.rotate();
        kek.wrapUnder(first);
        assertThat(wrap().version()).isEqualTo(first);
        assertThat(kek.rotate().version()).isEqualTo("3");
        assertThatIllegalArgumentException().isThrownBy(() -> kek.wrapUnder(new KekVersion("kek-b", "1")));
    }

    @Test
    void a_disabled_key_refuses_and_is_described_until_it_is_enabled() {
        WrappedKey wrapped = wrap();
        kek.disable();
        assertThat(codeOf(this::wrap)).isEqualTo(Code.KEY_DISABLED);
        assertThat(codeOf(() -> unwrap(wrapped))).isEqualTo(Code.KEY_DISABLED);
        assertThat(handle.describe(soon()).state()).isEqualTo(State.DISABLED);
        kek.enable();
        unwrap(wrapped);
    }

    @Test
    void one_old_version_can_be_disabled_alone() {
        WrappedKey old = wrap();
        kek.rotate();
        kek.disable(old.version());
        assertThat(codeOf(() -> unwrap(old))).isEqualTo(Code.KEY_DISABLED);
        unwrap(wrap());
        kek.enable(old.version());
        unwrap(old);
    }

    @Test
    void a_scheduled_death_is_described_and_can_be_cancelled() {
        Instant death = Instant.parse("2030-01-01T00:00:00Z");
        WrappedKey wrapped = wrap();
        kek.scheduleDestruction(kek.current(), death);
        KekDescription description = handle.describe(soon());
        assertThat(description.state()).isEqualTo(State.DESTRUCTION_SCHEDULED);
        assertThat(description.destructionAt()).contains(death);
        assertThat(codeOf(() -> unwrap(wrapped))).isEqualTo(Code.KEY_DESTROYED);
        kek.enable(kek.current());
        unwrap(wrapped);
    }

    @Test
    void nothing_brings_a_destroyed_key_back() {
        WrappedKey wrapped = wrap();
        kek.destroy();
        kek.enable();
        assertThat(codeOf(() -> unwrap(wrapped))).isEqualTo(Code.KEY_DESTROYED);
        assertThat(handle.describe(soon()).state()).isEqualTo(State.DESTROYED);
    }

    private WrappedKey wrap() {
        WrapResult result = handle.wrap(new byte[32], WrapContext.empty(), soon());
        return new WrappedKey(result.ciphertext(), result.version().orElseThrow());
    }

    private void unwrap(WrappedKey wrapped) {
        handle.unwrap(wrapped, WrapContext.empty(), soon()).close();
    }

    private static Code codeOf(Runnable call) {
        return catchThrowableOfType(KmsException.class, call::run).code();
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(30));
    }
}
