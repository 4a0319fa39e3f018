package io.trousseau.provider.gcp;

import io.trousseau.api.Deadline;
import java.util.List;
import java.util.Map;

interface Authorization {
    record Token(Map<String, List<String>> headers) {}

    Token token(Operation operation, Deadline deadline);

    boolean renew(Token token);
}
