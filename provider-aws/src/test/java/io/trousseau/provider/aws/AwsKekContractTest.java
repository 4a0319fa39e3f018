package io.trousseau.provider.aws;

import io.trousseau.api.KekHandle;
import io.trousseau.api.ProviderContext;
import io.trousseau.testkit.KekHandleContract;
import io.trousseau.testkit.Stall;
import io.trousseau.testkit.aws.AwsFault;
import io.trousseau.testkit.aws.FakeAwsKey;
import io.trousseau.testkit.aws.FakeAwsRegion;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class AwsKekContractTest extends KekHandleContract {
    @TempDir
    Path folder;

    private AwsFixture fixture;
    private FakeAwsKey key;
    private FakeAwsKey other;

    @BeforeEach
    void start() {
        fixture = AwsFixture.start(folder);
        key = fixture.aws().createKey(AwsFixture.REGION);
        other = fixture.aws().createKey(AwsFixture.REGION);
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Override
    protected KekHandle openKek(ProviderContext context) {
        return fixture.open(key.arn(), context);
    }

    @Override
    protected KekHandle openOtherKek(ProviderContext context) {
        return fixture.open(other.arn(), context);
    }

    @Override
    protected void rotateKek() {
        key.rotate();
    }

    @Override
    protected void disableKek() {
        key.disable();
    }

    @Override
    protected Stall stallKms() {
        FakeAwsRegion region = fixture.aws().region(AwsFixture.REGION);
        List.of("Encrypt", "Decrypt", "DescribeKey").forEach(action -> region.always(action, AwsFault.hold()));
        return new Stall() {
            @Override
            public int held() {
                return region.held();
            }

            @Override
            public void close() {
                region.heal();
            }
        };
    }

    @Override
    protected List<String> secrets() {
        return fixture.secrets();
    }
}
