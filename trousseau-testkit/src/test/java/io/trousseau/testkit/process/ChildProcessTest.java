package io.trousseau.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A program that a test started")
class ChildProcessTest {
    private static final List<String> LONG = List.of("sleep", "600");

    @TempDir
    private Path directory;

    private ChildProcess start(List<String> command) {
        return ChildProcess.start("program", directory.resolve("log"), Map.of(), command);
    }

    @Test
    @DisplayName("ends with its exit code; what it printed is in the log, after what an earlier one printed")
    void endsByItself() {
        assertThat(start(List.of("sh", "-c", "echo one; exit 3")).awaitExit(Duration.ofSeconds(30)))
                .isEqualTo(3);
        ChildProcess second = start(List.of("sh", "-c", "echo two >&2"));
        assertThat(second.awaitExit(Duration.ofSeconds(30))).isZero();

        assertThat(second.logged()).isEqualTo("one\ntwo\n");
    }

    @Test
    @DisplayName("gets the environment that it is given, and not what is taken from it")
    void environment() {
        ChildProcess child = ChildProcess.start(
                "program",
                directory.resolve("log"),
                Map.of("TROUSSEAU_ADDED", "x", "PATH", ""),
                List.of("/bin/sh", "-c", "echo \"$TROUSSEAU_ADDED\"; /usr/bin/env | /bin/grep -c '^PATH=' || true"));
        child.awaitExit(Duration.ofSeconds(30));

        assertThat(child.logged()).isEqualTo("x\n0\n");
    }

    @Test
    @DisplayName("is ended by stop, kill and close, even when it is paused")
    void ended() {
        ChildProcess stopped = start(LONG);
        assertThat(stopped.isAlive()).isTrue();
        assertThat(stopped.stop()).isEqualTo(128 + 15);

        ChildProcess killed = start(LONG);
        killed.kill();
        assertThat(killed.isAlive()).isFalse();

        ChildProcess closed = start(LONG);
        closed.pause();
        closed.close();
        assertThat(closed.isAlive()).isFalse();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @DisplayName("is frozen with all its threads when pause returns, and goes on after resume")
    void frozen() throws IOException {
        try (ChildProcess child = start(LONG)) {
            child.pause();
            assertThat(stateOf(child)).isEqualTo('T');

            child.resume();
            Awaitility.await().until(() -> stateOf(child) != 'T');
        }
    }

    private static char stateOf(ChildProcess child) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + child.pid() + "/stat"));
        return stat.charAt(stat.lastIndexOf(')') + 2);
    }

    @Test
    @DisplayName("that does not end in time is an error that names it and its log")
    void doesNotEnd() {
        try (ChildProcess child = start(LONG)) {
            assertThatThrownBy(() -> child.awaitExit(Duration.ofMillis(10)))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContainingAll("program", child.log().toString());
        }
    }

    @Test
    @DisplayName("dies with the JVM that started it, even when that is killed")
    void diesWithTheJvm() {
        ChildProcess jvm = start(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Starter.class.getName(),
                directory.resolve("grandchild.log").toString()));
        try (jvm) {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> jvm.logged().endsWith("\n") || !jvm.isAlive());
            ProcessHandle grandchild =
                    ProcessHandle.of(Long.parseLong(jvm.logged().strip())).orElseThrow();
            assertThat(grandchild.isAlive()).isTrue();

            jvm.signal("KILL");

            Awaitility.await().until(() -> !grandchild.isAlive());
        }
    }

    /** What the JVM that is killed runs. */
    static final class Starter {
        private Starter() {}

        public static void main(String[] arguments) {
            ChildProcess child = ChildProcess.start("grandchild", Path.of(arguments[0]), Map.of(), LONG);
            System.out.println(child.pid());
            child.awaitExit(Duration.ofHours(1));
        }
    }

    @Test
    @DisplayName("gets a port that nobody listens on, and another each time")
    void ports() throws IOException {
        int first = Loopback.freePort();
        int second = Loopback.freePort();

        assertThat(first).isNotEqualTo(second);
        try (ServerSocket socket = new ServerSocket(first, 1, InetAddress.getByName("127.0.0.1"))) {
            assertThat(socket.getLocalPort()).isEqualTo(first);
        }
    }
}
