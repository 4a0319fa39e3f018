/** What Trousseau's own work costs, by JMH. Each class answers one question, which its documentation says. */
@NullMarked
package io.trousseau.benchmarks;

import org.jspecify.annotations.NullMarked;
