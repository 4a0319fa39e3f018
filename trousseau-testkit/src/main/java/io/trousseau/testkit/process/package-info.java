/**
 * Programs that a test starts, and the ports they listen on. Whatever ends the test's JVM, its programs end with it.
 */
@NullMarked
package io.trousseau.testkit.process;

import org.jspecify.annotations.NullMarked;
