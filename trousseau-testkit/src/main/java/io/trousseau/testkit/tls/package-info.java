/**
 * Certificates for tests, made on the spot by the JDK alone: a {@link io.trousseau.testkit.tls.TestCa} and what it
 * signs. Their keys are as good as any; nobody guards them.
 */
@NullMarked
package io.trousseau.testkit.tls;

import org.jspecify.annotations.NullMarked;
