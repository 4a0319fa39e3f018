package io.trousseau.server.manifests;

import java.nio.file.Path;

/** What tells kube-apiserver to encrypt with the plugin. */
public final class EncryptionConfiguration {
    private EncryptionConfiguration() {}

    /**
     * Secrets and ConfigMaps encrypted by the plugin behind {@code socket}; what is not encrypted yet is still read.
     *
     * @param socket absolute path
     */
    public static String of(Path socket) {
        return """
                # EncryptionConfiguration of kube-apiserver: --encryption-provider-config
                #
                # Check:
                # - the name below is stored in every object: once data exists, do not change it
                # - identity stays last until everything is encrypted; then remove it, so that nothing else is accepted:
                #     kubectl get secrets --all-namespaces -o json | kubectl replace -f -
                # - a cluster with another provider before: keep its entry between the two, until that is done
                apiVersion: apiserver.config.k8s.io/v1
                kind: EncryptionConfiguration
                resources:
                - resources:
                  - secrets
                  providers:
                  - kms:
                      apiVersion: v2
                      name: %s
                      endpoint: %s
                      timeout: 3s
                  - identity: {}
                """.formatted(Manifest.PLUGIN, Yaml.text("unix://" + socket));
    }
}
