/** Shamir's secret sharing over GF(2^8), for keyrings of which several members must agree to read. */
@NullMarked
package io.trousseau.core.sharing;

import org.jspecify.annotations.NullMarked;
