package io.trousseau.provider.gcp;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import io.trousseau.api.Deadline;
import io.trousseau.api.KmsException;
import io.trousseau.testkit.FailureTable;
import io.trousseau.testkit.Stall;
import io.trousseau.testkit.gcp.FakeGoogleKms;
import io.trousseau.testkit.gcp.GoogleFault;
import io.trousseau.testkit.gcp.GoogleOperation;
import io.trousseau.testkit.process.Loopback;
import io.trousseau.testkit.tls.TestCa;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("docs/gcp.md")
@Timeout(60)
class GuideTest {
    private static final String ROBOT = "kms@acme-prod.iam.gserviceaccount.com";

    @TempDir
    Path folder;

    private final List<KmsException> failures = new ArrayList<>();

    @Test
    @DisplayName("tells each failure in the words of the provider")
    void failures() throws IOException {
        ofTheKey();
        ofTheService();
        ofTheCredentials();
        FailureTable.in(Path.of("../docs/gcp.md"), "What each failure looks like")
                .hasTheTextsOf(failures);
    }

    private void ofTheKey() {
        try (FakeGoogleKms kms = FakeGoogleKms.start();
                OpenKek kek = OpenKek.on(kms)) {
            fails(kek::wrap);
            kms.createKey(OpenKek.KEY);
            kms.deny("cloudkms.cryptoKeys.get");
            fails(kek::current);
            kms.allow("cloudkms.cryptoKeys.get");
            kms.disable(OpenKek.KEY, 1);
            fails(kek::wrap);
            kms.enable(OpenKek.KEY, 1);
            kms.scheduleDestruction(OpenKek.KEY, 1);
            fails(kek::wrap);
        }
    }

    private void ofTheService() {
        try (FakeGoogleKms kms = FakeGoogleKms.start();
                OpenKek kek = OpenKek.on(kms)) {
            kms.createKey(OpenKek.KEY);
            for (String reason : List.of("SERVICE_DISABLED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")) {
                kms.next(
                        GoogleOperation.ENCRYPT,
                        GoogleFault.status(
                                Code.PERMISSION_DENIED,
                                "",
                                Any.pack(
                                        ErrorInfo.newBuilder().setReason(reason).build())));
                fails(kek::wrap);
            }
            kms.next(GoogleOperation.ENCRYPT, GoogleFault.status(Code.UNIMPLEMENTED, ""));
            fails(kek::wrap);
            kms.next(
                    GoogleOperation.ENCRYPT,
                    GoogleFault.status(
                            Code.FAILED_PRECONDITION,
                            "",
                            Any.pack(PreconditionFailure.newBuilder()
                                    .addViolations(PreconditionFailure.Violation.newBuilder()
                                            .setType("EXTERNAL_OTHER"))
                                    .build())));
            fails(kek::wrap);
            kms.always(GoogleOperation.ENCRYPT, GoogleFault.damageAnswer());
            fails(kek::wrap);
            kms.heal();
            Stall silence = kms.stall();
            fails(() -> kek.wrap(Deadline.after(Duration.ofMillis(300))));
            silence.close();
            kms.setQuota(0);
            fails(kek::wrap);
        }
    }

    private void ofTheCredentials() throws IOException {
        TestCa ca = TestCa.create("Test CA");
        Path caFile = Files.writeString(folder.resolve("ca.pem"), ca.pem());
        Path subject = Files.writeString(folder.resolve("subject"), "subject-t0ken");
        Path user = Files.writeString(folder.resolve("user.json"), CredentialFiles.user());
        Path federation =
                Files.writeString(folder.resolve("sts.json"), CredentialFiles.externalAccount(subject.toString()));
        Path account = Files.writeString(folder.resolve("account.json"), CredentialFiles.serviceAccount(ROBOT));
        try (FakeGoogleKms kms = FakeGoogleKms.startTls(ca.server("localhost"));
                FakeTokenServer tokens =
                        FakeTokenServer.startTls(ca.server("oauth2.googleapis.com", "iamcredentials.googleapis.com"));
                ConnectProxy proxy = new ConnectProxy(Map.of(
                        "oauth2.googleapis.com:443", tokens.port(),
                        "sts.googleapis.com:443", Loopback.freePort(),
                        "iamcredentials.googleapis.com:443", tokens.port()))) {
            fails(Map.of("endpoint", kms.endpoint(), "credentialsFile", account));
            tokens.reply("/token", 400, "{\"error\":\"invalid_grant\"}");
            fails(Map.of("proxy", proxy.url(), "caFile", caFile, "credentialsFile", user));
            tokens.token("/token", "person-t0ken");
            tokens.reply("/v1/projects/-/serviceAccounts/" + ROBOT + ":generateAccessToken", 403, "{}");
            fails(Map.of(
                    "proxy", proxy.url(), "caFile", caFile, "credentialsFile", user, "impersonate", List.of(ROBOT)));
            fails(Map.of("proxy", proxy.url(), "caFile", caFile, "credentialsFile", federation));
        }
    }

    /** What a wrap fails with under these settings. */
    private void fails(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("key", OpenKek.KEY);
        try (OpenKek kek = OpenKek.with(all)) {
            fails(kek::wrap);
        }
    }

    private void fails(Runnable call) {
        failures.add(OpenKek.failureOf(call));
    }
}
