package io.trousseau.server.doctor;

import io.trousseau.api.Finding;
import java.util.Optional;

/**
 * One finding and whom it is about.
 *
 * @param member the member; empty if it is about the node or the keyring
 * @param finding what was found
 */
public record Checked(Optional<String> member, Finding finding) {}
