package io.trousseau.provider.azure.login;

import com.azure.core.credential.TokenCredential;
import java.io.IOException;

/**
 * A way to log in. Stateless: the credential is made anew for each login, so that files are read as they are now and no
 * cache of the SDK stands between a refused token and a fresh one.
 */
public interface Login {
    /**
     * A new credential.
     *
     * @throws IOException if a file that it needs cannot be used; the message names the setting and the file, and holds
     *     nothing that is in the file
     */
    TokenCredential credential(Entra entra) throws IOException;

    /** The way and who logs in by it, for people: {@code workload identity of client … in tenant …}. */
    String describe();
}
