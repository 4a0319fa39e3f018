package io.trousseau.testkit.vault;

import com.fasterxml.jackson.databind.JsonNode;
import io.trousseau.testkit.process.Loopback;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Three OpenBao servers with one raft store, plain HTTP: any two of them serve. Every node takes every request; one that
 * stands by forwards what it may not answer itself.
 */
public final class OpenBaoCluster implements AutoCloseable {
    private static final int SIZE = 3;

    private final List<OpenBao> nodes;

    private OpenBaoCluster(List<OpenBao> nodes) {
        this.nodes = List.copyOf(nodes);
    }

    /** Starts the three, initialises the first, lets the others join, unseals all; returns when all may vote. */
    public static OpenBaoCluster start() {
        List<Integer> ports = new ArrayList<>();
        List<URI> addresses = new ArrayList<>();
        for (int i = 0; i < SIZE; i++) {
            int port = Loopback.freePort();
            ports.add(port);
            addresses.add(URI.create("http://127.0.0.1:" + port));
        }
        List<OpenBao> nodes = new ArrayList<>();
        for (int i = 0; i < SIZE; i++) {
            List<URI> peers = new ArrayList<>(addresses);
            peers.remove(i);
            nodes.add(OpenBao.node("bao-" + (i + 1), ports.get(i), Loopback.freePort(), Optional.empty(), peers));
        }
        OpenBaoCluster cluster = new OpenBaoCluster(nodes);
        try {
            OpenBao first = nodes.get(0);
            first.start();
            OpenBao.Keys keys = first.initialise();
            first.unseal();
            first.await(
                    "lead", () -> first.health().filter(status -> status == 200).isPresent());
            // By default a node must be well for ten seconds before it may vote.
            first.root()
                    .must(
                            "POST",
                            "sys/storage/raft/autopilot/configuration",
                            Map.of("server_stabilization_time", "1s"));
            for (OpenBao other : nodes.subList(1, SIZE)) {
                other.use(keys);
                other.start();
                other.unseal();
            }
            first.await("let the others vote", () -> cluster.voters() == SIZE);
            return cluster;
        } catch (RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
    }

    private int voters() {
        int voters = 0;
        JsonNode servers = root().must("GET", "sys/storage/raft/configuration")
                .data()
                .path("config")
                .path("servers");
        for (JsonNode server : servers) {
            voters += server.path("voter").asBoolean() ? 1 : 0;
        }
        return voters;
    }

    /** The nodes, in the order of their start; the test may stop, kill, pause, restart and seal each. */
    public List<OpenBao> nodes() {
        return nodes;
    }

    /** The nodes' addresses, in the same order. */
    public List<URI> addresses() {
        return nodes.stream().map(OpenBao::address).toList();
    }

    /** The node that leads; waits for an election to end. */
    public OpenBao leader() {
        OpenBao[] found = new OpenBao[1];
        OpenBao anyRunning = nodes.stream()
                .filter(OpenBao::isRunning)
                .findAny()
                .orElseThrow(() -> new IllegalStateException("no node of the cluster runs"));
        anyRunning.await("see a leader", () -> {
            for (OpenBao node : nodes) {
                if (node.isRunning()
                        && node.health().filter(status -> status == 200).isPresent()) {
                    found[0] = node;
                    return true;
                }
            }
            return false;
        });
        return found[0];
    }

    /** SIGKILL to the node that leads: that node. {@link #leader} then waits for the next. */
    public OpenBao killLeader() {
        OpenBao leader = leader();
        leader.kill();
        return leader;
    }

    /** A client of the leader with the root token; waits for an election to end. */
    public VaultClient root() {
        return leader().root();
    }

    @Override
    public void close() {
        nodes.forEach(OpenBao::close);
    }

    /** The addresses. */
    @Override
    public String toString() {
        return "OpenBaoCluster" + addresses();
    }
}
