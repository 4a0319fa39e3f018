/** KEKs that take part in a keyring, and the decorators around their handles: deadline, retry, circuit breaker, bulkhead, metrics. */
@NullMarked
package io.trousseau.core.member;

import org.jspecify.annotations.NullMarked;
