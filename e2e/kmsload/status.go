package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	grpcstatus "google.golang.org/grpc/status"
	kms "k8s.io/kms/apis/v2"
)

// answer is one Status answer, or the error instead of it.
type answer struct {
	Version string `json:"version"`
	Healthz string `json:"healthz"`
	KeyID   string `json:"keyId"`
	Code    string `json:"code"`
	Message string `json:"message,omitempty"`
}

func ask(ctx context.Context, client kms.KeyManagementServiceClient, timeout time.Duration) (answer, time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	begun := time.Now()
	response, err := client.Status(ctx, &kms.StatusRequest{})
	took := time.Since(begun)
	state := grpcstatus.Convert(err)
	if err != nil {
		return answer{Code: state.Code().String(), Message: state.Message()}, took
	}
	return answer{response.Version, response.Healthz, response.KeyId, state.Code().String(), ""}, took
}

func status(ctx context.Context, o options) error {
	client, done, err := connect(o.socket)
	if err != nil {
		return err
	}
	defer done()
	got, took := ask(ctx, client, o.timeout)
	print(struct {
		answer
		Micros int64 `json:"micros"`
	}{got, took.Microseconds()})
	if got.Code != "OK" {
		return errors.New("Status failed")
	}
	return nil
}

func watch(ctx context.Context, o options) error {
	client, done, err := connect(o.socket, eagerly())
	if err != nil {
		return err
	}
	defer done()
	var last answer
	for {
		got, _ := ask(ctx, client, o.timeout)
		if ctx.Err() != nil {
			return nil
		}
		if got != last {
			print(struct {
				UnixMillis int64 `json:"unixMillis"`
				answer
			}{time.Now().UnixMilli(), got})
			last = got
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(o.interval):
		}
	}
}

func roundtrip(ctx context.Context, o options) error {
	client, done, err := connect(o.socket)
	if err != nil {
		return err
	}
	defer done()
	got, _ := ask(ctx, client, o.timeout)
	if got.Code != "OK" {
		return fmt.Errorf("Status: %s: %s", got.Code, got.Message)
	}
	seed := make([]byte, 32)
	rand.Read(seed)
	sealed, err := encrypt(ctx, client, o.timeout, seed)
	if err != nil {
		return fmt.Errorf("Encrypt: %w", err)
	}
	opened, err := decrypt(ctx, client, o.timeout, sealed)
	if err != nil {
		return fmt.Errorf("Decrypt: %w", err)
	}
	if !bytes.Equal(seed, opened) {
		return errors.New("Decrypt answered other bytes than were encrypted")
	}
	if sealed.KeyId != got.KeyID {
		return fmt.Errorf("Status says key_id %q, Encrypt says %q", got.KeyID, sealed.KeyId)
	}
	sizes := map[string]int{}
	for key, value := range sealed.Annotations {
		sizes[key] = len(value)
	}
	print(struct {
		answer
		CiphertextBytes int            `json:"ciphertextBytes"`
		AnnotationBytes map[string]int `json:"annotationBytes"`
	}{got, len(sealed.Ciphertext), sizes})
	return nil
}

func encrypt(ctx context.Context, client kms.KeyManagementServiceClient, timeout time.Duration, plaintext []byte) (*kms.EncryptResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return client.Encrypt(ctx, &kms.EncryptRequest{Plaintext: plaintext, Uid: "kmsload"})
}

func decrypt(ctx context.Context, client kms.KeyManagementServiceClient, timeout time.Duration, sealed *kms.EncryptResponse) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	response, err := client.Decrypt(ctx, &kms.DecryptRequest{
		Ciphertext: sealed.Ciphertext, Uid: "kmsload", KeyId: sealed.KeyId, Annotations: sealed.Annotations,
	})
	if err != nil {
		return nil, err
	}
	return response.Plaintext, nil
}
