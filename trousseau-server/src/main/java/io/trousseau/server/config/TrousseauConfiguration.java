package io.trousseau.server.config;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a configuration file says, with every default filled in. Immutable; two are equal if they mean the same, whatever
 * their files look like. {@link ConfigurationSchema} documents the fields and their bounds.
 *
 * @param socket where Kubernetes finds the plugin
 * @param kubernetes what is spoken with Kubernetes
 * @param admin health, metrics and status over HTTP
 * @param log what is written and how
 * @param keyring the members and the policy
 */
public record TrousseauConfiguration(Socket socket, Kubernetes kubernetes, Admin admin, Log log, Keyring keyring) {
    /**
     * Where Kubernetes finds the plugin.
     *
     * @param path of the socket; absolute, and short enough for {@link SocketPaths#own}
     * @param group who may use the socket beside root; an existing group of this machine
     */
    public record Socket(Path path, Optional<String> group) {}

    /**
     * What is spoken with Kubernetes.
     *
     * @param kmsApiVersion what {@code Status} states
     * @param kmsV1 whether KMS v1 is served beside v2
     */
    public record Kubernetes(KmsApiVersion kmsApiVersion, boolean kmsV1) {}

    /** The version that {@code Status} states. */
    public enum KmsApiVersion {
        /** Kubernetes 1.29 and newer. */
        V2,
        /** Kubernetes 1.27 and 1.28, which accept nothing else. */
        V2BETA1;

        /** As {@code Status} states it: {@code v2} or {@code v2beta1}. */
        @Override
        public String toString() {
            return ChoiceType.word(this);
        }
    }

    /**
     * Health, metrics and status over HTTP.
     *
     * @param address a loopback address, resolved; port 0 stands for any free one; empty if nothing is served
     */
    public record Admin(Optional<InetSocketAddress> address) {}

    /**
     * What is written and how.
     *
     * @param format how a line looks
     * @param level the least important lines that are written
     */
    public record Log(Format format, Level level) {
        /** How a line looks. */
        public enum Format {
            /** For people. */
            TEXT,
            /** One JSON object a line. */
            JSON
        }

        /** How important a line is. */
        public enum Level {
            /** Something does not work. */
            ERROR,
            /** Something needs attention soon. */
            WARN,
            /** What an operator wants to read later. */
            INFO,
            /** What helps to find a fault. */
            DEBUG
        }
    }

    /**
     * The members and the policy.
     *
     * @param name a DNS label that every envelope carries
     * @param epoch from 1
     * @param decryptThreshold k: how many members are needed to open
     * @param writeQuorum w: how many members must have wrapped a local KEK before it seals; k ≤ w ≤ n
     * @param formerPolicies the policies whose envelopes are opened although they are weaker; unmodifiable
     * @param keyIdHold how often at most the key_id changes for a member that comes back
     * @param localKek the bounds of a local KEK
     * @param cache the bounds of what is remembered
     * @param probe how the members are watched
     * @param failure what to do when a member refuses
     * @param members one or more, of different names; unmodifiable
     */
    public record Keyring(
            String name,
            int epoch,
            int decryptThreshold,
            int writeQuorum,
            List<FormerPolicy> formerPolicies,
            Duration keyIdHold,
            LocalKek localKek,
            Cache cache,
            Probe probe,
            Failure failure,
            List<Member> members) {}

    /**
     * A policy that was in force once.
     *
     * @param decryptThreshold its k
     */
    public record FormerPolicy(int decryptThreshold) {}

    /**
     * The bounds of a local KEK. Both are targets: an outage of the members may overrun them.
     *
     * @param maxAge after which another is made
     * @param softUses after how many seals another is made
     */
    public record LocalKek(Duration maxAge, long softUses) {}

    /**
     * The bounds of what is remembered.
     *
     * @param maxLocalKeks how many proven local KEKs are kept in memory
     */
    public record Cache(int maxLocalKeks) {}

    /**
     * How the members are watched.
     *
     * @param interval between two probes of a member
     */
    public record Probe(Duration interval) {}

    /**
     * What to do when a member refuses.
     *
     * @param denied while a KMS does not allow the use of its KEK
     * @param gone once a KEK is confirmed to be disabled or destroyed
     */
    public record Failure(Denied denied, Gone gone) {
        /** What to do while a KMS does not allow the use of its KEK. */
        public enum Denied {
            /** Seal nothing more with that member; go on opening what is in the cache. */
            STOP_SEALING,
            /** Neither seal nor open what the policy no longer allows, and wipe the cache. */
            FAIL_CLOSED,
            /** Go on with proven local KEKs as in an outage. */
            SERVE
        }

        /** What to do once a KEK is confirmed to be disabled or destroyed. */
        public enum Gone {
            /** The member leaves; when the others cannot meet the policy, neither seal nor open, and wipe the cache. */
            FAIL_CLOSED,
            /** Go on with proven local KEKs as in an outage. */
            SERVE
        }
    }

    /**
     * A KEK that takes part in the keyring.
     *
     * @param name a DNS label, different from the other members'
     * @param provider the name of the provider
     * @param role what the member does
     * @param formerKeks identities of KEKs that this member may still unwrap for; unmodifiable
     * @param deadline its share of a call's deadline; empty if the keyring decides
     * @param config the provider's settings, not yet checked against its schema: {@link Map}, {@link List},
     *     {@link String}, {@link Boolean} and {@link Number}; unmodifiable
     */
    public record Member(
            String name,
            String provider,
            Role role,
            List<String> formerKeks,
            Optional<Duration> deadline,
            Map<String, Object> config) {
        /** What a member does. */
        public enum Role {
            /** Wraps new local KEKs and unwraps old ones. */
            WRAP,
            /** Only unwraps: a KMS on its way out. */
            UNWRAP
        }

        /** All but the values of the provider's settings, where a person may have put a secret by mistake. */
        @Override
        public String toString() {
            return "Member[name=" + name + ", provider=" + provider + ", role=" + role + ", formerKeks=" + formerKeks
                    + ", deadline=" + deadline + ", config=" + config.keySet() + "]";
        }
    }
}
