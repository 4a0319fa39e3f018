package io.trousseau.provider.vault.http;

import java.net.InetSocketAddress;
import java.net.Proxy;
import okhttp3.Call;
import okhttp3.EventListener;

/** What happened on the way of one call, told by OkHttp's threads. */
final class Trace extends EventListener {
    private volatile boolean connected;
    private volatile boolean answered;

    /**
     * Whether the call went over a connection of an earlier one and heard nothing: as it is when the server closed it while
     * it was idle. Then nobody has worked on the request.
     */
    boolean foundTheConnectionDead() {
        return !connected && !answered;
    }

    @Override
    public void connectStart(Call call, InetSocketAddress address, Proxy proxy) {
        connected = true;
    }

    @Override
    public void responseHeadersStart(Call call) {
        answered = true;
    }
}
