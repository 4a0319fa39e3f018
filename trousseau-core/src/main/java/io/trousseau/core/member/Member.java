package io.trousseau.core.member;

import io.trousseau.api.KekHandle;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A KEK that takes part in a keyring.
 *
 * @param name the configured name, a DNS label, unique within the keyring; stored nowhere
 * @param provider the provider's name, a DNS label; stored in every envelope
 * @param handle the KEK; the keyring closes it
 * @param role whether the member wraps, or only unwraps
 * @param formerKeks identities of KEKs that this member may unwrap besides its own
 * @param deadline how long one operation at the member may take; 3 s longer until it has answered for the first time, since
 *     it is then set up as well
 */
public record Member(
        String name, String provider, KekHandle handle, Role role, Set<String> formerKeks, Duration deadline) {
    /** The deadline of a member whose configuration says none. */
    public static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(2);

    private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    /** What a member does. */
    public enum Role {
        /** Wraps and unwraps; counts in n. */
        WRAP,
        /** Only unwraps: a KMS on its way out. */
        UNWRAP
    }

    /**
     * Checks names and deadline.
     *
     * @throws IllegalArgumentException if a name is not a DNS label or the deadline is not positive
     */
    public Member {
        Objects.requireNonNull(handle, "handle");
        Objects.requireNonNull(role, "role");
        formerKeks = Set.copyOf(formerKeks);
        if (!DNS_LABEL.matcher(name).matches()) {
            throw new IllegalArgumentException("the member name " + name + " is not a DNS label");
        }
        if (!DNS_LABEL.matcher(provider).matches()) {
            throw new IllegalArgumentException("the provider name " + provider + " is not a DNS label");
        }
        if (deadline.isZero() || deadline.isNegative()) {
            throw new IllegalArgumentException("the deadline of member " + name + " is not positive");
        }
    }

    /** A member that wraps, with defaults for the rest. */
    public static Member of(String name, String provider, KekHandle handle) {
        return new Member(name, provider, handle, Role.WRAP, Set.of(), DEFAULT_DEADLINE);
    }

    /** The same member with another handle around the KEK. */
    public Member withHandle(KekHandle other) {
        return new Member(name, provider, other, role, formerKeks, deadline);
    }
}
