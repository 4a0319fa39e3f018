package io.trousseau.testkit;

/** A KMS that takes requests and does not answer them, until this is closed. */
public interface Stall extends AutoCloseable {
    /** How many requests the KMS is holding back now, since this stall began. Safe for use by any thread. */
    int held();

    /** Lets the KMS answer again, what it held back too. Idempotent. */
    @Override
    void close();
}
