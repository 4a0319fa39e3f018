package io.trousseau.server.doctor;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.security.auth.module.UnixSystem;
import io.trousseau.api.Finding;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What is checked of this machine by looking at files and at this process.
 *
 * @param file the configuration
 * @param proc where the kernel shows what it knows: {@code /proc}
 * @param clock the time of day
 */
record LocalChecks(Path file, Path proc, InstantSource clock) {
    private static final int WRITE_BY_GROUP = 0020;
    private static final int WRITE_BY_OTHERS = 0002;
    private static final int STICKY = 01000;
    private static final String CORE_LIMIT = "Max core file size";

    /** Of this machine. */
    static LocalChecks of(Path file) {
        return new LocalChecks(file, Path.of("/proc"), InstantSource.system());
    }

    Finding permissions() {
        String id = Check.CONFIG_PERMISSIONS.id();
        Path absolute = file.toAbsolutePath();
        Path folder = Objects.requireNonNull(absolute.getParent(), "a file is in a folder");
        try {
            Optional<Finding> unsafe = unsafe(id, absolute, false).or(() -> {
                try {
                    return unsafe(id, folder, true);
                } catch (IOException e) {
                    return Optional.of(Finding.skipped(id, folder + " cannot be looked at: " + e.getMessage()));
                }
            });
            return unsafe.orElseGet(() -> Finding.ok(id, "only root and this user can change " + file));
        } catch (IOException e) {
            return Finding.skipped(id, file + " cannot be looked at");
        }
    }

    private static Optional<Finding> unsafe(String id, Path path, boolean folder) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(path, "unix:uid,mode");
        int uid = (Integer) Objects.requireNonNull(attributes.get("uid"));
        int mode = (Integer) Objects.requireNonNull(attributes.get("mode"));
        String why = ": who changes the configuration decides where keys go and which code runs";
        long own = new UnixSystem().getUid();
        if (uid != own && uid != 0) {
            return Optional.of(Finding.warning(
                    id,
                    path + " belongs to uid " + uid + ", and this process runs as uid " + own + why,
                    "chown root " + path));
        }
        boolean sticky = folder && (mode & STICKY) != 0;
        if ((mode & (WRITE_BY_GROUP | WRITE_BY_OTHERS)) != 0 && !sticky) {
            return Optional.of(Finding.warning(
                    id,
                    path + " may be changed by others (mode " + String.format(Locale.ROOT, "%04o", mode & 07777) + ")"
                            + why,
                    "chmod go-w " + path));
        }
        return Optional.empty();
    }

    /** Keys are in memory, so nobody may be able to take a picture of it. */
    Finding dumps() {
        String id = Check.PROCESS_DUMPS.id();
        List<String> open = new ArrayList<>();
        try {
            String limit = Files.readAllLines(proc.resolve("self/limits")).stream()
                    .filter(line -> line.startsWith(CORE_LIMIT))
                    .map(line -> firstWord(line.substring(CORE_LIMIT.length())))
                    .findFirst()
                    .orElse("unknown");
            if (!limit.equals("0")) {
                open.add("its limit of core dumps is " + limit + ", not 0");
            } else {
                String pattern = new String(
                                Files.readAllBytes(proc.resolve("sys/kernel/core_pattern")), StandardCharsets.UTF_8)
                        .strip();
                // systemd-coredump honours the limit, which the kernel ignores when it pipes.
                if (pattern.startsWith("|") && !pattern.contains("systemd-coredump")) {
                    open.add("kernel.core_pattern hands core dumps to " + firstWord(pattern.substring(1))
                            + ", whatever the limit");
                }
            }
        } catch (IOException e) {
            return Finding.skipped(id, "what " + proc + " knows of this process cannot be read");
        }
        if (option("HeapDumpOnOutOfMemoryError").equals("true")) {
            open.add("it writes a heap dump when it runs out of memory");
        }
        if (option("DisableAttachMechanism").equals("false")) {
            open.add("its JVM lets debuggers attach");
        }
        return open.isEmpty()
                ? Finding.ok(id, "no core dump, no heap dump, no debugger")
                : Finding.warning(
                        id,
                        "keys in memory could be read from outside of a process that is started like this one: "
                                + String.join("; ", open),
                        "start by bin/trousseau, without options in TROUSSEAU_JAVA_OPTS that undo what it sets; LimitCORE=0 in"
                                + " a systemd unit; sysctl kernel.core_pattern=core");
    }

    private static String firstWord(String text) {
        return text.strip().replaceAll("\\s.*", "");
    }

    private static String option(String name) {
        HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        return jvm == null ? "" : jvm.getVMOption(name).getValue();
    }

    Finding clockCheck() {
        String id = Check.NODE_CLOCK.id();
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        try {
            Instant changed = Files.getLastModifiedTime(file).toInstant().truncatedTo(ChronoUnit.SECONDS);
            return now.isBefore(changed)
                    ? Finding.failure(
                            id,
                            "it is " + now + " here, and " + file + " was changed at " + changed
                                    + ": the clock is behind, so that certificates and credentials may seem to be of the"
                                    + " future",
                            "set the clock, and keep it synchronized (timedatectl set-ntp true)")
                    : Finding.ok(id, "it is " + now + " here; compare with another clock");
        } catch (IOException e) {
            return Finding.skipped(id, "it is " + now + " here, and there is nothing to compare with");
        }
    }
}
