package io.trousseau.testkit;

import io.trousseau.api.Deadline;
import io.trousseau.api.KekHandle;
import io.trousseau.api.WrapContext;
import io.trousseau.api.WrappedKey;

/** The calls of a handle that may ask the KMS, for rules that hold for all of them. */
enum Request {
    WRAP("wrap") {
        @Override
        Object make(KekHandle kek, WrappedKey wrapped, WrapContext context, Deadline deadline) {
            return kek.wrap(new byte[32], context, deadline);
        }
    },
    UNWRAP("unwrap") {
        @Override
        Object make(KekHandle kek, WrappedKey wrapped, WrapContext context, Deadline deadline) {
            return kek.unwrap(wrapped, context, deadline);
        }
    },
    DESCRIBE("describe") {
        @Override
        Object make(KekHandle kek, WrappedKey wrapped, WrapContext context, Deadline deadline) {
            return kek.describe(deadline);
        }
    };

    private final String text;

    Request(String text) {
        this.text = text;
    }

    /** Makes the call; only an unwrap looks at {@code wrapped}. */
    abstract Object make(KekHandle kek, WrappedKey wrapped, WrapContext context, Deadline deadline);

    /** The method's name. */
    @Override
    public String toString() {
        return text;
    }
}
