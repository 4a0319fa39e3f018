/**
 * Looks for what is wrong with a node, its keyring and each member, on the way from the configuration to the KMSes and
 * back. Changes nothing.
 */
@NullMarked
package io.trousseau.server.doctor;

import org.jspecify.annotations.NullMarked;
