package io.trousseau.server.config;

import io.trousseau.server.config.InvalidConfigurationException.Problem;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects what is wrong with one file. A problem that is found twice counts once. */
final class Problems {
    private final String file;
    private final Set<Problem> found = new LinkedHashSet<>();

    Problems(String file) {
        this.file = file;
    }

    void add(Place place, String field, String message) {
        found.add(new Problem(file, place.line(), place.column(), field, message));
    }

    int count() {
        return found.size();
    }

    List<Problem> byLine() {
        return found.stream()
                .sorted(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column))
                .toList();
    }

    void throwIfAny() {
        if (!found.isEmpty()) {
            throw new InvalidConfigurationException(byLine());
        }
    }
}
