package io.trousseau.server.config;

/**
 * A place in a file.
 *
 * @param line from 1; 0 for the file as a whole
 * @param column from 1, in characters; 0 for the file as a whole
 */
record Place(int line, int column) {
    static final Place WHOLE_FILE = new Place(0, 0);
}
