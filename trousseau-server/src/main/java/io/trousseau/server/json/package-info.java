/** JSON of maps, lists, texts, numbers and booleans. */
@NullMarked
package io.trousseau.server.json;

import org.jspecify.annotations.NullMarked;
