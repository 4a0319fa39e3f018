package io.trousseau.testkit.azure;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trousseau.testkit.azure.LoopbackServer.Refusal;
import io.trousseau.testkit.azure.LoopbackServer.Reply;
import io.trousseau.testkit.azure.LoopbackServer.Request;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * The metadata service of an Azure VM, as far as managed identities ask it: {@code GET /metadata/identity/oauth2/token}.
 * On a VM it is {@code http://169.254.169.254}; a client under test must be led here.
 *
 * <p>Operation for {@link #script}: {@code identity}. Safe for use by several threads.
 */
public final class FakeMetadata implements AutoCloseable {
    private final FakeEntra entra;
    private final InstantSource clock;
    private final LoopbackServer server;
    private final Optional<String> systemAssigned;
    private final List<String> userAssigned;

    private FakeMetadata(
            FakeEntra entra, InstantSource clock, Optional<String> systemAssigned, List<String> userAssigned) {
        this.entra = entra;
        this.clock = clock;
        this.systemAssigned = systemAssigned;
        this.userAssigned = List.copyOf(userAssigned);
        this.server = new LoopbackServer("fake-metadata", Optional.empty(), new Endpoint());
    }

    /**
     * Starts the service of a machine.
     *
     * @param systemAssigned the client id of the machine's own identity, if it has one
     * @param userAssigned the client ids of those that were assigned to it
     */
    public static FakeMetadata start(
            FakeEntra entra, InstantSource clock, Optional<String> systemAssigned, List<String> userAssigned) {
        return new FakeMetadata(entra, clock, systemAssigned, userAssigned);
    }

    /** {@code http://localhost:PORT}, in the place of {@code http://169.254.169.254}. */
    public String url() {
        return server.url();
    }

    /** Lets faults happen to the next requests, one each. */
    public void script(AzureFault... faults) {
        server.script("identity", faults);
    }

    /** Lets a fault happen to every request, until {@link #heal}. */
    public void always(AzureFault fault) {
        server.always("identity", fault);
    }

    /** Ends all faults. */
    public void heal() {
        server.heal();
    }

    /** How many tokens were asked for. */
    public int requests() {
        return server.requests().size();
    }

    /** What was asked and is not modelled; empty in a good test. */
    public List<String> notModelled() {
        return server.notModelled();
    }

    /** Stops it. */
    @Override
    public void close() {
        server.close();
    }

    private final class Endpoint implements LoopbackServer.Service {
        @Override
        public String operationOf(Request request) {
            return "identity";
        }

        @Override
        public ObjectNode error(String code, String inner, String message) {
            return LoopbackServer.object().put("error", code).put("error_description", message);
        }

        @Override
        public Reply answer(Request request) throws Refusal {
            if (!request.path().equals("/metadata/identity/oauth2/token")
                    || !request.method().equals("GET")) {
                throw server.notModelled(request);
            }
            if (!request.header("Metadata").equals(Optional.of("true"))) {
                throw new Refusal(400, "bad_request_102", "", "Required metadata header not specified", null);
            }
            if (!request.query().containsKey("api-version") || !request.query().containsKey("resource")) {
                throw new Refusal(400, "bad_request", "", "api-version or resource is missing", null);
            }
            Optional<String> asked = Optional.ofNullable(request.query().get("client_id"));
            Optional<String> client = asked.isPresent() ? asked.filter(userAssigned::contains) : systemAssigned;
            if (client.isEmpty()) {
                throw new Refusal(400, "invalid_request", "", "Identity not found", null);
            }
            String resource = request.query().get("resource");
            String token = entra.issue(client.get(), resource);
            long expires = clock.instant().plus(entra.life()).getEpochSecond();
            return Reply.json(LoopbackServer.object()
                    .put("access_token", token)
                    .put("client_id", client.get())
                    .put("expires_in", Long.toString(entra.life().toSeconds()))
                    .put("expires_on", Long.toString(expires))
                    .put("not_before", Long.toString(clock.instant().getEpochSecond()))
                    .put("resource", resource)
                    .put("token_type", "Bearer"));
        }
    }
}
