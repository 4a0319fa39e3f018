package io.trousseau.server.manifests;

import io.trousseau.server.config.SocketPaths;
import io.trousseau.server.config.TrousseauConfiguration;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Set;

/** The server as a static pod: the kubelet starts it without any API server, network or Secret of the cluster. */
final class StaticPod {
    private StaticPod() {}

    static String of(Path file, TrousseauConfiguration configuration, Set<Path> folders, String image) {
        StringBuilder mounts = new StringBuilder();
        StringBuilder volumes = new StringBuilder();
        int number = 0;
        for (Path folder : folders) {
            String name = number == 0 ? "configuration" : "files-" + number;
            mounts.append(mount(name, folder, true));
            volumes.append(volume(name, folder, "Directory"));
            number++;
        }
        Path socketFolder = SocketPaths.directory(configuration.socket().path());
        mounts.append(mount("socket", socketFolder, false));
        volumes.append(volume("socket", socketFolder, "DirectoryOrCreate"));
        String group =
                configuration.socket().group().map(name -> """
                        # - socket.group is %1$s: the image knows the group, by the number that it has on the node
                        """.formatted(name)).orElse("");
        // Without it root may give a file to no group but its own; the kubelet makes the directory, after each boot.
        String capabilities = group.isEmpty() ? "" : """
                        add:
                        - CHOWN
                """;
        return """
                # The server as a static pod: /etc/kubernetes/manifests/trousseau-pod.yaml of every control-plane node.
                # Use this or trousseau.service, not both.
                #
                # Check:
                # - the image is one that the node has, or can pull without the cluster; pin it by digest
                # - %2$s and the files that it names lie there, for root alone
                # - the KMSes are reachable by names that the node itself resolves: there is no cluster DNS here
                # - kube-apiserver mounts the same directory for the socket: %3$s
                %4$sapiVersion: v1
                kind: Pod
                metadata:
                  name: trousseau
                  namespace: kube-system
                  labels:
                    app.kubernetes.io/name: trousseau
                    tier: control-plane
                spec:
                  # The API server cannot start without it, so that it goes last.
                  priorityClassName: system-node-critical
                  # It runs before there is a pod network, and its health is asked on the node's loopback.
                  hostNetwork: true
                  dnsPolicy: Default
                  automountServiceAccountToken: false
                  enableServiceLinks: false
                  restartPolicy: Always
                  # Calls that have begun may take 10 s to end.
                  terminationGracePeriodSeconds: 20
                  securityContext:
                    # root, because key files and the socket are root's alone; without any capability.
                    runAsUser: 0
                    runAsGroup: 0
                    seccompProfile:
                      type: RuntimeDefault
                  containers:
                  - name: trousseau
                    image: %1$s
                    args:
                    - serve
                    - --config
                    - %5$s
                    resources:
                      requests:
                        cpu: 50m
                        memory: 128Mi
                      limits:
                        memory: 256Mi
                    securityContext:
                      allowPrivilegeEscalation: false
                      readOnlyRootFilesystem: true
                      capabilities:
                        drop:
                        - ALL
                %9$s%6$s    volumeMounts:
                %7$s  volumes:
                %8$s""".formatted(
                        Yaml.text(image),
                        file,
                        socketFolder,
                        group,
                        Yaml.text(file),
                        configuration.admin().address().map(StaticPod::probes).orElse(""),
                        mounts,
                        volumes,
                        capabilities);
    }

    private static String probes(InetSocketAddress address) {
        if (address.getPort() == 0) {
            return "";
        }
        String ask = """
                      httpGet:
                        host: %s
                        port: %d
                        path: /livez
                """.formatted(Yaml.text(address.getAddress().getHostAddress()), address.getPort());
        return """
                    # About the process alone: an outage of a KMS restarts nothing.
                    livenessProbe:
                %1$s      periodSeconds: 10
                      timeoutSeconds: 5
                      failureThreshold: 6
                    startupProbe:
                %1$s      periodSeconds: 1
                      timeoutSeconds: 5
                      failureThreshold: 60
                """.formatted(ask);
    }

    private static String mount(String name, Path folder, boolean readOnly) {
        return "    - name: " + name + "\n      mountPath: " + Yaml.text(folder) + "\n"
                + (readOnly ? "      readOnly: true\n" : "");
    }

    private static String volume(String name, Path folder, String type) {
        return "  - name: " + name + "\n    hostPath:\n      path: " + Yaml.text(folder) + "\n      type: " + type
                + "\n";
    }
}
