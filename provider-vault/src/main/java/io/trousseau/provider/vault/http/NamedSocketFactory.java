package io.trousseau.provider.vault.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** Asks the server for the certificate of a configured name (SNI) instead of the address's host. */
final class NamedSocketFactory extends SSLSocketFactory {
    private final SSLSocketFactory factory;
    private final String name;

    NamedSocketFactory(SSLSocketFactory factory, String name) {
        this.factory = factory;
        this.name = name;
    }

    @Override
    public Socket createSocket(Socket socket, String host, int port, boolean autoClose) throws IOException {
        SSLSocket named = (SSLSocket) factory.createSocket(socket, name, port, autoClose);
        SSLParameters parameters = named.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        named.setSSLParameters(parameters);
        return named;
    }

    @Override
    public String[] getDefaultCipherSuites() {
        return factory.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return factory.getSupportedCipherSuites();
    }

    @Override
    public Socket createSocket(String host, int port) {
        throw onlyOverASocket();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
        throw onlyOverASocket();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
        throw onlyOverASocket();
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort) {
        throw onlyOverASocket();
    }

    private static UnsupportedOperationException onlyOverASocket() {
        return new UnsupportedOperationException("TLS is put over a connected socket");
    }
}
