package io.trousseau.testkit.gcp;

import com.google.cloud.kms.v1.CreateCryptoKeyVersionRequest;
import com.google.cloud.kms.v1.CryptoKey;
import com.google.cloud.kms.v1.CryptoKeyVersion;
import com.google.cloud.kms.v1.DecryptRequest;
import com.google.cloud.kms.v1.DecryptResponse;
import com.google.cloud.kms.v1.DestroyCryptoKeyVersionRequest;
import com.google.cloud.kms.v1.EncryptRequest;
import com.google.cloud.kms.v1.EncryptResponse;
import com.google.cloud.kms.v1.GetCryptoKeyRequest;
import com.google.cloud.kms.v1.GetCryptoKeyVersionRequest;
import com.google.cloud.kms.v1.KeyManagementServiceGrpc;
import com.google.cloud.kms.v1.RestoreCryptoKeyVersionRequest;
import com.google.cloud.kms.v1.UpdateCryptoKeyPrimaryVersionRequest;
import com.google.cloud.kms.v1.UpdateCryptoKeyVersionRequest;
import com.google.protobuf.ByteString;
import com.google.protobuf.Int64Value;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import io.trousseau.testkit.gcp.GoogleFault.Wire;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32C;

/**
 * The modelled methods of the service: faults first, then the rules. A method that is not overridden here answers
 * UNIMPLEMENTED, as the stubs do it.
 */
final class FakeKmsService extends KeyManagementServiceGrpc.KeyManagementServiceImplBase {
    private final FakeKeyStore keys;
    private final FakeGoogleKms.Traffic traffic;

    FakeKmsService(FakeKeyStore keys, FakeGoogleKms.Traffic traffic) {
        this.keys = keys;
        this.traffic = traffic;
    }

    @Override
    public void encrypt(EncryptRequest request, StreamObserver<EncryptResponse> answer) {
        serve(
                GoogleOperation.ENCRYPT,
                request,
                answer,
                FakeKmsService::damaged,
                keys::encrypt,
                FakeKmsService::spoilt,
                EncryptResponse.getDefaultInstance());
    }

    @Override
    public void decrypt(DecryptRequest request, StreamObserver<DecryptResponse> answer) {
        serve(
                GoogleOperation.DECRYPT,
                request,
                answer,
                FakeKmsService::damaged,
                keys::decrypt,
                FakeKmsService::spoilt,
                DecryptResponse.getDefaultInstance());
    }

    @Override
    public void getCryptoKey(GetCryptoKeyRequest request, StreamObserver<CryptoKey> answer) {
        serve(
                GoogleOperation.GET_CRYPTO_KEY,
                request,
                answer,
                UnaryOperator.identity(),
                keys::getCryptoKey,
                (fault, response) -> fault instanceof GoogleFault.OtherName other
                        ? response.toBuilder().setName(other.name()).build()
                        : response,
                CryptoKey.getDefaultInstance());
    }

    @Override
    public void getCryptoKeyVersion(GetCryptoKeyVersionRequest request, StreamObserver<CryptoKeyVersion> answer) {
        version(GoogleOperation.GET_CRYPTO_KEY_VERSION, request, answer, keys::getCryptoKeyVersion);
    }

    @Override
    public void createCryptoKeyVersion(CreateCryptoKeyVersionRequest request, StreamObserver<CryptoKeyVersion> answer) {
        version(GoogleOperation.CREATE_CRYPTO_KEY_VERSION, request, answer, keys::createCryptoKeyVersion);
    }

    @Override
    public void updateCryptoKeyVersion(UpdateCryptoKeyVersionRequest request, StreamObserver<CryptoKeyVersion> answer) {
        version(GoogleOperation.UPDATE_CRYPTO_KEY_VERSION, request, answer, keys::updateCryptoKeyVersion);
    }

    @Override
    public void updateCryptoKeyPrimaryVersion(
            UpdateCryptoKeyPrimaryVersionRequest request, StreamObserver<CryptoKey> answer) {
        serve(
                GoogleOperation.UPDATE_CRYPTO_KEY_PRIMARY_VERSION,
                request,
                answer,
                UnaryOperator.identity(),
                keys::updateCryptoKeyPrimaryVersion,
                (fault, response) -> response,
                CryptoKey.getDefaultInstance());
    }

