/** The keyring: seals payloads so that any threshold of its members can open them, on any node. */
@NullMarked
package io.trousseau.core.keyring;

import org.jspecify.annotations.NullMarked;
