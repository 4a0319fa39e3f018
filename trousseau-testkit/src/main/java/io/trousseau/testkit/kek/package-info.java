/**
 * KEKs for tests: {@link io.trousseau.testkit.kek.InMemoryKek}, which does everything right,
 * {@link io.trousseau.testkit.kek.FaultyKek}, which puts a script of faults in front of any handle, and
 * {@link io.trousseau.testkit.kek.ForwardingKek}, to be overridden where a test wants a handle to differ.
 *
 * <p>Nothing here protects anything. Depends on {@code trousseau-api} alone, no test framework.
 */
@NullMarked
package io.trousseau.testkit.kek;

import org.jspecify.annotations.NullMarked;
