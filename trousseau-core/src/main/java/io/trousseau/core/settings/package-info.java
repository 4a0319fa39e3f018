/**
 * From what people write to what a provider takes: raw settings are checked against a
 * {@link io.trousseau.api.ConfigSchema} and become a {@link io.trousseau.api.ProviderConfig}.
 */
@NullMarked
package io.trousseau.core.settings;

import org.jspecify.annotations.NullMarked;
