package io.trousseau.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.server.config.TrousseauConfiguration.Log;
import io.trousseau.server.config.TrousseauConfiguration.Log.Format;
import io.trousseau.server.config.TrousseauConfiguration.Log.Level;
import io.trousseau.server.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

@Isolated
class LogsTest {
    private final PrintStream before = System.err;
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    @BeforeEach
    void capture() {
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void restore() {
        Logs.configure(new Log(Format.TEXT, Level.WARN));
        System.setErr(before);
    }

    private List<String> lines() {
        return written.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    @DisplayName("text is a line of time, level, name and message, whichever way it was logged")
    void text() {
        Logs.configure(new Log(Format.TEXT, Level.INFO));
        System.getLogger("io.trousseau.core.Some").log(System.Logger.Level.INFO, "{0} says {1}", "it", 5);
        LoggerFactory.getLogger("org.example.Other").warn("{} more", "no");
        java.util.logging.Logger.getLogger("io.grpc.Third").warning("that's all");
        assertThat(lines())
                .hasSize(3)
                .allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z .*"));
        assertThat(lines().get(0)).endsWith(" INFO  Some: it says 5");
        assertThat(lines().get(1)).endsWith(" WARN  Other: no more");
        assertThat(lines().get(2)).endsWith(" WARN  Third: that's all");
    }

    @Test
    @DisplayName("json is one object a line, with the exception in it")
    void json() {
        Logs.configure(new Log(Format.JSON, Level.INFO));
        System.getLogger("io.trousseau.core.Some")
                .log(System.Logger.Level.ERROR, "two\nlines", new IllegalStateException("why"));
        assertThat(lines())
                .singleElement()
                .satisfies(line -> assertThat((Map<?, ?>) Json.parse(line))
                        .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
                        .containsOnlyKeys("time", "level", "logger", "thread", "message", "exception")
                        .containsEntry("level", "error")
                        .containsEntry("logger", "io.trousseau.core.Some")
                        .containsEntry("message", "two\nlines")
                        .hasEntrySatisfying(
                                "exception",
                                text -> assertThat(text.toString())
                                        .startsWith("java.lang.IllegalStateException: why\n")));
    }

    @Test
    @DisplayName("no part of a message looks like a line of its own")
    void forgedLine() {
        Logs.configure(new Log(Format.TEXT, Level.INFO));
        System.getLogger("io.trousseau.Some")
                .log(
                        System.Logger.Level.WARNING,
                        "uid is {0}",
                        "x\n2026-11-24T15:00:00.000Z ERROR Some: forged\u001b[31m");
        assertThat(lines()).hasSize(2);
        assertThat(lines().get(1)).startsWith("    2026").doesNotContain("\u001b");
    }

    @Test
    @DisplayName("the level decides what is written, and libraries never go below info")
    void levels() {
        Logs.configure(new Log(Format.TEXT, Level.ERROR));
        LoggerFactory.getLogger("io.trousseau.Some").warn("not important enough");
        assertThat(lines()).isEmpty();
        Logs.configure(new Log(Format.TEXT, Level.DEBUG));
        LoggerFactory.getLogger("io.trousseau.Some").debug("ours");
        LoggerFactory.getLogger("trousseau.audit").debug("audit");
        LoggerFactory.getLogger("io.netty.handler").debug("a packet");
        LoggerFactory.getLogger("io.netty.bootstrap.ServerBootstrap").warn("unknown socket option");
        assertThat(lines()).hasSize(2);
        assertThat(lines().get(0)).endsWith("DEBUG Some: ours");
        assertThat(lines().get(1)).endsWith("DEBUG audit: audit");
    }

    @Test
    @DisplayName("configuring again replaces the format and writes each line once")
    void again() {
        Logs.configure(new Log(Format.TEXT, Level.INFO));
        Logs.configure(new Log(Format.JSON, Level.INFO));
        LoggerFactory.getLogger("io.trousseau.Some").info("once");
        assertThat(lines()).singleElement().satisfies(line -> assertThat(line).startsWith("{"));
    }
}
