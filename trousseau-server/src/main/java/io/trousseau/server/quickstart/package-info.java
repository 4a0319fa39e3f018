/** Shows on this machine, in a minute, what Trousseau does. */
@NullMarked
package io.trousseau.server.quickstart;

import org.jspecify.annotations.NullMarked;
