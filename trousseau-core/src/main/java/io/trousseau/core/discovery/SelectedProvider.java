package io.trousseau.core.discovery;

import io.trousseau.api.KmsProvider;

/**
 * A provider that somebody asked for by name.
 *
 * @param name the name
 * @param provider ready to open KEKs
 * @param origin where it comes from; log it
 */
public record SelectedProvider(String name, KmsProvider provider, ProviderOrigin origin) {}
