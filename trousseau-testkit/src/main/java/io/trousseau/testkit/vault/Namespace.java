package io.trousseau.testkit.vault;

import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** A namespace: its mounts, its policies, and the namespaces below it. */
final class Namespace {
    private final String path;
    private final String id;
    private final String uuid = UUID.randomUUID().toString();
    private final Optional<Namespace> parent;

    final TreeMap<String, Namespace> children = new TreeMap<>();
    /** By path with a slash at its end; login methods begin with {@code auth/}. */
    final TreeMap<String, Mount> mounts = new TreeMap<>();

    final TreeMap<String, StoredPolicy> policies = new TreeMap<>();

    /** A policy, and when and how often it was written. */
    record StoredPolicy(Policy policy, String modified, int version) {}

    /** A mount and the part of a path that is below it. */
    record Route(String mountPath, Mount mount, String rest) {}

    private Namespace(String path, String id, Optional<Namespace> parent) {
        this.path = path;
        this.id = id;
        this.parent = parent;
        policies.put("default", new StoredPolicy(Policy.DEFAULT, "", 1));
    }

    static Namespace root() {
        return new Namespace("", "root", Optional.empty());
    }

    Namespace child(String name) {
        return children.computeIfAbsent(
                name, any -> new Namespace(path + name + "/", Ids.random(6), Optional.of(this)));
    }

    /** Empty, or with a slash at its end. */
    String path() {
        return path;
    }

    String id() {
        return id;
    }

    String uuid() {
        return uuid;
    }

    boolean isRoot() {
        return parent.isEmpty();
    }

    Optional<Namespace> parent() {
        return parent;
    }

    Optional<Route> route(String requestPath) {
        return mounts.entrySet().stream()
                .filter(entry -> requestPath.startsWith(entry.getKey()))
                .max(Map.Entry.comparingByKey(Comparator.comparingInt(String::length)))
                .map(entry -> new Route(
                        entry.getKey(),
                        entry.getValue(),
                        requestPath.substring(entry.getKey().length())));
    }
}
