package io.trousseau.testkit.kek;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekTraits;
import io.trousseau.api.KekVersion;
import io.trousseau.api.KmsException;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;

/** A handle of {@link FaultProvider}: a {@link FaultyKek} that takes its script from a file before each call. */
final class FaultKek implements KekHandle {
    private final InMemoryKek kek;
    private final FaultyKek faulty;
    private final ControlFile controlFile;
    private final Optional<Path> callLog;

    FaultKek(InMemoryKek kek, ControlFile controlFile, Optional<Path> callLog) {
        this.kek = kek;
        this.faulty = new FaultyKek(kek.open());
        this.controlFile = controlFile;
        this.callLog = callLog;
    }

    @Override
    public KekTraits traits() {
        return faulty.traits();
    }

    @Override
    public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
        prepare(Operation.WRAP);
        return faulty.wrap(plaintext, context, deadline);
    }

    @Override
    public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
        prepare(Operation.UNWRAP);
        return faulty.unwrap(wrapped, context, deadline);
    }

    @Override
    public KekDescription describe(Deadline deadline) {
        prepare(Operation.DESCRIBE);
        return faulty.describe(deadline);
    }

    @Override
    public void close() {
        faulty.close();
    }

    @Override
    public String toString() {
        return "FaultKek[" + kek.current() + "]";
    }

    private void prepare(Operation operation) {
        if (Thread.currentThread().isInterrupted()) {
            // File channels cannot be used by an interrupted thread; the handle behind tells the caller.
            return;
        }
        callLog.ifPresent(file -> append(file, operation));
        ControlFile.Orders orders = controlFile.read();
        kek.wrapUnder(new KekVersion(kek.current().identity(), Integer.toString(orders.version())));
        faulty.always(operation, orders.faults().getOrDefault(operation, Fault.none()));
    }

    private static void append(Path file, Operation operation) {
        String line = operation.name().toLowerCase(Locale.ROOT) + "\n";
        try {
            Files.writeString(
                    file, line, StandardCharsets.US_ASCII, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new KmsException(KmsException.Code.INTERNAL, "cannot write the call log " + file, e);
        }
    }
}
