package io.trousseau.provider.vault.auth;

import io.trousseau.api.Deadline;
import java.util.Optional;

/** Where an AppRole's secret-id comes from. */
interface SecretId {
    /** A fresh array, which the caller wipes. */
    byte[] obtain(TokenTaker vault, Optional<String> namespace, Deadline deadline);
}
