package io.trousseau.testkit.vault;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;

/**
 * What goes wrong with a request to a {@link FakeVault}. Immutable; the combinators answer another fault.
 *
 * <p>Unless it says otherwise, a fault takes the place of the request: nothing is looked up, made or counted.
 */
public final class VaultFault {
    /** What becomes of the connection. */
    enum Cut {
        NONE,
        /** Half of the answer is sent, then the connection ends. */
        HALFWAY,
        /** The connection ends without an answer. */
        BEFORE_ANSWER
    }

    /** An answer that is not the genuine one. */
    record Canned(int status, String contentType, Map<String, String> headers, String body) {}

    private final Duration delay;
    private final Optional<CountDownLatch> gate;
    private final boolean hangs;
    private final boolean performed;
    private final Optional<Canned> canned;
    private final Set<String> unheard;
    private final UnaryOperator<ObjectNode> edit;
    private final Cut cut;

    private VaultFault(
            Duration delay,
            Optional<CountDownLatch> gate,
            boolean hangs,
            boolean performed,
            Optional<Canned> canned,
            Set<String> unheard,
            UnaryOperator<ObjectNode> edit,
            Cut cut) {
        this.delay = delay;
        this.gate = gate;
        this.hangs = hangs;
        this.performed = performed;
        this.canned = canned;
        this.unheard = unheard;
        this.edit = edit;
        this.cut = cut;
    }

    private static VaultFault performed(UnaryOperator<ObjectNode> edit, Cut cut) {
        return new VaultFault(Duration.ZERO, Optional.empty(), false, true, Optional.empty(), Set.of(), edit, cut);
    }

    private static VaultFault instead(Optional<Canned> canned, Cut cut) {
        return new VaultFault(
                Duration.ZERO, Optional.empty(), false, false, canned, Set.of(), UnaryOperator.identity(), cut);
    }

    /** Nothing is wrong: the genuine answer. For a queue of faults, and for {@link #delayedBy}. */
    public static VaultFault none() {
        return performed(UnaryOperator.identity(), Cut.NONE);
    }

    /** Vault's JSON with these error texts. */
    public static VaultFault errors(int status, String... errors) {
        ObjectNode body = FakeAnswer.object();
        List.of(errors).forEach(body.putArray("errors")::add);
        return reply(status, "application/json", body + "\n");
    }

    /** 429 as a rate limit quota answers it, with {@code Retry-After} in whole seconds. */
    public static VaultFault rateLimited(Duration retryAfter) {
        String body = "{\"errors\":[\"request path: rate limit quota exceeded\"]}\n";
        Map<String, String> headers = Map.of("Retry-After", Long.toString(retryAfter.toSeconds()));
        return instead(Optional.of(new Canned(429, "application/json", headers, body)), Cut.NONE);
    }

    /** 412: a performance standby has not yet seen what {@code X-Vault-Index} asks for (Vault Enterprise). */
    public static VaultFault stateNotPresent() {
        return errors(412, "required index state not present");
    }

    /** A page of HTML, as a proxy's error has. */
    public static VaultFault html(int status) {
        String page = "<html><head><title>Proxy</title></head><body><h1>upstream</h1></body></html>\n";
        return reply(status, "text/html; charset=utf-8", page);
    }

    /** 307 to another address, the path kept: what a standby does that forwards nothing. */
    public static VaultFault redirectedTo(URI address) {
        return instead(
                Optional.of(new Canned(307, "text/plain", Map.of("Location", address.toString()), "")), Cut.NONE);
    }

    /** This answer. */
    public static VaultFault reply(int status, String contentType, String body) {
        return instead(Optional.of(new Canned(status, contentType, Map.of(), body)), Cut.NONE);
    }

    /**
     * The request is performed, and its JSON answer changed: a field removed, emptied, another.
     *
     * @param edit gets the whole body and answers what is sent in its place
     */
    public static VaultFault edited(UnaryOperator<ObjectNode> edit) {
        return performed(edit, Cut.NONE);
    }

    /**
     * The request is performed as if it did not have these fields: by a version that does not know them and says nothing, or
     * behind something that drops them.
     *
     * @param fields names of fields of the request's body, such as {@code associated_data}
     */
    public static VaultFault ignoring(String... fields) {
        return new VaultFault(
                Duration.ZERO,
                Optional.empty(),
                false,
                true,
                Optional.empty(),
                Set.of(fields),
                UnaryOperator.identity(),
                Cut.NONE);
    }

    /** The request is performed, half of its answer is sent, and the connection ends. */
    public static VaultFault truncated() {
        return performed(UnaryOperator.identity(), Cut.HALFWAY);
    }

    /** The connection ends without an answer. */
    public static VaultFault dropped() {
        return instead(Optional.empty(), Cut.BEFORE_ANSWER);
    }

    /** The request is performed and the connection ends without an answer. */
    public static VaultFault lost() {
        return performed(UnaryOperator.identity(), Cut.BEFORE_ANSWER);
    }

    /** Nothing comes until {@link FakeVault#heal} or {@link FakeVault#close}; then the genuine answer. */
    public static VaultFault hang() {
        return new VaultFault(
                Duration.ZERO,
                Optional.empty(),
                true,
                true,
                Optional.empty(),
                Set.of(),
                UnaryOperator.identity(),
                Cut.NONE);
    }

    /** This fault, after so much real time, or when the fake is healed or closed. */
    public VaultFault delayedBy(Duration time) {
        return new VaultFault(time, gate, hangs, performed, canned, unheard, edit, cut);
    }

    /** This fault, once {@code opened} has opened, or when the fake is healed or closed. */
    public VaultFault heldUntil(CountDownLatch opened) {
        return new VaultFault(delay, Optional.of(opened), hangs, performed, canned, unheard, edit, cut);
    }

    Duration delay() {
        return delay;
    }

    Optional<CountDownLatch> gate() {
        return gate;
    }

    boolean hangs() {
        return hangs;
    }

    boolean isPerformed() {
        return performed;
    }

    Optional<Canned> canned() {
        return canned;
    }

    /** The request's body without the fields that are ignored. */
    ObjectNode heard(ObjectNode body) {
        return body.remove(unheard);
    }

    ObjectNode edit(ObjectNode body) {
        return edit.apply(body);
    }

    Cut cut() {
        return cut;
    }
}
