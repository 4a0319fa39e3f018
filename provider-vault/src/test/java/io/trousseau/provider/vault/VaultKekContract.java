package io.trousseau.provider.vault;

import io.trousseau.api.KekHandle;
import io.trousseau.api.ProviderConfig;
import io.trousseau.api.ProviderContext;
import io.trousseau.provider.vault.transit.KeyType;
import io.trousseau.testkit.KekHandleContract;
import io.trousseau.testkit.Stall;
import io.trousseau.testkit.vault.VaultClient;
import io.trousseau.testkit.vault.VaultServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The rules of every KEK, for the keys of one type at one Vault. */
abstract class VaultKekContract extends KekHandleContract {
    private final Supplier<VaultServer> server;
    private final KeyType type;
    private final List<AutoCloseable> closing = new ArrayList<>();

    @TempDir
    Path folder;

    private StallingRelay relay;
    private String token;

    VaultKekContract(Supplier<VaultServer> server, KeyType type) {
        this.server = server;
        this.type = type;
    }

    @Override
    protected KekHandle openKek(ProviderContext context) throws IOException {
        return open("contract-" + type.label(), context);
    }

    @Override
    protected KekHandle openOtherKek(ProviderContext context) throws IOException {
        return open("contract-other-" + type.label(), context);
    }

    @Override
    protected void rotateKek() {
        server.get().root().rotateKey("contract-" + type.label());
    }

    @Override
    protected void disableKek() {
        VaultClient root = server.get().root();
        String key = "transit/keys/contract-" + type.label();
        root.must("DELETE", key + "/soft-delete");
        closing.add(() -> root.must("POST", key + "/soft-delete-restore", Map.of()));
    }

    @Override
    protected Stall stallKms() {
        return relay.stall();
    }

    @Override
    protected List<String> secrets() {
        return List.of(token);
    }

    @Override
    protected Duration patience() {
        return Duration.ofSeconds(10);
    }

    @AfterEach
    void undo() throws Exception {
        for (AutoCloseable step : closing) {
            step.close();
        }
    }

    private KekHandle open(String key, ProviderContext context) throws IOException {
        VaultClient root = server.get().root();
        if (relay == null) {
            relay = new StallingRelay(server.get().address());
            closing.add(relay);
            root.writePolicy("contract", """
                    path "transit/keys/*" { capabilities = ["read"] }
                    path "transit/encrypt/*" { capabilities = ["update"] }
                    path "transit/decrypt/*" { capabilities = ["update"] }
                    """);
            token = root.createToken(Duration.ofHours(1), "contract");
        }
        if (!root.call("GET", "transit/keys/" + key).ok()) {
            root.createKey(key, type.label());
        }
        Path tokenFile = Files.writeString(folder.resolve("token"), token + "\n");
        return new VaultKmsProvider()
                .open(
                        ProviderConfig.of(Map.of(
                                "addresses",
                                List.of(relay.address().toString()),
                                "key",
                                key,
                                "keyType",
                                type.label(),
                                "tokenFile",
                                tokenFile)),
                        context);
    }
}
