package io.trousseau.server.quickstart;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Shows bytes: in hexadecimal, and as text where they are. */
final class HexDump {
    private static final int BYTES_PER_LINE = 12;

    private HexDump() {}

    /** The first lines, and how much is left out. */
    static List<String> lines(byte[] bytes, int most) {
        List<String> lines = new ArrayList<>();
        for (int start = 0; start < bytes.length && lines.size() < most; start += BYTES_PER_LINE) {
            StringBuilder hex = new StringBuilder();
            StringBuilder text = new StringBuilder();
            for (int i = start; i < start + BYTES_PER_LINE; i++) {
                if (i < bytes.length) {
                    hex.append(HexFormat.of().toHexDigits(bytes[i]));
                    text.append(bytes[i] >= ' ' && bytes[i] <= '~' ? (char) bytes[i] : '.');
                } else {
                    hex.append("  ");
                }
                if ((i - start) % 2 == 1) {
                    hex.append(' ');
                }
            }
            lines.add(hex.append(text).toString());
        }
        int left = bytes.length - most * BYTES_PER_LINE;
        if (left > 0) {
            lines.add("... and " + left + " bytes more");
        }
        return lines;
    }
}
