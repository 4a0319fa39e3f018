package io.trousseau.server.admin;

import io.trousseau.core.envelope.KeyId;
import io.trousseau.core.keyring.KeyringStatus;
import io.trousseau.core.keyring.KeyringStatus.LocalKekStatus;
import io.trousseau.core.keyring.KeyringStatus.MemberStatus;
import io.trousseau.server.json.Json;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A keyring's status as {@code /status} answers it. The names are documented and stay. */
final class StatusJson {
    private StatusJson() {}

    static String of(KeyringStatus status, List<String> configurationProblems) {
        KeyId keyId = status.keyId().orElse(null);
        List<Object> members = new ArrayList<>();
        status.members().forEach(member -> members.add(member(member)));
        List<Object> opened = new ArrayList<>();
        status.opened().entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .forEach(entry -> opened.add(Json.object(
                        "keyId", entry.getKey().text(),
                        "keyIdHash", entry.getKey().hash(),
                        "current", entry.getKey().equals(keyId),
                        "lastUsed",
                                entry.getValue().truncatedTo(ChronoUnit.SECONDS).toString())));
        return Json.print(Json.object(
                "keyring", status.keyring(),
                "serving", label(status.serving()),
                "healthy", status.healthy(),
                "health", status.health(),
                "degraded", status.degraded(),
                "configurationProblems", configurationProblems,
                "keyId", keyId == null ? null : keyId.text(),
                "keyIdHash", keyId == null ? null : keyId.hash(),
                "localKek", status.localKek().map(StatusJson::localKek).orElse(null),
                "cachedLocalKeks", status.cachedLocalKeks(),
                "members", members,
                "keyIds", opened));
    }

    private static Map<String, @Nullable Object> localKek(LocalKekStatus localKek) {
        return Json.object(
                "name", localKek.commitment().toString(),
                "ageSeconds", localKek.age().toSeconds(),
                "uses", localKek.uses());
    }

    private static Map<String, @Nullable Object> member(MemberStatus member) {
        return Json.object(
                "name", member.name(),
                "provider", member.provider(),
                "role", label(member.role()),
                "phase", label(member.phase()),
                "message", member.message(),
                "failure", member.failure().map(code -> code.label()).orElse(null),
                "kek", member.current().map(kek -> kek.identity()).orElse(null),
                "kekVersion", member.current().map(kek -> kek.version()).orElse(null),
                "protects", member.protects(),
                "destructionAt", member.destructionAt().map(Object::toString).orElse(null),
                "latencyMillis",
                        member.latency()
                                .map(latency -> Math.floor(latency.toNanos() / 10_000.0) / 100)
                                .orElse(null),
                "lastAnswerSeconds",
                        member.lastAnswer().map(age -> age.toSeconds()).orElse(null));
    }

    /** A constant's name in lower case with dashes. */
    static String label(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
