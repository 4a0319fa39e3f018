/** What operators and their machines ask of a running server: health, metrics, status, and what is written to the log. */
@NullMarked
package io.trousseau.server.admin;

import org.jspecify.annotations.NullMarked;
