package io.trousseau.testkit.vault;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A token and its lease. */
final class Token {
    /** What a token is made with; its lease may change, this does not. */
    record Origin(
            Namespace namespace,
            String path,
            String displayName,
            List<String> policies,
            Map<String, String> metadata,
            boolean hasMetadata,
            String entityId,
            Duration ttl,
            Duration maxTtl,
            Duration explicitMaxTtl,
            Duration period,
            boolean renewable,
            Optional<Token> parent) {}

    private final String id;
    private final String accessor;
    private final Origin origin;
    private final Instant issued;
    private int usesLeft;
    private @Nullable Instant expires;
    private @Nullable Instant renewed;

    Token(String id, String accessor, Origin origin, Instant issued, int uses) {
        this.id = id;
        this.accessor = accessor;
        this.origin = origin;
        this.issued = issued;
        this.usesLeft = uses;
        this.expires = origin.ttl().isZero() ? null : issued.plus(origin.ttl());
    }

    String id() {
        return id;
    }

    String accessor() {
        return accessor;
    }

    Origin origin() {
        return origin;
    }

    boolean isRoot() {
        return origin.policies().contains("root");
    }

    boolean isExpired(Instant now) {
        return expires != null && !now.isBefore(expires);
    }

    /** Counts one use: whether the token was still good for it. Its last use leaves it at -1, to be revoked. */
    boolean use() {
        if (usesLeft == 0) {
            return true;
        }
        if (usesLeft < 0) {
            return false;
        }
        usesLeft = usesLeft == 1 ? -1 : usesLeft - 1;
        return true;
    }

    boolean isUsedUp() {
        return usesLeft < 0;
    }

    Instant issued() {
        return issued;
    }

    void renew(Instant now, Duration ttl) {
        renewed = now;
        expires = now.plus(ttl);
    }

    /** The answer's {@code auth}. */
    ObjectNode toAuth(Duration lease) {
        ObjectNode json = FakeAnswer.object();
        json.put("client_token", id);
        json.put("accessor", accessor);
        policies(json.putArray("policies"));
        policies(json.putArray("token_policies"));
        metadata(json, "metadata");
        json.put("lease_duration", lease.toSeconds());
        json.put("renewable", origin.renewable());
        json.put("entity_id", origin.entityId());
        json.put("token_type", "service");
        json.put("orphan", origin.parent().isEmpty());
        json.putNull("mfa_requirement");
        json.put("num_uses", usesLeft);
        return json;
    }

    /** The data of a lookup. */
    ObjectNode toLookup(Instant now) {
        ObjectNode json = FakeAnswer.object();
        json.put("accessor", accessor);
        json.put("creation_time", issued.getEpochSecond());
        json.put("creation_ttl", origin.ttl().toSeconds());
        json.put("display_name", origin.displayName());
        json.put("entity_id", origin.entityId());
        Instant end = expires;
        json.put("expire_time", end == null ? null : end.toString());
        json.put("explicit_max_ttl", origin.explicitMaxTtl().toSeconds());
        json.put("id", id);
        json.put("issue_time", issued.toString());
        Instant last = renewed;
        if (last != null) {
            json.put("last_renewal", last.toString());
            json.put("last_renewal_time", last.getEpochSecond());
        }
        metadata(json, "meta");
        if (!origin.namespace().isRoot()) {
            json.put("namespace_path", origin.namespace().path());
        }
        json.put("num_uses", usesLeft);
        json.put("orphan", origin.parent().isEmpty());
        json.put("path", origin.path());
        if (!origin.period().isZero()) {
            json.put("period", origin.period().toSeconds());
        }
        policies(json.putArray("policies"));
        json.put("renewable", origin.renewable());
        json.put("ttl", end == null ? 0 : Duration.between(now, end).toSeconds());
        json.put("type", "service");
        return json;
    }

    private void policies(ArrayNode array) {
        origin.policies().forEach(array::add);
    }

    private void metadata(ObjectNode json, String field) {
        if (origin.hasMetadata()) {
            ObjectNode node = json.putObject(field);
            origin.metadata().forEach(node::put);
        } else {
            json.putNull(field);
        }
    }

    /** The accessor, which is no secret. */
    @Override
    public String toString() {
        return "Token[accessor=" + accessor + "]";
    }
}
