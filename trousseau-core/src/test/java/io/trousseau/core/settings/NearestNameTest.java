package io.trousseau.core.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {
    private static final List<String> KNOWN = List.of("keyFile", "keyName", "region", "url", "kms", "a");

    @ParameterizedTest(name = "{0} means {1}")
    @CsvSource({
        "keyfile, keyFile",
        "keyFiles, keyFile",
        "kyeName, keyName",
        "key_file, keyFile",
        "regoin, region",
        "uri, url",
        "ksm, kms",
    })
    void near(String written, String meant) {
        assertThat(NearestName.of(written, KNOWN)).contains(meant);
    }

    @ParameterizedTest(name = "{0} means none")
    @CsvSource({"address", "u", "b", "reg", "''", "keyFileOfTheProvider"})
    void far(String written) {
        assertThat(NearestName.of(written, KNOWN)).isEmpty();
    }
}
