package io.trousseau.server.manifests;

import io.trousseau.server.config.SocketPaths;
import io.trousseau.server.config.TrousseauConfiguration;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;

/** The server as a service of systemd, with what systemd can take away from a process. */
final class SystemdUnit {
    private static final Path RUN = Path.of("/run");

    /** A link to the other one wherever systemd runs, and as empty after each boot. */
    private static final Path VAR_RUN = Path.of("/var/run");

    private SystemdUnit() {}

    static String of(Path file, TrousseauConfiguration configuration, Set<Path> folders) {
        Path socketFolder = SocketPaths.directory(configuration.socket().path());
        String group = configuration
                .socket()
                .group()
                .map(name -> "Group=" + name + "\n")
                .orElse("");
        String mode = configuration.socket().group().isPresent() ? "0750" : "0700";
        String owner =
                configuration.socket().group().map(name -> "-g " + name + " ").orElse("");
        Path real = socketFolder.startsWith(VAR_RUN) ? RUN.resolve(VAR_RUN.relativize(socketFolder)) : socketFolder;
        String place = real.startsWith(RUN) && !real.equals(RUN)
                ? """
                        # kube-apiserver has this directory mounted: it outlives restarts.
                        RuntimeDirectory=%s
                        RuntimeDirectoryMode=%s
                        RuntimeDirectoryPreserve=yes
                        """.formatted(RUN.relativize(real), mode)
                : """
                        # Make it once: install -d -m %2$s %3$s%1$s
                        ReadWritePaths=%1$s
                        """.formatted(quoted(socketFolder), mode, owner);
        boolean readsHome =
                folders.stream().anyMatch(folder -> folder.startsWith("/home") || folder.startsWith("/root"));
        boolean readsTmp =
                folders.stream().anyMatch(folder -> folder.startsWith("/tmp") || folder.startsWith("/var/tmp"));
        return """
                # The server as a service: /etc/systemd/system/trousseau.service of every control-plane node, then
                #   systemctl daemon-reload && systemctl enable --now trousseau
                # Use this or trousseau-pod.yaml, not both.
                #
                # Check:
                # - Trousseau is unpacked in /opt/trousseau, and Java 17 or newer is installed; else set ExecStart, and
                #   JAVA_HOME by Environment=
                # - %1$s and the files that it names lie there, for root alone
                # - kube-apiserver mounts the same directory for the socket: %2$s
                # - it reads: %3$s
                [Unit]
                Description=Trousseau, KMS plugin of kube-apiserver
                # The kubelet starts the API server, which wants the socket.
                Before=kubelet.service
                After=local-fs.target
                # The API server waits for it: no number of failed starts is the last one.
                StartLimitIntervalSec=0

                [Service]
                Type=exec
                ExecStart=/opt/trousseau/bin/trousseau serve --config %4$s
                ExecReload=/bin/kill -HUP $MAINPID
                Restart=always
                RestartSec=1
                # Calls that have begun may take 10 s to end.
                TimeoutStopSec=20
                %5$s%6$sUMask=0077
                LimitCORE=0
                MemoryMax=256M
                NoNewPrivileges=yes
                CapabilityBoundingSet=
                ProtectSystem=strict
                ProtectHome=%7$s
                PrivateTmp=%8$s
                PrivateDevices=yes
                ProtectClock=yes
                ProtectHostname=yes
                ProtectKernelTunables=yes
                ProtectKernelModules=yes
                ProtectKernelLogs=yes
                ProtectControlGroups=yes
                ProtectProc=invisible
                RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
                RestrictNamespaces=yes
                RestrictRealtime=yes
                RestrictSUIDSGID=yes
                LockPersonality=yes
                SystemCallArchitectures=native
                SystemCallFilter=@system-service
                SystemCallErrorNumber=EPERM
                # MemoryDenyWriteExecute is not there: Java compiles while it runs.

                [Install]
                WantedBy=multi-user.target
                """.formatted(
                        file,
                        socketFolder,
                        folders.stream().map(Path::toString).collect(Collectors.joining(", ")),
                        quoted(file),
                        group,
                        place,
                        readsHome ? "read-only" : "yes",
                        readsTmp ? "no" : "yes");
    }

    /** As systemd reads a word. */
    private static String quoted(Path path) {
        String text = path.toString().replace("%", "%%");
        return text.matches("[\\w./%@:+=-]+")
                ? text
                : "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
