package io.trousseau.server.config;

import io.trousseau.api.KekHandle;
import io.trousseau.core.discovery.ProviderOrigin;

/**
 * A member whose KEK is open.
 *
 * @param settings what the file says of it
 * @param handle the KEK
 * @param origin where its provider comes from; log it
 */
public record OpenedMember(TrousseauConfiguration.Member settings, KekHandle handle, ProviderOrigin origin) {}
