/** What a keyring's policy means, in plain words, and what a change of it does to data that is stored already. */
@NullMarked
package io.trousseau.core.policy;

import org.jspecify.annotations.NullMarked;
