package io.trousseau.server.cli;

/** What a command ends with; scripts rely on it. */
final class ExitCode {
    /** It did what it was asked to do. */
    static final int OK = 0;

    /** It failed. */
    static final int FAILED = 1;

    /** The command line or the configuration is wrong; nothing was done. */
    static final int USAGE = 2;

    /** Another process serves the socket; nothing was done. */
    static final int ALREADY_RUNNING = 3;

    /** The server runs and is not healthy. */
    static final int UNHEALTHY = 4;

    /** No server answers. */
    static final int UNREACHABLE = 5;

    private ExitCode() {}
}
