package io.trousseau.e2e;

/** What was seen, one line each, for the person who runs the suite. */
final class Seen {
    private Seen() {}

    static void say(String scenario, String observation) {
        System.out.println("[" + scenario + "] " + observation);
    }
}
