package io.trousseau.e2e;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A keyring of three members behind a kube-apiserver")
class ThreeMembersIT {
    @ParameterizedTest(
            name = "k={0} w={1}: each member is taken away and returned, at start, in steady state and at rotation")
    @CsvSource({"1, 2", "2, 3"})
    void membersComeAndGo(int threshold, int quorum) {
        Path workspace = Workspace.fresh("three-members-" + threshold + "-" + quorum);
        Distribution distribution = FaultMember.installed(Distribution.built(), workspace);
        List<FaultMember> members = Stream.of("a", "b", "c")
                .map(name -> new FaultMember(workspace, name))
                .toList();
        new MembersComeAndGo("8 three members", threshold, quorum, members).run(distribution, workspace);
    }
}
