/** Speaks with a running server as Kubernetes does. */
@NullMarked
package io.trousseau.server.client;

import org.jspecify.annotations.NullMarked;
