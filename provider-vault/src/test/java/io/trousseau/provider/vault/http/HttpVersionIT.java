package io.trousseau.provider.vault.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.trousseau.testkit.tls.TestCa;
import io.trousseau.testkit.vault.OpenBao;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpVersionIT {
    private static final TestCa CA = TestCa.create("vault");

    @TempDir
    Path folder;

    @Test
    void over_tls_openbao_is_spoken_to_in_http_2() throws IOException {
        Path caFile = Files.writeString(folder.resolve("ca.pem"), CA.pem());
        try (OpenBao bao = OpenBao.durable(CA.server("127.0.0.1"));
                HttpClients clients = new HttpClients(
                        "test",
                        new VaultCluster(
                                List.of(bao.address()),
                                Optional.of(caFile),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty()),
                        System.getLogger("test"));
                Response response = clients.client()
                        .newCall(new Request.Builder()
                                .url(bao.address() + "/v1/sys/health")
                                .build())
                        .execute()) {
            assertThat(response.protocol()).isEqualTo(Protocol.HTTP_2);
        }
    }
}
