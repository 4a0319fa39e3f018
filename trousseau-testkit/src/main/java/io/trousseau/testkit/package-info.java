/**
 * The provider compatibility kit: the rules of {@code io.trousseau.api} as tests.
 *
 * <p>A provider's author subclasses {@link io.trousseau.testkit.KekHandleContract} and
 * {@link io.trousseau.testkit.KmsProviderContract} in the provider's own tests and fills in a hook or two. The kit needs
 * JUnit Jupiter and AssertJ.
 */
@NullMarked
package io.trousseau.testkit;

import org.jspecify.annotations.NullMarked;
