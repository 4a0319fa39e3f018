/**
 * The life of the Unix socket's file: claimed, guarded, handed over, given up.
 *
 * <p>Every process binds a name of its own beside the socket's path and renames it over the path. So there is no moment at
 * which a client finds nothing or something half made, and no process ever deletes what another one has bound.
 */
@NullMarked
package io.trousseau.server.socket;

import org.jspecify.annotations.NullMarked;
