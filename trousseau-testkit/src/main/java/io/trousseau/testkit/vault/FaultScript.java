package io.trousseau.testkit.vault;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Which fault the next request meets. Safe for use by several threads. */
final class FaultScript {
    private final List<Rule> once = new ArrayList<>();
    private final List<Rule> always = new ArrayList<>();
    private CountDownLatch healed = new CountDownLatch(1);

    private record Rule(Route route, VaultFault fault) {}

    /** A fault, and what opens when all faults are taken away. */
    record Met(VaultFault fault, CountDownLatch healed) {}

    /** A method or {@code *}, and a path that may end in {@code *}. */
    record Route(String method, String path) {
        static Route parse(String text) {
            String[] parts = text.split(" ", -1);
            if (parts.length != 2 || parts[1].startsWith("/")) {
                throw new IllegalArgumentException(
                        "a route is a method or *, a space, and a path without /v1/, such as 'POST transit/encrypt/*'; "
                                + "this is none: '" + text + "'");
            }
            return new Route(parts[0], parts[1]);
        }

        boolean covers(String requestMethod, String requestPath) {
            boolean pathCovered = path.endsWith("*")
                    ? requestPath.startsWith(path.substring(0, path.length() - 1))
                    : requestPath.equals(path);
            return pathCovered && (method.equals("*") || method.equals(requestMethod));
        }
    }

    synchronized void next(Route route, VaultFault fault) {
        once.add(new Rule(route, fault));
    }

    synchronized void always(Route route, VaultFault fault) {
        always.removeIf(rule -> rule.route().equals(route));
        always.add(new Rule(route, fault));
    }

    synchronized void heal() {
        once.clear();
        always.clear();
        healed.countDown();
        healed = new CountDownLatch(1);
    }

    /** The fault of this request, which is then used up unless it is there for all. */
    synchronized Met take(String method, String path) {
        Iterator<Rule> rules = once.iterator();
        while (rules.hasNext()) {
            Rule rule = rules.next();
            if (rule.route().covers(method, path)) {
                rules.remove();
                return new Met(rule.fault(), healed);
            }
        }
        for (Rule rule : always) {
            if (rule.route().covers(method, path)) {
                return new Met(rule.fault(), healed);
            }
        }
        return new Met(VaultFault.none(), healed);
    }
}
