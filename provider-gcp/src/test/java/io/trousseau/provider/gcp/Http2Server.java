package io.trousseau.provider.gcp;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** A server of HTTP/2 that gives one wrong answer to everything. */
final class Http2Server implements AutoCloseable {
    static final String SECRET_TEXT = "s3cret-of-a-proxy";

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Channel listener;

    private Http2Server(Http2Answer answer) {
        listener = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(Http2FrameCodecBuilder.forServer().build(), new Answering(answer));
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .syncUninterruptibly()
                .channel();
    }

    static Http2Server start(Http2Answer answer) {
        return new Http2Server(answer);
    }

    int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private static final class Answering extends ChannelInboundHandlerAdapter {
        private final Http2Answer answer;

        Answering(Http2Answer answer) {
            this.answer = answer;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            try {
                if (message instanceof Http2HeadersFrame headers && headers.isEndStream()) {
                    answer(context, headers.stream());
                } else if (message instanceof Http2DataFrame data && data.isEndStream()) {
                    answer(context, data.stream());
                }
            } finally {
                ReferenceCountUtil.release(message);
            }
        }

        private void answer(ChannelHandlerContext context, Http2FrameStream stream) {
            switch (answer) {
                case HTML_200 -> html(context, stream, "200");
                case HTML_401 -> html(context, stream, "401");
                case HTML_403 -> html(context, stream, "403");
                case HTML_404 -> html(context, stream, "404");
                case HTML_502 -> html(context, stream, "502");
                case HTML_503 -> html(context, stream, "503");
                case TRUNCATED_MESSAGE -> {
                    headers(context, stream, "200", "application/grpc", false);
                    // A message of 100 bytes, of which 3 come.
                    data(context, stream, new byte[] {0, 0, 0, 0, 100, 1, 2, 3}, false);
                    status(context, stream);
                }
                case JUNK_MESSAGE -> {
                    headers(context, stream, "200", "application/grpc", false);
                    data(context, stream, new byte[] {0, 0, 0, 0, 3, -1, -1, -1}, false);
                    status(context, stream);
                }
                case TOO_LONG_MESSAGE -> {
                    headers(context, stream, "200", "application/grpc", false);
                    data(context, stream, new byte[] {0, 0x7f, -1, -1, -1, 1}, false);
                }
                case NO_STATUS -> {
                    headers(context, stream, "200", "application/grpc", false);
                    data(context, stream, new byte[0], true);
                }
            }
        }

        private static void html(ChannelHandlerContext context, Http2FrameStream stream, String status) {
            headers(context, stream, status, "text/html", false);
            data(context, stream, ("<html>" + SECRET_TEXT + "</html>").getBytes(StandardCharsets.US_ASCII), true);
        }

        private static void headers(
                ChannelHandlerContext context, Http2FrameStream stream, String status, String type, boolean end) {
            Http2Headers headers = new DefaultHttp2Headers().status(status).set("content-type", type);
            context.writeAndFlush(new DefaultHttp2HeadersFrame(headers, end).stream(stream));
        }

        private static void status(ChannelHandlerContext context, Http2FrameStream stream) {
            context.writeAndFlush(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().set("grpc-status", "0"), true)
                    .stream(stream));
        }

        private static void data(ChannelHandlerContext context, Http2FrameStream stream, byte[] bytes, boolean end) {
            ByteBuf content = Unpooled.wrappedBuffer(bytes);
            context.writeAndFlush(new DefaultHttp2DataFrame(content, end).stream(stream));
        }
    }
}
