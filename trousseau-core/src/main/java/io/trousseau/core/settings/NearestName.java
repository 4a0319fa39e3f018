package io.trousseau.core.settings;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that was probably meant by one that does not exist. */
public final class NearestName {
    private static final int LONGEST = 64;

    private NearestName() {}

    /**
     * The known name with the fewest typing errors between it and {@code written}: a character too many, missing, wrong,
     * or two exchanged. Upper and lower case are the same.
     *
     * @param written what somebody wrote
     * @param known the names that exist; of two equally near ones the first wins
     * @return empty if none is near: more than one error in three characters
     */
    public static Optional<String> of(String written, Collection<String> known) {
        String nearest = null;
        int fewest = Integer.MAX_VALUE;
        for (String name : known) {
            int longer = Math.max(written.length(), name.length());
            if (longer > LONGEST) {
                continue;
            }
            int errors = distance(written.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT));
            if (errors <= (longer + 1) / 3 && errors < fewest) {
                nearest = name;
                fewest = errors;
            }
        }
        return Optional.ofNullable(nearest);
    }

    /** Optimal string alignment distance, by rows. */
    private static int distance(String a, String b) {
        int[] beforeLast = new int[b.length() + 1];
        int[] last = new int[b.length() + 1];
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            last[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                row[j] = Math.min(Math.min(row[j - 1], last[j]) + 1, last[j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
                }
            }
            int[] free = beforeLast;
            beforeLast = last;
            last = row;
            row = free;
        }
        return last[b.length()];
    }
}
