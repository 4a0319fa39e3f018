package io.trousseau.provider.local;

import io.trousseau.api.Finding;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code doctor} is told of a key file.
 *
 * @param identity of the KEK that was opened
 */
record KeyFileExamination(KeyFile file, String identity, InstantSource clock) {
    /** In any state of the handle, since it looks at the file and not at what is in memory. */
    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        KeySet keys;
        try {
            keys = file.load();
        } catch (KeyFileException e) {
            findings.add(Finding.failure(
                    "local.key-file",
                    "until it is repaired the keys in memory unwrap, and nothing is wrapped: " + e.getMessage(),
                    "repair " + file + ", or put another copy of it back"));
            findings.add(Finding.skipped("local.versions", "needs the key file"));
            findings.add(custody());
            return findings;
        }
        keys.destroy();
        if (keys.identity().equals(identity)) {
            findings.add(Finding.ok(
                    "local.key-file",
                    file + " is read; it and its folder can be changed by nobody but this user and root"));
        } else {
            findings.add(Finding.failure(
                    "local.key-file",
                    file + " holds another KEK now, " + keys.identity() + ", not " + identity,
                    "put the former file back, or restart the server to use the new one"));
        }
        findings.add(versions(keys));
        findings.add(custody());
        return findings;
    }

    private Finding versions(KeySet keys) {
        Instant now = clock.instant();
        KeySet.Entry wraps = keys.wrapping(now);
        KeySet.Entry newest = keys.newest();
        String seen = keys.keys().size() + (keys.keys().size() == 1 ? " version; " : " versions; ")
                + wraps.version().name() + " wraps";
        if (newest.version().created().isAfter(now.plus(1, ChronoUnit.MINUTES))) {
            return Finding.warning(
                    "local.versions",
                    seen + "; " + newest.version().name() + " was made after what the clock of this node says, " + now,
                    "set the clock of this node, or of the one that made the version, before the next rotation");
        }
        return Finding.ok(
                "local.versions",
                newest.version().equals(wraps.version())
                        ? seen
                        : seen + "; " + newest.version().name() + " starts to wrap at " + newest.start()
                                + ", when every node must have the file");
    }

    private Finding custody() {
        return Finding.warning(
                "local.custody",
                "the KEK is in a file: whoever has this machine or its backup can read what it protects, and without the"
                        + " file nobody can",
                "use a KMS in production; until then keep a copy of " + file
                        + " apart from this machine and from etcd's" + " backups");
    }
}
