package io.trousseau.core.discovery;

import io.trousseau.api.ProviderName;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the {@link ProviderName} of a class in its class file (JVMS, chapter 4), so that nothing of the class runs.
 * Reflection evaluates all annotations of a class to answer one, and an enum in another one is initialized for that.
 */
final class NameInClassFile {
    private static final String PROVIDER_NAME = ProviderName.class.descriptorString();

    // Deeper than anything a compiler was ever given, and far from the end of the stack.
    private static final int DEEPEST = 64;

    private final DataInputStream in;
    private final Map<Integer, String> texts = new HashMap<>();

    private NameInClassFile(DataInputStream in) {
        this.in = in;
    }

    /**
     * The value of the annotation; empty if the class has none.
     *
     * @throws IOException if there is no class file, or it is none
     */
    static Optional<String> of(Class<?> type) throws IOException {
        String name = type.getName();
        InputStream file = type.getResourceAsStream(name.substring(name.lastIndexOf('.') + 1) + ".class");
        if (file == null) {
            throw new FileNotFoundException(name + " has no class file");
        }
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(file))) {
            return new NameInClassFile(in).find();
        } catch (IOException e) {
            throw new IOException("the class file of " + name + " cannot be read", e);
        }
    }

    private Optional<String> find() throws IOException {
        // Magic and versions, which the JVM has checked.
        in.skipNBytes(8);
        constants();
        // Access flags, this class, its superclass, its interfaces.
        in.skipNBytes(6);
        in.skipNBytes(2L * in.readUnsignedShort());
        members();
        members();
        for (int left = in.readUnsignedShort(); left > 0; left--) {
            if ("RuntimeVisibleAnnotations".equals(text())) {
                in.skipNBytes(4);
                return annotations();
            }
            skipAttribute();
        }
        return Optional.empty();
    }

    private void constants() throws IOException {
        int count = in.readUnsignedShort();
        for (int i = 1; i < count; i++) {
            int tag = in.readUnsignedByte();
            switch (tag) {
                case 1 -> texts.put(i, in.readUTF());
                case 7, 8, 16, 19, 20 -> in.skipNBytes(2);
                case 15 -> in.skipNBytes(3);
                case 3, 4, 9, 10, 11, 12, 17, 18 -> in.skipNBytes(4);
                case 5, 6 -> {
                    // A long or a double takes two places.
                    in.skipNBytes(8);
                    i++;
                }
                default -> throw new IOException("a constant of kind " + tag);
            }
        }
    }

    /** Passes over the fields, or the methods. */
    private void members() throws IOException {
        for (int left = in.readUnsignedShort(); left > 0; left--) {
            in.skipNBytes(6);
            for (int attributes = in.readUnsignedShort(); attributes > 0; attributes--) {
                in.skipNBytes(2);
                skipAttribute();
            }
        }
    }

    private void skipAttribute() throws IOException {
        in.skipNBytes(Integer.toUnsignedLong(in.readInt()));
    }

    private Optional<String> annotations() throws IOException {
        for (int left = in.readUnsignedShort(); left > 0; left--) {
            boolean wanted = PROVIDER_NAME.equals(text());
            for (int pairs = in.readUnsignedShort(); pairs > 0; pairs--) {
                boolean value = "value".equals(text());
                int tag = in.readUnsignedByte();
                if (wanted && value && tag == 's') {
                    return Optional.of(text());
                }
                skipValue(tag, 0);
            }
        }
        return Optional.empty();
    }

    private void skipValue(int tag, int depth) throws IOException {
        if (depth > DEEPEST) {
            throw new IOException("an annotation within " + DEEPEST + " others");
        }
        switch (tag) {
            case 'e' -> in.skipNBytes(4);
            case '@' -> {
                in.skipNBytes(2);
                for (int pairs = in.readUnsignedShort(); pairs > 0; pairs--) {
                    in.skipNBytes(2);
                    skipValue(in.readUnsignedByte(), depth + 1);
                }
            }
            case '[' -> {
                for (int left = in.readUnsignedShort(); left > 0; left--) {
                    skipValue(in.readUnsignedByte(), depth + 1);
                }
            }
            default -> in.skipNBytes(2);
        }
    }

    private String text() throws IOException {
        String text = texts.get(in.readUnsignedShort());
        if (text == null) {
            throw new IOException("a text that is not there");
        }
        return text;
    }
}
