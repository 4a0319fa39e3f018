/** Where log lines go and what they look like. */
@NullMarked
package io.trousseau.server.log;

import org.jspecify.annotations.NullMarked;
