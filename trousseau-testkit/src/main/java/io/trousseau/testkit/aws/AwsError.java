package io.trousseau.testkit.aws;

/** An error that the service answers. */
final class AwsError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String type;

    AwsError(int status, String type, String message) {
        super(message);
        this.status = status;
        this.type = type;
    }

    /** An error of the client's making. */
    AwsError(String type, String message) {
        this(400, type, message);
    }

    int status() {
        return status;
    }

    String type() {
        return type;
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
