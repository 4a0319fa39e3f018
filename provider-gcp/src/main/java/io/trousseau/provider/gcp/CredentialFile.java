package io.trousseau.provider.gcp;

import com.google.auth.http.HttpTransportFactory;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * A credentials file in one of Google's JSON forms.
 *
 * <p>A file can name a program whose output is the token. Who can write the file could then run anything with the rights
 * of this process, so that is refused unless it is asked for.
 */
final class CredentialFile implements CredentialSource {
    private static final int MAX_BYTES = 64 * 1024;
    private static final Set<String> TYPES = Set.of(
            "service_account",
            "external_account",
            "external_account_authorized_user",
            "impersonated_service_account",
            "authorized_user");
    private static final String GOOGLE_UNIVERSE = "googleapis.com";

    private final Path path;
    private final String origin;
    private final String universeDomain;
    private final boolean allowExecutable;
    private final HttpTransportFactory http;

    /**
     * Reads nothing yet.
     *
     * @param origin how to call the file in messages
     * @param universeDomain the universe that the credentials must belong to
     */
    CredentialFile(
            Path path, String origin, String universeDomain, boolean allowExecutable, HttpTransportFactory http) {
        this.path = path;
        this.origin = origin;
        this.universeDomain = universeDomain;
        this.allowExecutable = allowExecutable;
        this.http = http;
    }

    Path path() {
        return path;
    }

    @Override
    public String origin() {
        return origin;
    }

    @Override
    public Object stamp() {
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            return new Stamp(attributes.lastModifiedTime(), attributes.size(), String.valueOf(attributes.fileKey()));
        } catch (IOException e) {
            return "unreadable";
        }
    }

    @Override
    public GoogleCredentials load() throws UnusableCredentialsException {
        byte[] content = read();
        try {
            check(content);
            return GoogleCredentials.fromStream(new ByteArrayInputStream(content), http);
        } catch (IOException | RuntimeException e) {
            // Without the cause: its message can hold a piece of the file.
            throw new UnusableCredentialsException(
                    origin + " is no usable credentials file: a field is missing or has a value of the wrong form");
        } finally {
            Arrays.fill(content, (byte) 0);
        }
    }

    private byte[] read() throws UnusableCredentialsException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] content = in.readNBytes(MAX_BYTES + 1);
            if (content.length > MAX_BYTES) {
                throw new UnusableCredentialsException(origin + " is longer than " + MAX_BYTES + " bytes");
            }
            return content;
        } catch (NoSuchFileException e) {
            throw new UnusableCredentialsException(origin + " does not exist");
        } catch (IOException e) {
            throw new UnusableCredentialsException(
                    origin + " cannot be read: " + e.getClass().getSimpleName());
        }
    }

    private void check(byte[] content) throws UnusableCredentialsException {
        JsonObject json;
        try {
            json = JsonParser.parseString(new String(content, StandardCharsets.UTF_8))
                    .getAsJsonObject();
        } catch (JsonParseException | IllegalStateException e) {
            throw new UnusableCredentialsException(origin + " is not a JSON object");
        }
        String type = text(json, "type").orElse("");
        if (!TYPES.contains(type)) {
            throw new UnusableCredentialsException(origin + " has no \"type\" of the known ones: "
                    + String.join(", ", TYPES.stream().sorted().toList()));
        }
        String universe = text(json, "universe_domain").orElse(GOOGLE_UNIVERSE);
        if (!universe.equals(universeDomain)) {
            throw new UnusableCredentialsException(origin + " belongs to the universe " + universe + ", and the KEK to "
                    + universeDomain + "; set universeDomain, or use other credentials");
        }
        if (runsProgram(json) && !allowExecutable) {
            throw new UnusableCredentialsException(origin
                    + " names a program to run (credential_source.executable), so whoever can write the file could"
                    + " run anything as this process; use a token file, or set allowExecutable: true and"
                    + " GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1");
        }
    }

    private static boolean runsProgram(JsonObject json) {
        boolean own = child(json, "credential_source")
                .map(source -> source.has("executable"))
                .orElse(false);
        return own
                || child(json, "source_credentials")
                        .map(CredentialFile::runsProgram)
                        .orElse(false);
    }

    private static Optional<JsonObject> child(JsonObject json, String name) {
        return Optional.ofNullable(json.get(name))
                .filter(JsonElement::isJsonObject)
                .map(JsonElement::getAsJsonObject);
    }

    private static Optional<String> text(JsonObject json, String name) {
        return Optional.ofNullable(json.get(name))
                .filter(JsonElement::isJsonPrimitive)
                .map(JsonElement::getAsString);
    }

    private record Stamp(FileTime modified, long size, String key) {}

    @Override
    public String toString() {
        return origin;
    }
}
