package io.trousseau.e2e;

import io.trousseau.testkit.process.ChildProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts what the suite needs besides itself. */
final class Child {
    private Child() {}

    /** As {@link ChildProcess#start}; signals reach the program also when the suite runs in the background. */
    static ChildProcess start(String name, Path log, Map<String, String> environment, List<String> command) {
        // Whoever runs the suite in the background ignores SIGINT or SIGHUP, and a child would inherit that.
        List<String> withSignals = new ArrayList<>(List.of("env", "--default-signal=INT,HUP"));
        withSignals.addAll(command);
        return ChildProcess.start(name, log, environment, withSignals);
    }
}
