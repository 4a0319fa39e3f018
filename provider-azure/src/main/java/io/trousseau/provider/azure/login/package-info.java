/** Logging in at Microsoft Entra ID: one class a way, and the one token that they all bring. */
@NullMarked
package io.trousseau.provider.azure.login;

import org.jspecify.annotations.NullMarked;
