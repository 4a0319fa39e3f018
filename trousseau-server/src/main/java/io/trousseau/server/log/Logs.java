package io.trousseau.server.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import io.trousseau.server.config.TrousseauConfiguration.Log;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Sends the log of the whole process to standard error, as the configuration says; what is written with
 * {@code System.Logger}, SLF4J and {@code java.util.logging} alike. Until {@link #configure} is called, warnings are
 * written as text. There is no file to configure, and none is looked for.
 *
 * <p>Debug lines are Trousseau's own: those of the libraries below it may hold what is sent.
 */
public final class Logs {
    private Logs() {}

    /** Writes so from now on. May be called again, after a reload. */
    public static void configure(Log log) {
        configure((LoggerContext) LoggerFactory.getILoggerFactory(), log);
    }

    static void configure(LoggerContext context, Log log) {
        LineEncoder lines = new LineEncoder(log.format() == Log.Format.JSON ? LineFormat.JSON : LineFormat.TEXT);
        lines.setContext(context);
        lines.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setName("standard error");
        appender.setTarget("System.err");
        appender.setEncoder(lines);
        appender.start();

        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        root.addAppender(appender);
        Level level = Level.toLevel(log.level().name());
        root.setLevel(level.isGreaterOrEqual(Level.INFO) ? level : Level.INFO);
        context.getLogger("io.trousseau").setLevel(level);
        context.getLogger("trousseau").setLevel(level);
        // It warns at every connection of a socket option that Unix sockets do not have.
        context.getLogger("io.netty.bootstrap").setLevel(Level.ERROR);
        // Azure's SDK logs each failed call with a stack trace, which an outage makes one every few seconds. The
        // provider
        // tells of the same failure in one line.
        context.getLogger("com.azure").setLevel(Level.OFF);
        context.getLogger("com.microsoft.aad.msal4j").setLevel(Level.OFF);

        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
    }
}
