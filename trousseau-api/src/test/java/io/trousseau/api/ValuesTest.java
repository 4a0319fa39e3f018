package io.trousseau.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.trousseau.api.KekDescription.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A value of the SPI")
class ValuesTest {
    private static final KekVersion VERSION = new KekVersion("key", "1");

    /** What a provider without null checks passes. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }

    @Test
    @DisplayName("does not change with the list that it was made of")
    void listsAreCopied() {
        List<String> scopes = new ArrayList<>(List.of("read"));
        ProviderConfig config = ProviderConfig.of(Map.of("scopes", scopes));
        scopes.add("write");
        assertThat(config.strings("scopes")).containsExactly("read");
    }

    @Test
    @DisplayName("of an answer has no part that is null")
    void answersHaveNoNulls() {
        byte[] bytes = {1};
        assertThatNullPointerException().isThrownBy(() -> new WrapResult(bytes, nothing()));
        assertThatNullPointerException().isThrownBy(() -> new UnwrapResult(bytes, nothing()));
        assertThatNullPointerException()
                .isThrownBy(() -> new KekDescription(nothing(), State.ENABLED, "AES", Optional.empty()));
        assertThatNullPointerException()
                .isThrownBy(() -> new KekDescription(VERSION, nothing(), "AES", Optional.empty()));
        assertThatNullPointerException()
                .isThrownBy(() -> new KekDescription(VERSION, State.ENABLED, nothing(), Optional.empty()));
        assertThatNullPointerException().isThrownBy(() -> new KekDescription(VERSION, State.ENABLED, "AES", nothing()));
    }
}
