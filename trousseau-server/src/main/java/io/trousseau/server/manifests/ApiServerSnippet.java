package io.trousseau.server.manifests;

import io.trousseau.server.config.SocketPaths;
import java.nio.file.Path;

/** What is added to kube-apiserver's own static pod. */
final class ApiServerSnippet {
    private ApiServerSnippet() {}

    static String of(Path socket) {
        return """
                # To be merged into /etc/kubernetes/manifests/kube-apiserver.yaml of every control-plane node.
                #
                # Check:
                # - encryption-configuration.yaml lies in /etc/kubernetes/encryption, mode 0600, the same on every node
                # - the DIRECTORY of the socket is mounted, never the socket: a mounted file would be the old socket after
                #   every restart of the plugin
                # - Kubernetes 1.27 and 1.28 need kubernetes.kmsApiVersion: v2beta1 in the plugin's configuration
                # - with kubeadm, put the same into extraArgs and extraVolumes of its ClusterConfiguration, or the next
                #   upgrade drops it
                spec:
                  containers:
                  - name: kube-apiserver
                    command:
                    - kube-apiserver
                    - --encryption-provider-config=/etc/kubernetes/encryption/encryption-configuration.yaml
                    - --encryption-provider-config-automatic-reload=true
                    volumeMounts:
                    - name: encryption-configuration
                      mountPath: /etc/kubernetes/encryption
                      readOnly: true
                    - name: trousseau-socket
                      mountPath: %1$s
                  volumes:
                  - name: encryption-configuration
                    hostPath:
                      path: /etc/kubernetes/encryption
                      type: Directory
                  - name: trousseau-socket
                    hostPath:
                      path: %1$s
                      type: DirectoryOrCreate
                """.formatted(Yaml.text(SocketPaths.directory(socket)));
    }
}
