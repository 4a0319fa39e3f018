/** Local KEKs: random AES-256 keys of this process, wrapped by the members, that seal payloads. */
@NullMarked
package io.trousseau.core.localkek;

import org.jspecify.annotations.NullMarked;
