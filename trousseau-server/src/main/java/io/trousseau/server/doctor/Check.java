package io.trousseau.server.doctor;

/** What Trousseau itself checks, in the order in which it is told. The ids are documented and stay. */
enum Check {
    CONFIG_FILE(About.NODE, "config.file", "the configuration is read without a problem; one finding for each problem"),
    CONFIG_PERMISSIONS(About.NODE, "config.permissions", "nobody but root and this user can change the configuration"),
    SOCKET_DIRECTORY(
            About.NODE, "socket.directory", "nobody else can put a socket in place of ours; who shall reach it can"),
    SOCKET_SERVER(About.NODE, "socket.server", "a server answers `Status` on the socket, and is healthy"),
    SOCKET_KEY_ID(About.NODE, "socket.key-id", "what it seals with is what this configuration gives now"),
    ADMIN_ADDRESS(About.NODE, "admin.address", "the server answers there, and nobody else does"),
    PROCESS_DUMPS(
            About.NODE,
            "process.dumps",
            "what is started like this process leaves no core or heap dump and takes no debugger"),
    NODE_CLOCK(About.NODE, "node.clock", "the clock is not behind the configuration's last change"),

    KEYRING_POLICY(About.KEYRING, "keyring.policy", "what may be lost, what an attacker needs, what it costs"),
    KEYRING_RISKS(About.KEYRING, "keyring.risks", "what to think about again in the policy"),
    KEYRING_FORMER_POLICIES(About.KEYRING, "keyring.former-policies", "whether weaker policies still open"),
    KEYRING_QUORUM(About.KEYRING, "keyring.quorum", "enough members work to seal and to open"),
    KEYRING_DISTINCT_KEKS(About.KEYRING, "keyring.distinct-keks", "no two members are the same KEK"),
    KEYRING_FORMER_KEKS(About.KEYRING, "keyring.former-keks", "what members may unwrap besides their own"),
    KEYRING_SIZE(
            About.KEYRING, "keyring.size", "what every stored object carries at most, against what Kubernetes accepts"),

    MEMBER_PROVIDER(About.MEMBER, "member.provider", "the provider is there: its class, jar and version"),
    MEMBER_OPENS(About.MEMBER, "member.opens", "the settings and the files that they name are usable"),
    MEMBER_CAPABILITIES(
            About.MEMBER, "member.capabilities", "what somebody who can write to etcd could do with this KEK"),
    MEMBER_DESCRIBE(About.MEMBER, "member.describe", "the KMS knows the KEK, which is enabled and will stay"),
    MEMBER_ROUND_TRIP(About.MEMBER, "member.round-trip", "random bytes that are wrapped come back unchanged"),
    MEMBER_VERSION(
            About.MEMBER,
            "member.version",
            "the KMS names the KEK version as the provider declares, the same everywhere"),
    MEMBER_CONTEXT(
            About.MEMBER, "member.context", "a copy is refused under another context, if the provider declares that"),
    MEMBER_LATENCY(About.MEMBER, "member.latency", "calls take far less than the member's deadline"),
    MEMBER_EXAMINE(About.MEMBER, "member.examine", "the provider's own checks, which follow, ran to their end");

    /** What a check is about. */
    enum About {
        NODE,
        KEYRING,
        MEMBER
    }

    private final About about;
    private final String id;
    private final String meaning;

    Check(About about, String id, String meaning) {
        this.about = about;
        this.id = id;
        this.meaning = meaning;
    }

    About about() {
        return about;
    }

    String id() {
        return id;
    }

    /** What is as it should be if the verdict is good; for the documentation. */
    String meaning() {
        return meaning;
    }
}
