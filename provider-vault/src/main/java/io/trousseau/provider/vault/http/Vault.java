package io.trousseau.provider.vault.http;

import io.trousseau.api.Deadline;

/**
 * Something that answers Vault's HTTP API: a cluster, or a session with one.
 *
 * <p>Safe for use by any number of threads.
 */
public interface Vault {
    /**
     * Asks Vault once. May try several addresses of the cluster.
     *
     * @param request what to ask
     * @param deadline when to give up
     * @return an answer with a status of 2xx, whose body is empty or whole JSON. The caller closes it.
     * @throws VaultException if there is no such answer. After an interruption the thread's interrupt flag is set.
     */
    VaultAnswer call(VaultRequest request, Deadline deadline) throws VaultException;
}
