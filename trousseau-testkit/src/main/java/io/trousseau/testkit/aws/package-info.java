/**
 * AWS KMS for tests, in the JVM and on loopback: {@link io.trousseau.testkit.aws.FakeAwsKms}.
 *
 * <p>Modelled on the AWS KMS API reference (<a
 * href="https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html">Encrypt</a>, <a
 * href="https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html">Decrypt</a>, <a
 * href="https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html">DescribeKey</a>, <a
 * href="https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyRotations.html">ListKeyRotations</a>, <a
 * href="https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html">key states</a>), the AWS STS API reference
 * (<a href="https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html">AssumeRole</a>, <a
 * href="https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html">
 * AssumeRoleWithWebIdentity</a>, <a
 * href="https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html">GetCallerIdentity</a>) and <a
 * href="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html">Signature Version
 * 4</a>. What is not modelled is refused loudly.
 */
@NullMarked
package io.trousseau.testkit.aws;

import org.jspecify.annotations.NullMarked;
