package io.trousseau.provider.gcp;

import com.google.protobuf.ByteString;
import com.google.protobuf.Int64Value;
import java.util.zip.CRC32C;

/** CRC-32C, by which the service and we tell each other what was meant to arrive. */
final class Checksum {
    private Checksum() {}

    static Int64Value of(ByteString bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.asReadOnlyByteBuffer());
        return Int64Value.of(crc.getValue());
    }

    /** Whether {@code stated} is there and is the checksum of {@code bytes}. */
    static boolean confirms(ByteString bytes, boolean isStated, Int64Value stated) {
        return isStated && of(bytes).equals(stated);
    }
}
