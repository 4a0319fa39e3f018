/** The server as a whole: what its parts are made of, how they start, change and stop together. */
@NullMarked
package io.trousseau.server;

import org.jspecify.annotations.NullMarked;
