/**
 * A provider that can be told to hang or to fail while its plugin runs. The suite packs this package into a jar and puts
 * it into the {@code lib} of a distribution; it knows nothing but {@code trousseau-api} and the provider it stands
 * before.
 */
@NullMarked
package io.trousseau.e2e.faulty;

import org.jspecify.annotations.NullMarked;
