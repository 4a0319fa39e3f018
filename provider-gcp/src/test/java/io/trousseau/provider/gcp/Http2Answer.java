package io.trousseau.provider.gcp;

import io.trousseau.api.KmsException;

/** What a server of HTTP/2 answers that is not Cloud KMS, or not well. */
enum Http2Answer {
    HTML_200(KmsException.Code.UNAVAILABLE),
    HTML_401(KmsException.Code.UNAVAILABLE),
    HTML_403(KmsException.Code.UNAVAILABLE),
    HTML_404(KmsException.Code.UNAVAILABLE),
    HTML_502(KmsException.Code.UNAVAILABLE),
    HTML_503(KmsException.Code.UNAVAILABLE),
    TRUNCATED_MESSAGE(KmsException.Code.BAD_ANSWER),
    JUNK_MESSAGE(KmsException.Code.BAD_ANSWER),
    NO_STATUS(KmsException.Code.UNAVAILABLE),
    TOO_LONG_MESSAGE(KmsException.Code.BAD_ANSWER);

    final KmsException.Code expected;

    Http2Answer(KmsException.Code expected) {
        this.expected = expected;
    }
}
