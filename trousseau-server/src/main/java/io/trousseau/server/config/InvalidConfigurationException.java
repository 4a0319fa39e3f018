package io.trousseau.server.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that cannot be used. Carries every problem that was found; its message has one line for each. */
public final class InvalidConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    InvalidConfigurationException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** The problems, one or more, by line. Unmodifiable. */
    public List<Problem> problems() {
        return problems;
    }

    /**
     * One thing that is wrong.
     *
     * @param file the file as it was asked for
     * @param line from 1; 0 if the problem is of the file as a whole
     * @param column from 1, in characters; 0 if the problem is of the file as a whole
     * @param field the path of the field, as in {@code keyring.members[0].config.keyFile}; empty if the problem is of no
     *     field
     * @param message what is wrong and what to do about it
     */
    public record Problem(String file, int line, int column, String field, String message) {
        /** One line: {@code file:line:column: field: message}. */
        @Override
        public String toString() {
            String place = line == 0 ? "" : ":" + line + ":" + column;
            return file + place + ": " + (field.isEmpty() ? "" : field + ": ") + message;
        }
    }
}
