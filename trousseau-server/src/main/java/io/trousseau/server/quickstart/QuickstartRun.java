package io.trousseau.server.quickstart;

import io.grpc.StatusRuntimeException;
import io.trousseau.api.NanoClock;
import io.trousseau.server.config.TrousseauConfiguration.Log;
import io.trousseau.server.log.Logs;
import io.trousseau.server.quickstart.ApiServerRules.BrokenRuleException;
import io.trousseau.server.quickstart.Narration.WaitedTooLongException;
import io.trousseau.server.terminal.Style;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Runs a quickstart and leaves nothing behind, also when the process is told to end meanwhile. */
public final class QuickstartRun {
    private final Narration narration;
    private final String version;

    /**
     * Prepares one.
     *
     * @param out where it tells what happens
     * @param live whether {@code out} is a terminal
     * @param version of this build
     */
    public QuickstartRun(PrintWriter out, Style style, boolean live, String version) {
        this.narration = new Narration(out, style, live, NanoClock.system());
        this.version = version;
    }

    /**
     * Without any part of Kubernetes.
     *
     * @param socket of a server that runs, which is used in place of one with a key of its own
     */
    public void alone(Optional<Path> socket) throws Exception {
        run(sandbox -> new Quickstart(sandbox, narration, version, socket).run());
    }

    /**
     * With etcd, kube-apiserver and kubectl.
     *
     * @param environment says where they are
     * @param socket of a server that runs, which is used in place of one with a key of its own
     */
    public void withCluster(Map<String, String> environment, Optional<Path> socket) throws Exception {
        ClusterParts parts = ClusterParts.find(environment);
        run(sandbox -> new ClusterQuickstart(sandbox, narration, version, parts, socket).run());
    }

    private interface Work {
        void in(Sandbox sandbox) throws Exception;
    }

    private static void run(Work work) throws Exception {
        Logs.configure(new Log(Log.Format.TEXT, Log.Level.ERROR));
        Sandbox sandbox = new Sandbox();
        Thread onSignal = new Thread(sandbox::close, "quickstart-cleanup");
        Runtime.getRuntime().addShutdownHook(onSignal);
        try (sandbox) {
            work.in(sandbox);
        } catch (WaitedTooLongException | BrokenRuleException | StatusRuntimeException e) {
            throw new IOException("the quickstart failed: " + e.getMessage(), e);
        } finally {
            try {
                Runtime.getRuntime().removeShutdownHook(onSignal);
            } catch (IllegalStateException e) {
                // The process is told to end; what fails because of that is not worth a word.
                Thread.currentThread().join();
            }
        }
    }
}
