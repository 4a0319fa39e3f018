package io.trousseau.core.localkek;

import io.trousseau.core.envelope.Commitment;
import io.trousseau.core.envelope.Envelope;
import io.trousseau.core.envelope.Header;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A local KEK: 32 random bytes that seal payloads with AES-256-GCM.
 *
 * <h2>Security guarantees</h2>
 * A payload is answered only if its tag proves that it was sealed by this key under the same header, purpose and
 * associated data. Nonces are 96 random bits; {@link #HARD_USES} bounds their collision probability to 2^-35.
 *
 * <h2>Concurrency</h2>
 * Safe for use by any number of threads. {@link #wipe} waits for nobody: operations that copied the key before finish,
 * later ones fail.
 */
public final class LocalKek {
    /** The size of the key in bytes. */
    public static final int BYTES = 32;

    /** After this many seals the key seals no more: with random 96-bit nonces the odds of a repeated one are 2^-35. */
    public static final long HARD_USES = 1L << 31;

    /** The longest purpose, in ASCII characters. */
    public static final int MAX_PURPOSE_BYTES = 64;

    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] key;
    private final Commitment commitment;
    private final AtomicLong uses;
    private final AtomicBoolean reached = new AtomicBoolean();
    private boolean wiped;

    /** Takes {@code key} over, as used so often already. */
    LocalKek(byte[] key, long uses) {
        this.key = key;
        this.commitment = Commitment.to(key);
        this.uses = new AtomicLong(uses);
    }

    /** A new random key. */
    public static LocalKek create() {
        byte[] key = new byte[BYTES];
        RANDOM.nextBytes(key);
        return new LocalKek(key, 0);
    }

    /**
     * The key to which {@code commitment} commits, if {@code candidate} is it.
     *
     * @param candidate copied; the caller wipes it
     * @return null if {@code candidate} has another length or is another key
     */
    public static @org.jspecify.annotations.Nullable LocalKek prove(byte[] candidate, Commitment commitment) {
        return candidate.length == BYTES && commitment.binds(candidate) ? new LocalKek(candidate.clone(), 0) : null;
    }

    /** The public commitment to the key. */
    public Commitment commitment() {
        return commitment;
    }

    /** How many payloads this process sealed with the key. */
    public long uses() {
        return uses.get();
    }

    /**
     * Whether the key has been used so often, told to one caller only: several that seal at once may all see the count
     * beyond the bound and none at it.
     *
     * @param bound the same at every call
     */
    public boolean firstReaches(long bound) {
        return uses.get() >= bound && reached.compareAndSet(false, true);
    }

    /**
     * Seals a payload.
     *
     * @param header under which the payload is stored; becomes associated data
     * @param purpose what the payload is for, 1 to {@value #MAX_PURPOSE_BYTES} ASCII characters; becomes associated data,
     *     so that an envelope made for one purpose is of no use for another
     * @param associatedData what else the payload is bound to; may be empty
     * @param payload 1 to {@link Envelope#MAX_PAYLOAD_BYTES} bytes, checked by the caller
     * @return a sealed payload as {@link Envelope} describes it
     * @throws WornOutException if {@link #HARD_USES} are spent or the key is wiped
     */
    public byte[] seal(Header header, String purpose, byte[] associatedData, byte[] payload) throws WornOutException {
        if (uses.incrementAndGet() > HARD_USES) {
            throw new WornOutException("the local KEK " + commitment + " has sealed 2^31 payloads");
        }
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        ByteBuffer sealed = ByteBuffer.allocate(Envelope.SEAL_OVERHEAD_BYTES + payload.length);
        sealed.put((byte) Envelope.SEAL_FORMAT).put(nonce);
        try {
            cipher(Cipher.ENCRYPT_MODE, nonce, header, purpose, associatedData)
                    .doFinal(ByteBuffer.wrap(payload), sealed);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK cannot do AES/GCM/NoPadding", e);
        }
        return sealed.array();
    }

    /**
     * Opens a sealed payload.
     *
     * @param sealed as {@link Envelope#sealed()} gives it
     * @return the payload, fresh; the caller wipes it
     * @throws AEADBadTagException if the key, the header, the purpose, the associated data or the sealed payload is not
     *     the one of {@link #seal}
     * @throws WornOutException if the key is wiped
     */
    public byte[] open(Header header, String purpose, byte[] associatedData, byte[] sealed)
            throws AEADBadTagException, WornOutException {
        byte[] nonce = Arrays.copyOfRange(sealed, 1, 1 + NONCE_BYTES);
        try {
            return cipher(Cipher.DECRYPT_MODE, nonce, header, purpose, associatedData)
                    .doFinal(sealed, 1 + NONCE_BYTES, sealed.length - 1 - NONCE_BYTES);
        } catch (AEADBadTagException e) {
            throw e;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK cannot do AES/GCM/NoPadding", e);
        }
    }

    /**
     * A copy of the key, to be wrapped.
     *
     * @return fresh; the caller wipes it
     * @throws WornOutException if the key is wiped
     */
    public byte[] copyKey() throws WornOutException {
        synchronized (this) {
            if (!wiped) {
                return key.clone();
            }
        }
        throw new WornOutException("the local KEK " + commitment + " is wiped");
    }

    /** Overwrites the key. Idempotent. */
    public void wipe() {
        synchronized (this) {
            wiped = true;
            Arrays.fill(key, (byte) 0);
        }
    }

    private Cipher cipher(int mode, byte[] nonce, Header header, String purpose, byte[] associatedData)
            throws GeneralSecurityException, WornOutException {
        byte[] raw = copyKey();
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, new SecretKeySpec(raw, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(boundData(header, purpose, associatedData));
            return cipher;
        } finally {
            Arrays.fill(raw, (byte) 0);
        }
    }

    /** Header, purpose and associated data, each behind its length in four bytes, big-endian. */
    private static byte[] boundData(Header header, String purpose, byte[] associatedData) {
        byte[] head = header.toBytes();
        byte[] label = purpose.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(12 + head.length + label.length + associatedData.length)
                .putInt(head.length)
                .put(head)
                .putInt(label.length)
                .put(label)
                .putInt(associatedData.length)
                .put(associatedData)
                .array();
    }

    /** The start of the commitment; never the key. */
    @Override
    public String toString() {
        return "LocalKek[" + commitment + "]";
    }
}
