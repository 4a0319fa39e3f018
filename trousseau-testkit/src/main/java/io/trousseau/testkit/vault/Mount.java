package io.trousseau.testkit.vault;

/** What is mounted at a path of a namespace: a secrets engine or a login method. Calls are made one at a time. */
interface Mount {
    /** The name that it is enabled by. */
    String type();

    /** What the caller's policies must allow. */
    default Capability capability(FakeCall call) {
        return Capability.of(call);
    }

    /** Whether anybody may make this call. */
    default boolean isLogin(FakeCall call) {
        return false;
    }

    /**
     * Answers a call; its path is below the mount.
     *
     * @throws Refusal for an answer other than 2xx
     * @throws Unmodelled if a real one would answer
     */
    FakeAnswer handle(FakeCall call);
}
