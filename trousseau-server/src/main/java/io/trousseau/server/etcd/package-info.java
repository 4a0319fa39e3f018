/** How kube-apiserver stores what a KMS plugin protects. */
@NullMarked
package io.trousseau.server.etcd;

import org.jspecify.annotations.NullMarked;
