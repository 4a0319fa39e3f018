package io.trousseau.provider.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.api.KekHandle;
import io.trousseau.api.KmsException;
import io.trousseau.api.KmsException.Code;
import io.trousseau.api.WrappedKey;
import io.trousseau.testkit.azure.AzureFault;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("What Key Vault answers, as the package's table says")
class AzureErrorsTest {
    @TempDir
    static Path folder;

    private static FakeAzure azure;
    private static KekHandle kek;
    private static WrappedKey wrapped;

    @BeforeAll
    static void start() {
        azure = new FakeAzure(folder, InstantSource.system());
        azure.vault.createRsaKey("kek", 2048);
        kek = azure.open("kek", Recording.plain());
        wrapped = Calls.wrap(kek);
    }

    @AfterAll
    static void stop() {
        kek.close();
        azure.close();
    }

    @AfterEach
    void heal() {
        azure.vault.heal();
    }

    @ParameterizedTest(name = "{0} answered with {1} {2} {3}: {4}")
    @CsvSource({
        "unwrapkey, 400, BadParameter, '', INVALID_CIPHERTEXT",
        "wrapkey, 400, BadParameter, '', INTERNAL",
        "get, 400, BadParameter, '', INTERNAL",
        "unwrapkey, 401, Unauthorized, '', UNAUTHENTICATED",
        "wrapkey, 401, Unauthorized, '', UNAUTHENTICATED",
        "get, 401, Unauthorized, '', UNAUTHENTICATED",
        "unwrapkey, 403, Forbidden, KeyDisabled, KEY_DISABLED",
        "wrapkey, 403, Forbidden, KeyDisabled, KEY_DISABLED",
        "wrapkey, 403, Forbidden, KeyExpired, PERMISSION_DENIED",
        "wrapkey, 403, Forbidden, KeyNotYetValid, PERMISSION_DENIED",
        "get, 403, Forbidden, ForbiddenByFirewall, PERMISSION_DENIED",
        "get, 403, Forbidden, ForbiddenByConnection, PERMISSION_DENIED",
        "get, 403, Forbidden, ForbiddenByRbac, PERMISSION_DENIED",
        "wrapkey, 403, Forbidden, AccessDenied, PERMISSION_DENIED",
        "unwrapkey, 403, Forbidden, KeyOperationForbidden, PERMISSION_DENIED",
        "unwrapkey, 403, Forbidden, '', PERMISSION_DENIED",
        "get, 404, KeyNotFound, '', KEY_NOT_FOUND",
        "wrapkey, 404, KeyNotFound, '', KEY_NOT_FOUND",
        "unwrapkey, 404, KeyNotFound, '', KEY_NOT_FOUND",
        "get, 409, Conflict, ObjectIsDeletedButRecoverable, KEY_DESTROYED",
        "unwrapkey, 409, Conflict, ObjectIsBeingDeleted, KEY_DESTROYED",
        "unwrapkey, 409, Conflict, ObjectIsBeingRecovered, UNAVAILABLE",
        "get, 429, Throttled, '', THROTTLED",
        "wrapkey, 429, Throttled, '', THROTTLED",
        "unwrapkey, 429, Throttled, '', THROTTLED",
        "wrapkey, 408, RequestTimeout, '', UNAVAILABLE",
        "get, 500, InternalServerError, '', UNAVAILABLE",
        "wrapkey, 502, BadGateway, '', UNAVAILABLE",
        "unwrapkey, 503, ServiceUnavailable, '', UNAVAILABLE",
        "unwrapkey, 504, GatewayTimeout, '', UNAVAILABLE",
        "unwrapkey, 307, Moved, '', UNAVAILABLE",
        "wrapkey, 418, Teapot, '', INTERNAL",
    })
    void row(String operation, int status, String code, String inner, Code expected) {
        azure.vault.always(operation, new AzureFault.Status(status, code, inner, Map.of("Retry-After", "11")));
        KmsException failure = Calls.failureOf(callThatAsks(operation), Calls.soon());
        assertThat(failure.code()).as("%s", failure).isEqualTo(expected);
        assertThat(failure)
                .hasMessageContaining(azure.vault.keyUrl("kek"))
                .hasMessageContaining("HTTP " + status)
                .hasMessageContaining(code)
                .hasMessageContaining(inner)
                .hasMessageMatching("(?s).*request [0-9a-f-]{36}.*");
        assertThat(failure.retryAfter())
                .isEqualTo(
                        expected == Code.THROTTLED || expected == Code.UNAVAILABLE && status >= 400
                                ? java.util.Optional.of(Duration.ofSeconds(11))
                                : java.util.Optional.empty());
    }

    private Calls.Request callThatAsks(String operation) {
        return switch (operation) {
            case "wrapkey" -> deadline -> kek.wrap(Calls.PLAINTEXT, Calls.CONTEXT, deadline);
            case "unwrapkey" -> deadline -> kek.unwrap(wrapped, Calls.CONTEXT, deadline);
            default -> kek::describe;
        };
    }

    @ParameterizedTest
    @CsvSource({
        "404, <html>not found</html>",
        "404, ''",
        "404, {}",
        "404, '{\"error\":\"not found\"}'",
        "403, <html>your proxy says no</html>",
        "403, ''",
        "403, '{\"error\":\"forbidden\"}'"
    })
    @DisplayName("403 and 404 that are not Key Vault's own say nothing of the key, nor of the caller")
    void foreignRefusal(int status, String body) {
        azure.vault.always("*", new AzureFault.Raw(status, "text/html", body));
        for (String operation : List.of("get", "wrapkey", "unwrapkey")) {
            KmsException failure = Calls.failureOf(callThatAsks(operation), Calls.soon());
            assertThat(failure.code()).as("%s", failure).isEqualTo(Code.UNAVAILABLE);
            assertThat(failure).hasMessageContaining("HTTP " + status);
        }
    }

    @Test
    @DisplayName("a body that is no error of Key Vault's is not copied")
    void foreignBody() {
        azure.vault.always("*", new AzureFault.Raw(403, "text/html", "<html>hunter2</html>"));
        KmsException failure = Calls.failureOf(kek::describe, Calls.soon());
        assertThat(failure.getMessage()).doesNotContain("hunter2");
        azure.vault.always("*", AzureFault.status(403, "hunter2 <script>", "hunter2 \n"));
        assertThat(Calls.failureOf(kek::describe, Calls.soon()).getMessage()).doesNotContain("hunter2");
    }
}
