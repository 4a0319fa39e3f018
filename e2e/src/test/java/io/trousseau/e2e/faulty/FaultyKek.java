package io.trousseau.e2e.faulty;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekDescription;
import io.trousseau.api.KekHandle;
import io.trousseau.api.KekTraits;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.UnwrapResult;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrapResult;
import io.trousseau.api.WrappedKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;

/** A KEK that obeys an order before each call, and logs each call that reaches the KEK: operation, SHA-256 of what it unwraps. */
final class FaultyKek implements KekHandle {
    private final KekHandle kek;
    private final Path order;
    private final Path log;
    private final CountDownLatch closed = new CountDownLatch(1);

    FaultyKek(KekHandle kek, Path order, Path log) {
        this.kek = kek;
        this.order = order;
        this.log = log;
    }

    @Override
    public KekTraits traits() {
        return kek.traits();
    }

    @Override
    public WrapResult wrap(byte[] plaintext, WrapContext context, Deadline deadline) {
        obey(deadline);
        write("wrap");
        return kek.wrap(plaintext, context, deadline);
    }

    @Override
    public UnwrapResult unwrap(WrappedKey wrapped, WrapContext context, Deadline deadline) {
        obey(deadline);
        write("unwrap " + sha256(wrapped.ciphertext()));
        return kek.unwrap(wrapped, context, deadline);
    }

    @Override
    public KekDescription describe(Deadline deadline) {
        obey(deadline);
        write("describe");
        return kek.describe(deadline);
    }

    @Override
    public void close() {
        closed.countDown();
        kek.close();
    }

    private void obey(Deadline deadline) {
        while (true) {
            String[] words = currentOrder().split(" ");
            if (words[0].equals("fail")) {
                throw new KmsException(Code.valueOf(words[1]), "ordered: " + words[1]);
            }
            if (!words[0].equals("hang")) {
                return;
            }
            if (deadline.hasPassed()) {
                throw new KmsException(Code.TIMEOUT, "ordered: no answer");
            }
            try {
                // A hanging KMS is asked whether it still hangs.
                if (closed.await(Math.min(20, deadline.remaining().toMillis() + 1), MILLISECONDS)) {
                    throw new KmsException(Code.CLOSED, "closed");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new KmsException(Code.INTERRUPTED, "interrupted");
            }
        }
    }

    private String currentOrder() {
        try {
            return Files.readString(order).strip();
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private synchronized void write(String call) {
        try {
            Files.writeString(log, call + "\n", CREATE, APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
