/** The stored format: what an envelope consists of, its one canonical encoding, and {@code key_id}. */
@NullMarked
package io.trousseau.core.envelope;

import org.jspecify.annotations.NullMarked;
