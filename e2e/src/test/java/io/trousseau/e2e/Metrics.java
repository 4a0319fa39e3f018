package io.trousseau.e2e;

import java.util.List;
import java.util.stream.Stream;

/** One scrape in the Prometheus text format. */
record Metrics(List<String> lines) {
    static Metrics parse(String text) {
        return new Metrics(text.lines().filter(line -> !line.startsWith("#")).toList());
    }

    /** The sum over the samples of {@code name} that have all of these labels, each given as {@code label="value"}. */
    double sum(String name, String... labels) {
        return samples(name, labels)
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private Stream<String> samples(String name, String... labels) {
        return lines.stream()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .filter(line -> Stream.of(labels).allMatch(line::contains));
    }
}
