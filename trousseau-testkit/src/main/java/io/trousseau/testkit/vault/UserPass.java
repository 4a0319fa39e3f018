package io.trousseau.testkit.vault;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The login method {@code userpass}.
 *
 * @see <a href="https://openbao.org/api-docs/auth/userpass/">the API's reference</a>
 */
final class UserPass implements Mount {
    private final Tokens tokens;
    private final Namespace namespace;
    private final String path;
    private final TreeMap<String, User> users = new TreeMap<>();

    private record User(String password, TokenSettings tokens) {
        /** Never the password. */
        @Override
        public String toString() {
            return "User[…]";
        }
    }

    UserPass(Tokens tokens, Namespace namespace, String path) {
        this.tokens = tokens;
        this.namespace = namespace;
        this.path = path;
    }

    @Override
    public String type() {
        return "userpass";
    }

    @Override
    public boolean isLogin(FakeCall call) {
        return call.path().startsWith("login/");
    }

    @Override
    public FakeAnswer handle(FakeCall call) {
        String[] parts = call.path().split("/", -1);
        if (parts.length == 2 && parts[0].equals("login") && call.is("POST")) {
            return login(call, parts[1]);
        }
        if (parts.length == 3 && parts[0].equals("users") && parts[2].equals("password") && call.is("POST")) {
            User user = users.get(parts[1]);
            if (user == null) {
                throw new Unmodelled("a new password for a user that does not exist");
            }
            users.put(parts[1], new User(call.text("password"), user.tokens()));
            return FakeAnswer.empty();
        }
        if (parts.length != 2 || !parts[0].equals("users")) {
            throw new Unmodelled(call.method() + " auth/userpass/" + call.path());
        }
        call.only("POST", "GET", "DELETE");
        return switch (call.method()) {
            case "DELETE" -> {
                users.remove(parts[1]);
                yield FakeAnswer.empty();
            }
            case "GET" -> {
                User user = users.get(parts[1]);
                if (user == null) {
                    throw Refusal.absent();
                }
                ObjectNode data = FakeAnswer.object();
                user.tokens().writeTo(data);
                yield FakeAnswer.data(data);
            }
            default -> create(call, parts[1]);
        };
    }

    private FakeAnswer create(FakeCall call, String name) {
        Set<String> known = new HashSet<>(TokenSettings.FIELDS);
        known.add("password");
        List<String> warnings = call.warnings(known, TokenSettings.NOT_MODELLED);
        if (call.text("password").isEmpty() || users.containsKey(name)) {
            throw new Unmodelled("changing a user, or one without a password");
        }
        users.put(name, new User(call.text("password"), TokenSettings.of(call)));
        return warnings.isEmpty() ? FakeAnswer.empty() : FakeAnswer.warning(warnings.get(0));
    }

    private FakeAnswer login(FakeCall call, String name) {
        if (call.text("password").isEmpty()) {
            throw Refusal.of(500, "missing password");
        }
        User user = users.get(name);
        if (user == null || !user.password().equals(call.text("password"))) {
            throw Refusal.badRequest("invalid username or password");
        }
        return tokens.login(
                namespace, path + "login/" + name, "userpass-" + name, user.tokens(), Map.of("username", name));
    }
}
