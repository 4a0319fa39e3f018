package io.trousseau.testkit.kek;

import io.trousseau.api.KmsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The file that scripts a {@link FaultProvider}; its javadoc has the syntax. */
final class ControlFile {
    private final Path path;

    ControlFile(Path path) {
        this.path = path;
    }

    /**
     * Reads what the file says now.
     *
     * @throws KmsException {@link KmsException.Code#INTERNAL} if it cannot be read or a line cannot be understood
     */
    Orders read() {
        List<String> lines;
        try {
            lines = Files.readAllLines(path);
        } catch (NoSuchFileException e) {
            lines = List.of();
        } catch (IOException e) {
            throw new KmsException(KmsException.Code.INTERNAL, "cannot read the control file " + path, e);
        }
        Map<Operation, Fault> faults = new EnumMap<>(Operation.class);
        int version = 1;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty()) {
                continue;
            }
            try {
                if (line.startsWith("version ")) {
                    version = version(line.substring("version ".length()));
                } else {
                    addFault(faults, line.split(" +"));
                }
            } catch (IllegalArgumentException e) {
                throw new KmsException(
                        KmsException.Code.INTERNAL,
                        path + ", line " + (i + 1) + ": cannot understand \"" + line + "\"; see FaultProvider",
                        e);
            }
        }
        return new Orders(faults, version);
    }

    private static int version(String text) {
        int version = Integer.parseInt(text.strip());
        if (version < 1 || version > FaultProvider.VERSIONS) {
            throw new IllegalArgumentException("no such version");
        }
        return version;
    }

    private static void addFault(Map<Operation, Fault> faults, String[] words) {
        int used = words[0].equals("error") ? 2 : 1;
        if (words.length < used || words.length > used + 1) {
            throw new IllegalArgumentException("wrong number of words");
        }
        Fault fault = switch (words[0]) {
            case "ok" -> Fault.none();
            case "hang" -> Fault.hang();
            case "error" -> Fault.error(KmsException.Code.valueOf(words[1]));
            case "corrupt" -> Fault.corrupt();
            case "junk" -> Fault.junk();
            default -> throw new IllegalArgumentException("no such fault");
        };
        Set<Operation> operations = words.length == used
                ? EnumSet.allOf(Operation.class)
                : EnumSet.of(Operation.valueOf(words[used].toUpperCase(Locale.ROOT)));
        operations.forEach(operation -> faults.put(operation, fault));
    }

    /**
     * What a control file says.
     *
     * @param faults by operation; one that is missing is answered as it should be
     * @param version the number of the version that wraps
     */
    record Orders(Map<Operation, Fault> faults, int version) {}
}
