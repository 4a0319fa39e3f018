package io.trousseau.provider.local;

import io.trousseau.api.KekHandle;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.KekHandleContract;
import io.trousseau.testkit.Stall;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;

class LocalKekContractTest extends KekHandleContract {
    @TempDir
    Path folder;

    @Override
    protected KekHandle openKek(ProviderContext context) throws IOException {
        return open("kek", context);
    }

    @Override
    protected KekHandle openOtherKek(ProviderContext context) throws IOException {
        return open("other", context);
    }

    @Override
    protected void rotateKek() throws IOException {
        KeyFile.at(folder.resolve("kek")).addVersion(InstantSource.system(), Duration.ZERO);
    }

    @Override
    protected void disableKek() {
        Assumptions.abort("a key file has no disabled state: a version is in it or it is not");
    }

    @Override
    protected Stall stallKms() {
        return Assumptions.abort("a key file has no KMS that could fall silent: it is read from a local disk");
    }

    @Override
    protected List<String> secrets() {
        try (Stream<String> lines = Files.lines(folder.resolve("kek"))) {
            return lines.filter(line -> line.startsWith("key "))
                    .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private KekHandle open(String name, ProviderContext context) throws IOException {
        Path path = folder.resolve(name);
        if (!Files.exists(path)) {
            KeyFile.at(path).create(InstantSource.system());
        }
        return new LocalKmsProvider().open(ProviderConfig.of(Map.of("keyFile", path)), context);
    }
}
