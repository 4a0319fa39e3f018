package main

import (
	"context"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	kms "k8s.io/kms/apis/v2"
)

// connect dials with the options of kube-apiserver 1.37: no TLS, authority "localhost", calls that wait for a
// connection, and grpc-go's own backoff, which starts at one second.
func connect(socket string, more ...grpc.DialOption) (kms.KeyManagementServiceClient, func(), error) {
	dial := func(context.Context, string) (net.Conn, error) {
		return net.DialUnix("unix", nil, &net.UnixAddr{Name: socket, Net: "unix"})
	}
	conn, err := grpc.NewClient("passthrough:///"+socket, append([]grpc.DialOption{
		grpc.WithAuthority("localhost"),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.WaitForReady(true)),
		grpc.WithContextDialer(dial),
	}, more...)...)
	if err != nil {
		return nil, nil, err
	}
	return kms.NewKeyManagementServiceClient(conn), func() { conn.Close() }, nil
}

// eagerly makes an observer see a new server at once; kube-apiserver is not that quick.
func eagerly() grpc.DialOption {
	wait := backoff.Config{BaseDelay: 20 * time.Millisecond, Multiplier: 1, MaxDelay: 20 * time.Millisecond}
	return grpc.WithConnectParams(grpc.ConnectParams{Backoff: wait, MinConnectTimeout: time.Second})
}
