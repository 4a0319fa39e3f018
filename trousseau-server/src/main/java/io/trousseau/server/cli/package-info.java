/** The command line: one class for each command. */
@NullMarked
package io.trousseau.server.cli;

import org.jspecify.annotations.NullMarked;
