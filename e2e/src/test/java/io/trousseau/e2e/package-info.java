/**
 * Trousseau against the real parts: etcd, kube-apiserver, kubectl, and a plugin process from the unpacked distribution.
 *
 * <p>Every class named {@code …IT} shows one promise to a cluster's operator. The others drive the parts: a {@link
 * io.trousseau.e2e.ControlPlane} is one etcd with kube-apiservers on it, a {@link io.trousseau.e2e.Plugin} is one
 * Trousseau process, and nothing of Trousseau runs inside the JVM of the tests.
 */
@NullMarked
package io.trousseau.e2e;

import org.jspecify.annotations.NullMarked;
