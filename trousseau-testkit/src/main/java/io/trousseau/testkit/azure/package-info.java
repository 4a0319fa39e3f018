/**
 * Stand-ins for Azure on the loopback interface: {@link io.trousseau.testkit.azure.FakeKeyVault}, a vault or a Managed HSM,
 * {@link io.trousseau.testkit.azure.FakeEntra}, where one logs in, and {@link io.trousseau.testkit.azure.FakeMetadata}, the
 * machine's metadata service. They speak the REST protocols, so that the official clients are tested as they are; the
 * cryptography is real; what is not modelled fails loudly.
 *
 * <p>Modelled after the references "Azure Key Vault REST API" 7.4 (Keys; "Azure Key Vault REST API error codes"; "About
 * keys": what an expired or a not yet valid key may do; "Soft-delete overview"), "Authentication, requests and responses"
 * of Key Vault (the challenge), "OAuth 2.0 client credentials flow on the Microsoft identity platform", and "How to use
 * managed identities for Azure resources on an Azure VM to acquire an access token".
 */
@NullMarked
package io.trousseau.testkit.azure;

import org.jspecify.annotations.NullMarked;
