package io.trousseau.server.doctor;

import io.grpc.StatusRuntimeException;
import io.trousseau.api.Finding;
import io.trousseau.core.envelope.KeyId;
import io.trousseau.core.settings.DurationText;
import io.trousseau.server.client.AdminClient;
import io.trousseau.server.client.KmsClient;
import io.trousseau.server.config.SocketPaths;
import io.trousseau.server.config.TrousseauConfiguration;
import io.trousseau.server.kms.v2.StatusResponse;
import io.trousseau.server.socket.SocketPlace;
import io.trousseau.server.socket.SocketPlace.Occupant;
import io.trousseau.server.socket.UnusableSocketException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is checked of the socket and the admin address, and of the server that is there, if one is. */
final class NodeChecks {
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final TrousseauConfiguration configuration;
    private final List<Finding> findings = new ArrayList<>();
    private @Nullable StatusResponse status;

    NodeChecks(TrousseauConfiguration configuration) {
        this.configuration = configuration;
    }

    /** Asks whoever is there; takes a few seconds if somebody is and does not answer. */
    List<Finding> all() {
        findings.clear();
        SocketPlace place;
        try {
            place = SocketPlace.at(
                    configuration.socket().path(), configuration.socket().group());
        } catch (IOException e) {
            add(Finding.failure(
                    Check.SOCKET_DIRECTORY.id(),
                    String.valueOf(e.getMessage()),
                    "correct the socket block of the configuration, or make the group"));
            skip("the socket cannot be there", Check.SOCKET_SERVER);
            add(admin(false));
            return List.copyOf(findings);
        }
        boolean there = directory(place);
        boolean alive = there && server(place);
        add(admin(alive));
        return List.copyOf(findings);
    }

    private void add(Finding finding) {
        findings.add(finding);
    }

    private void skip(String why, Check check) {
        add(Finding.skipped(check.id(), why));
    }

    /** Whether it is there. */
    private boolean directory(SocketPlace place) {
        String id = Check.SOCKET_DIRECTORY.id();
        Path directory = SocketPaths.directory(place.path());
        try {
            place.checkDirectory();
            add(Finding.ok(id, directory + " is safe"));
            return true;
        } catch (NoSuchFileException e) {
            skip(directory + " does not exist; \"serve\" makes it", Check.SOCKET_DIRECTORY);
            skip("nothing is at " + place.path(), Check.SOCKET_SERVER);
            return false;
        } catch (UnusableSocketException e) {
            // What it says includes the way out.
            add(Finding.failure(id, String.valueOf(e.getMessage()), "then start the server anew"));
            return true;
        } catch (IOException e) {
            add(Finding.skipped(id, directory + " cannot be looked at: " + reason(e)));
            return true;
        }
    }

    /** Whether somebody listens. */
    private boolean server(SocketPlace place) {
        String id = Check.SOCKET_SERVER.id();
        try {
            if (place.occupant() == Occupant.ALIVE) {
                add(askStatus(place.path()));
                return true;
            }
            if (Files.exists(place.path(), LinkOption.NOFOLLOW_LINKS)) {
                add(Finding.warning(
                        id,
                        "nobody listens on " + place.path() + ": the server that did has not ended as it should",
                        "read its log, and start it again: \"serve\" replaces a dead socket"));
            } else {
                skip("nothing is at " + place.path() + ": no server runs", Check.SOCKET_SERVER);
            }
        } catch (UnusableSocketException e) {
            add(Finding.failure(id, String.valueOf(e.getMessage()), "then start the server anew"));
        } catch (IOException e) {
            skip("cannot look at " + place.path() + ": " + reason(e), Check.SOCKET_SERVER);
        }
        return false;
    }

    private static String reason(IOException e) {
        return e instanceof AccessDeniedException
                ? "this user may not; run doctor as root or as the server's user"
                : String.valueOf(e.getMessage());
    }

    private Finding askStatus(Path socket) {
        String id = Check.SOCKET_SERVER.id();
        String remedy = "ask it: trousseau status; read its log";
        try (KmsClient client = new KmsClient(socket)) {
            StatusResponse answer = client.status();
            if (answer.getHealthz().equals("ok")) {
                status = answer;
                return Finding.ok(
                        id,
                        "a server answers with version " + answer.getVersion() + " and key_id " + answer.getKeyId());
            }
            if (!answer.getKeyId().isEmpty()) {
                status = answer;
            }
            return Finding.failure(id, "a server answers, and is not healthy: " + answer.getHealthz(), remedy);
        } catch (StatusRuntimeException e) {
            return Finding.failure(
                    id,
                    "what listens on " + socket + " answers Status with "
                            + e.getStatus().getCode()
                            + Optional.ofNullable(e.getStatus().getDescription())
                                    .map(text -> ": " + text)
                                    .orElse(""),
                    remedy);
        }
    }

    /**
     * Compares what the server seals with.
     *
     * @param expected what this configuration gives now; empty if that is not known
     */
    Finding keyId(Optional<KeyId> expected) {
        String id = Check.SOCKET_KEY_ID.id();
        StatusResponse answer = status;
        if (answer == null) {
            return Finding.skipped(id, "needs a server that answers Status");
        }
        if (expected.isEmpty()) {
            return Finding.skipped(id, "needs every wrapping member to work, each with a KEK of its own");
        }
        String own = expected.get().text();
        return answer.getKeyId().equals(own)
                ? Finding.ok(id, "the server seals with what this configuration gives")
                : Finding.warning(
                        id,
                        "the server seals with " + answer.getKeyId() + ", and this configuration gives " + own
                                + " now: a member was rotated or is back, or the server has another configuration",
                        "wait for keyring.probe.interval ("
                                + DurationText.of(
                                        configuration.keyring().probe().interval())
                                + ") and keyring.keyIdHold ("
                                + DurationText.of(configuration.keyring().keyIdHold())
                                + "); if it stays so, compare the file that the server was started with");
    }

    private Finding admin(boolean alive) {
        String id = Check.ADMIN_ADDRESS.id();
        Optional<InetSocketAddress> address = configuration.admin().address();
        if (address.isEmpty()) {
            return Finding.skipped(id, "admin.address is none: nothing is served");
        }
        if (address.get().getPort() == 0) {
            return Finding.skipped(id, "admin.address takes any free port; the server's log says which");
        }
        String host = address.get().getAddress().getHostAddress();
        String where = (host.contains(":") ? "[" + host + "]" : host) + ":"
                + address.get().getPort();
        String remedy = "free the address, or set another admin.address";
        HttpResponse<String> answer;
        try {
            answer = AdminClient.get(where, "/livez", PATIENCE);
        } catch (ConnectException e) {
            return alive
                    ? Finding.failure(
                            id,
                            "a server listens on the socket, and nobody at " + where,
                            "read the server's log, or compare the file that it was started with")
                    : Finding.skipped(id, "nobody listens at " + where + ": no server runs");
        } catch (IOException e) {
            return Finding.failure(id, "somebody listens at " + where + " and does not answer /livez", remedy);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Finding.skipped(id, "interrupted");
        }
        if (answer.statusCode() == 500 && alive) {
            return Finding.failure(
                    id, "the server at " + where + " says: " + answer.body().strip(), "restart it, and report that");
        }
        if (answer.statusCode() != 200) {
            return Finding.failure(id, "what answers at " + where + " is not a Trousseau server", remedy);
        }
        return alive
                ? Finding.ok(id, "the server answers at " + where)
                : Finding.failure(id, "somebody answers at " + where + ", and no server listens on the socket", remedy);
    }
}
