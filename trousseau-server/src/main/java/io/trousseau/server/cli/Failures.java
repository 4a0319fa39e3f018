package io.trousseau.server.cli;

import io.trousseau.api.ConfigException;
import io.trousseau.core.keyring.KeyringException;
import io.trousseau.server.config.InvalidConfigurationException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Says why a command failed, in one place: a message for what can happen, a stack trace for what must not. */
final class Failures implements IExecutionExceptionHandler {
    Failures() {}

    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
        PrintWriter err = command.getErr();
        if (e instanceof InvalidConfigurationException invalid) {
            err.println(invalid.getMessage());
            return ExitCode.USAGE;
        }
        if (e instanceof CommandFailedException failed) {
            err.println("trousseau: " + failed.getMessage());
            return failed.exitCode();
        }
        if (e instanceof ConfigException || e instanceof KeyringException) {
            err.println("trousseau: " + e.getMessage());
            return ExitCode.FAILED;
        }
        if (e instanceof IOException failure) {
            err.println("trousseau: " + reason(failure));
            return ExitCode.FAILED;
        }
        err.println("trousseau: this is a defect of Trousseau, please report it:");
        e.printStackTrace(err);
        return ExitCode.FAILED;
    }

    /** Java's exceptions about files have the file as their whole message. */
    private static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return e.getMessage() + " does not exist";
        }
        if (e instanceof AccessDeniedException) {
            return e.getMessage() + " may not be accessed by this user; check its owner and mode, and its folder's";
        }
        if (e instanceof FileAlreadyExistsException) {
            return e.getMessage() + " exists already; choose another name or remove it first";
        }
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
