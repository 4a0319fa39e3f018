package io.trousseau.api;

import java.util.List;
import java.util.stream.Collectors;

/** Settings that cannot be used. Carries every problem that was found, so that one correction suffices. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    /**
     * Makes an exception of the problems.
     *
     * @param problems copied; one or more
     * @throws IllegalArgumentException if there are none
     */
    public ConfigException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("; ")));
        if (problems.isEmpty()) {
            throw new IllegalArgumentException("no problem given");
        }
        this.problems = List.copyOf(problems);
    }

    /**
     * Makes an exception of one problem.
     *
     * @param field see {@link Problem#field()}
     * @param message see {@link Problem#message()}
     */
    public ConfigException(String field, String message) {
        this(List.of(new Problem(field, message)));
    }

    /** The problems, one or more, in the order in which they were found. */
    public List<Problem> problems() {
        return problems;
    }

    /**
     * One thing that is wrong.
     *
     * @param field the setting's name; empty if the problem is of the block as a whole
     * @param message what is wrong and what to do about it; never the value of a secret setting
     */
    public record Problem(String field, String message) {
        /** The field and the message, for people. */
        @Override
        public String toString() {
            return field.isEmpty() ? message : field + ": " + message;
        }
    }
}
