/**
 * HashiCorp Vault and OpenBao for tests: {@link io.trousseau.testkit.vault.FakeVault} is one in this JVM that also fails
 * on command, {@link io.trousseau.testkit.vault.OpenBao} and {@link io.trousseau.testkit.vault.OpenBaoCluster} run the real
 * program. A test that is written against {@link io.trousseau.testkit.vault.VaultServer} runs on either.
 *
 * <p>The paths and fields are those of the HTTP API's reference: <a href="https://openbao.org/api-docs/">OpenBao</a>,
 * <a href="https://developer.hashicorp.com/vault/api-docs">Vault</a>.
 */
@NullMarked
package io.trousseau.testkit.vault;

import org.jspecify.annotations.NullMarked;
