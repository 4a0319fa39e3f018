/** How what is printed looks. */
@NullMarked
package io.trousseau.server.terminal;

import org.jspecify.annotations.NullMarked;
