/** Files that put the server to work beside kube-apiserver. */
@NullMarked
package io.trousseau.server.manifests;

import org.jspecify.annotations.NullMarked;
