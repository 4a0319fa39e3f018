/** Which providers there are, and how the one that a configuration names is found without running any other. */
@NullMarked
package io.trousseau.core.discovery;

import org.jspecify.annotations.NullMarked;
