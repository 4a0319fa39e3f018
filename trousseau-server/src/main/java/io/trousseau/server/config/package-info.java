/**
 * The configuration file: one strict YAML document that becomes immutable records, or a list of everything that is wrong
 * with it.
 *
 * <p>{@link io.trousseau.server.config.ConfigurationFile} reads a file and opens its members;
 * {@link io.trousseau.server.config.ConfigurationSchema} declares every field once, for the reader, the JSON Schema and
 * the reference documentation.
 */
@NullMarked
package io.trousseau.server.config;

import org.jspecify.annotations.NullMarked;
