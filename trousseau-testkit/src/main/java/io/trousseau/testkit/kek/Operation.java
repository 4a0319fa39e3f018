package io.trousseau.testkit.kek;

/** What a {@link io.trousseau.api.KekHandle} is asked to do. */
public enum Operation {
    /** {@link io.trousseau.api.KekHandle#wrap}. */
    WRAP,
    /** {@link io.trousseau.api.KekHandle#unwrap}. */
    UNWRAP,
    /** {@link io.trousseau.api.KekHandle#describe}. */
    DESCRIBE
}