    @Override
    public void destroyCryptoKeyVersion(
            DestroyCryptoKeyVersionRequest request, StreamObserver<CryptoKeyVersion> answer) {
        version(GoogleOperation.DESTROY_CRYPTO_KEY_VERSION, request, answer, keys::destroyCryptoKeyVersion);
    }

    @Override
    public void restoreCryptoKeyVersion(
            RestoreCryptoKeyVersionRequest request, StreamObserver<CryptoKeyVersion> answer) {
        version(GoogleOperation.RESTORE_CRYPTO_KEY_VERSION, request, answer, keys::restoreCryptoKeyVersion);
    }

    private <Q> void version(
            GoogleOperation operation,
            Q request,
            StreamObserver<CryptoKeyVersion> answer,
            Function<Q, CryptoKeyVersion> rule) {
        serve(
                operation,
                request,
                answer,
                UnaryOperator.identity(),
                rule,
                (fault, response) -> response,
                CryptoKeyVersion.getDefaultInstance());
    }

    private <Q, A> void serve(
            GoogleOperation operation,
            Q request,
            StreamObserver<A> answer,
            UnaryOperator<Q> damage,
            Function<Q, A> rule,
            Spoiling<A> spoiling,
            A empty) {
        try {
            List<GoogleFault> faults = traffic.arrived(operation);
            Q arrived = faults.contains(Wire.DAMAGE_REQUEST) ? damage.apply(request) : request;
            A response = rule.apply(arrived);
            for (GoogleFault fault : faults) {
                response = fault == Wire.EMPTY_ANSWER ? empty : spoiling.spoil(fault, response);
            }
            answer.onNext(response);
            answer.onCompleted();
        } catch (FaultException e) {
            answer.onError(StatusProto.toStatusRuntimeException(e.status));
        } catch (StatusRuntimeException e) {
            answer.onError(e);
        } catch (RuntimeException e) {
            answer.onError(GoogleFailure.of(com.google.rpc.Code.INTERNAL, "Internal error encountered."));
            throw e;
        }
    }

    private static EncryptRequest damaged(EncryptRequest request) {
        return request.toBuilder().setPlaintext(flipped(request.getPlaintext())).build();
    }

    private static DecryptRequest damaged(DecryptRequest request) {
        return request.toBuilder()
                .setCiphertext(flipped(request.getCiphertext()))
                .build();
    }

    private static EncryptResponse spoilt(GoogleFault fault, EncryptResponse response) {
        EncryptResponse.Builder spoilt = response.toBuilder();
        if (fault == Wire.DAMAGE_ANSWER) {
            spoilt.setCiphertext(flipped(response.getCiphertext()));
        } else if (fault == Wire.NO_CHECKSUM) {
            spoilt.clearCiphertextCrc32C();
        } else if (fault == Wire.PLAINTEXT_UNVERIFIED) {
            spoilt.setVerifiedPlaintextCrc32C(false);
        } else if (fault == Wire.CONTEXT_UNVERIFIED) {
            spoilt.setVerifiedAdditionalAuthenticatedDataCrc32C(false);
        } else if (fault instanceof GoogleFault.OtherName other) {
            spoilt.setName(other.name());
        }
        return spoilt.build();
    }

    private static DecryptResponse spoilt(GoogleFault fault, DecryptResponse response) {
        DecryptResponse.Builder spoilt = response.toBuilder();
        if (fault == Wire.DAMAGE_ANSWER) {
            spoilt.setPlaintext(flipped(response.getPlaintext()));
        } else if (fault == Wire.NO_CHECKSUM) {
            spoilt.clearPlaintextCrc32C();
        }
        return spoilt.build();
    }

    private static ByteString flipped(ByteString bytes) {
        byte[] changed = bytes.toByteArray();
        if (changed.length > 0) {
            changed[changed.length / 2] ^= 1;
        }
        return ByteString.copyFrom(changed);
    }

    static Int64Value checksum(ByteString bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.asReadOnlyByteBuffer());
        return Int64Value.of(crc.getValue());
    }

    /** Changes an answer as a fault says. */
    private interface Spoiling<A> {
        A spoil(GoogleFault fault, A response);
    }

    /** Ends a call with the status of a fault. */
    static final class FaultException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        final transient com.google.rpc.Status status;

        FaultException(com.google.rpc.Status status) {
            super(status.getMessage());
            this.status = status;
        }
    }
}
