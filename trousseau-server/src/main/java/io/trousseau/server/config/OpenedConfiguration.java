package io.trousseau.server.config;

import java.util.List;

/**
 * A configuration without problems, and the open KEKs of its members. Whoever has it closes it.
 *
 * @param configuration what the file says
 * @param members in the order of the file
 * @param sizeBudget what every stored object carries at most
 */
public record OpenedConfiguration(
        TrousseauConfiguration configuration, List<OpenedMember> members, SizeBudget sizeBudget)
        implements AutoCloseable {
    /** Copies the list. */
    public OpenedConfiguration {
        members = List.copyOf(members);
    }

    /** Closes every KEK. Idempotent, never throws. */
    @Override
    public void close() {
        members.forEach(member -> member.handle().close());
    }
}
