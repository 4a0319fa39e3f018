package io.trousseau.provider.azure;

import io.trousseau.api.Deadline;
import io.trousseau.api.Finding;
import io.trousseau.api.ProviderContext;
import io.trousseau.provider.azure.http.Http;
import io.trousseau.provider.azure.login.AccessTokens;
import java.util.List;

final class AzureExamination {
    AzureExamination(
            KeyName key, KeyAlgorithm algorithm, Http http, AccessTokens tokens, AzureKek kek, ProviderContext host) {}

    List<Finding> examine(Deadline deadline) {
        return List.of();
    }
}
