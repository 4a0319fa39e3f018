/**
 * A Google Cloud KMS in the JVM, for tests: {@link io.trousseau.testkit.gcp.FakeGoogleKms}.
 *
 * <p>It is built on Google's own service stubs, so whoever uses this package has {@code grpc-google-cloud-kms-v1},
 * {@code proto-google-cloud-kms-v1} and {@code grpc-netty} on the test class path; the testkit's pom names the versions
 * and makes them optional.
 */
@NullMarked
package io.trousseau.testkit.gcp;

import org.jspecify.annotations.NullMarked;
