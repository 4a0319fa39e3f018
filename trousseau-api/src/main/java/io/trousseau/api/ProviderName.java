package io.trousseau.api;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The name by which configuration asks for a {@link KmsProvider}.
 *
 * <p>The name is an annotation, not a method, so that it can be read without creating the provider: nothing that the
 * configuration does not name is ever instantiated, and a jar that plants a provider on the class path runs no code.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface ProviderName {
    /**
     * The name: a DNS label of RFC 1123, that is 1 to 63 characters of {@code a-z}, {@code 0-9} and inner {@code -}. It
     * is stored in every envelope, so it never changes once data exists. {@code local}, {@code vault}, {@code aws},
     * {@code gcp} and {@code azure} belong to Trousseau's own providers.
     */
    String value();
}
