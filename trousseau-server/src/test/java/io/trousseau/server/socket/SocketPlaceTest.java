package io.trousseau.server.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trousseau.server.socket.SocketClaim.State;
import io.trousseau.server.socket.SocketPlace.Occupant;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SocketPlaceTest {
    private Path directory;
    private Path socket;

    @BeforeEach
    void place(@TempDir Path temporary) {
        directory = temporary.resolve("kms");
        socket = directory.resolve("kms.sock");
    }

    @Test
    @DisplayName("a missing directory is made for its owner alone")
    void makesDirectory() throws IOException {
        assertThat(place().prepare(false)).isEqualTo(Occupant.NONE);
        assertThat(mode(directory)).isEqualTo("rwx------");
    }

    @Test
    @DisplayName("with a group, the directory and the socket are also the group's")
    void group() throws IOException {
        String group = Files.getFileAttributeView(
                        directory.getParent(), java.nio.file.attribute.PosixFileAttributeView.class)
                .readAttributes()
                .group()
                .getName();
        SocketPlace place = SocketPlace.at(socket, Optional.of(group));
        place.prepare(false);
        try (ServerSocketChannel listener = listen(place.privatePath(), place)) {
            assertThat(mode(directory)).isEqualTo("rwxr-x---");
            assertThat(mode(socket)).isEqualTo("rw-rw----");
            assertThat(listener.isOpen()).isTrue();
        }
    }

    @Test
    @DisplayName("a group that does not exist is refused")
    void unknownGroup() {
        assertThatThrownBy(() -> SocketPlace.at(socket, Optional.of("no-such-group")))
                .isInstanceOf(UnusableSocketException.class)
                .hasMessageContaining("no-such-group");
    }

    @Test
    @DisplayName("a group that could not reach the socket is refused, with the commands that help")
    void groupOutside() throws IOException {
        makeDirectory("rwx------");
        String group = "root".equals(System.getProperty("user.name")) ? "daemon" : "root";

        assertThatThrownBy(() -> SocketPlace.at(socket, Optional.of(group)).prepare(false))
                .isInstanceOf(UnusableSocketException.class)
                .hasMessageContaining("chgrp " + group + " " + directory)
                .hasMessageContaining("chmod 750");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxrwxrwx", "rwxrwx---", "rwx----w-"})
    @DisplayName("a directory that others may write to is refused, with the command that helps")
    void insecureDirectory(String mode) throws IOException {
        makeDirectory(mode);

        assertThatThrownBy(() -> place().prepare(false))
                .isInstanceOf(UnusableSocketException.class)
                .hasMessageContaining("chmod go-w " + directory);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwx------", "rwxr-x---", "rwxr-xr-x"})
    @DisplayName("a directory that only its owner may write to is used as it is")
    void secureDirectory(String mode) throws IOException {
        makeDirectory(mode);

        assertThat(place().prepare(false)).isEqualTo(Occupant.NONE);
        assertThat(mode(directory)).isEqualTo(mode);
    }

    @Test
    @DisplayName("a directory whose parent does not exist is refused")
    void noParent() {
        Path deep = directory.resolve("a/b/kms.sock");
        assertThatThrownBy(() -> SocketPlace.at(deep, Optional.empty()).prepare(false))
                .isInstanceOf(UnusableSocketException.class)
                .hasMessageContaining(directory.resolve("a/b").toString());
    }

    @Test
    @DisplayName("a path that would leave no room for a private name is refused before anything is made")
    void longPath() {
        Path longPath = directory.resolve("x".repeat(120));
        assertThatThrownBy(() -> SocketPlace.at(longPath, Optional.empty()))
                .isInstanceOf(UnusableSocketException.class)
                .hasMessageContaining("too long");
        assertThat(directory).doesNotExist();
    }

    @Test
    @DisplayName("a socket is visible at its path only with its final mode, and its private name is gone")
    void modeBeforeVisible() throws IOException {
        SocketPlace place = place();
        place.prepare(false);
        Path bound = place.privatePath();
        try (ServerSocketChannel listener = listen(bound, place)) {
            assertThat(mode(socket)).isEqualTo("rw-------");
            assertThat(bound).doesNotExist();
            assertThat(listener.isOpen()).isTrue();
            assertThat(canConnect(socket)).isTrue();
        }
    }

    @Test
    @DisplayName("a dead socket counts as nothing, and is replaced")
    void deadSocket() throws IOException {
        makeDirectory("rwx------");
        leaveDead(socket);

        SocketPlace place = place();
        assertThat(place.prepare(false)).isEqualTo(Occupant.NONE);
        try (ServerSocketChannel listener = listen(place.privatePath(), place)) {
            assertThat(listener.isOpen()).isTrue();
            assertThat(canConnect(socket)).isTrue();
        }
    }

    @Test
    @DisplayName("a live socket is refused, and stays alive; with replace it is taken over")
    void liveSocket() throws IOException {
        SocketPlace place = place();
        place.prepare(false);
        try (ServerSocketChannel first = listen(place.privatePath(), place)) {
            assertThatThrownBy(() -> place().prepare(false))
                    .isInstanceOf(SocketInUseException.class)
                    .hasMessageContaining(socket.toString())
                    .hasMessageContaining("--replace");
            assertThat(canConnect(socket)).isTrue();
            assertThat(first.isOpen()).isTrue();
            assertThat(place().prepare(true)).isEqualTo(Occupant.ALIVE);
        }
    }

    @Test
    @DisplayName("whoever is replaced sees it, and leaves the other's socket alone")
    void replaced() throws IOException {
        SocketPlace place = place();
        place.prepare(false);
        Path first = place.privatePath();
        Path second = place.privatePath();
        try (ServerSocketChannel theirs = bind(second)) {
            SocketClaim claim;
            SocketClaim next;
            try (ServerSocketChannel ours = bind(first)) {
                claim = place.claim(first);
                assertThat(claim.state()).isEqualTo(State.HELD);
                next = place.claim(second);

                assertThat(claim.state()).isEqualTo(State.REPLACED);
                claim.release();
                assertThat(ours.isOpen()).isTrue();
            }
            assertThat(next.state()).isEqualTo(State.HELD);
            assertThat(canConnect(socket)).isTrue();
            next.release();
            assertThat(socket).doesNotExist();
            assertThat(next.state()).isEqualTo(State.DELETED);
            assertThat(theirs.isOpen()).isTrue();
        }
    }

    @Test
    @DisplayName("a file at the path is refused and left as it is")
    void regularFile() throws IOException {
        makeDirectory("rwx------");
        Files.writeString(socket, "precious");

        assertThatThrownBy(() -> place().prepare(true))
                .isInstanceOf(UnusableSocketException.class)
                .hasMessageContaining("not a socket");
        assertThat(socket).hasContent("precious");
    }

    @Test
    @DisplayName("a symbolic link at the path is refused and left as it is, even if it leads to a dead socket")
    void symbolicLink() throws IOException {
        makeDirectory("rwx------");
        Path target = directory.resolve("other.sock");
        leaveDead(target);
        Files.createSymbolicLink(socket, target);

        assertThatThrownBy(() -> place().prepare(true))
                .isInstanceOf(UnusableSocketException.class)
                .hasMessageContaining("symbolic link");
        assertThat(Files.isSymbolicLink(socket)).isTrue();
        assertThat(Files.exists(target, LinkOption.NOFOLLOW_LINKS)).isTrue();
    }

    @Test
    @DisplayName("a file that appears at the path after it was looked at is not overwritten")
    void fileAppears() throws IOException {
        SocketPlace place = place();
        place.prepare(false);
        Path bound = place.privatePath();
        try (ServerSocketChannel listener = bind(bound)) {
            Files.writeString(socket, "precious");
            assertThatThrownBy(() -> place.claim(bound)).isInstanceOf(UnusableSocketException.class);
            assertThat(socket).hasContent("precious");
            assertThat(listener.isOpen()).isTrue();
        }
    }

    @Test
    @DisplayName("private names that dead processes left are removed; live, young and other files are not")
    void leftovers() throws IOException {
        makeDirectory("rwx------");
        Path dead = directory.resolve("kms.sock.1234");
        Path young = directory.resolve("kms.sock.1235");
        Path alive = directory.resolve("kms.sock.1236");
        Path file = directory.resolve("kms.sock.1237");
        Path other = directory.resolve("kms.sock.bak");
        leaveDead(dead);
        leaveDead(young);
        leaveDead(other);
        Files.writeString(file, "precious");
        try (ServerSocketChannel listener = bind(alive)) {
            for (Path path : new Path[] {dead, alive, file, other}) {
                Files.setLastModifiedTime(path, FileTime.from(Instant.now().minus(Duration.ofMinutes(1))));
            }
            place().prepare(false);

            assertThat(Files.exists(dead, LinkOption.NOFOLLOW_LINKS)).isFalse();
            assertThat(directory)
                    .isDirectoryContaining(young::equals)
                    .isDirectoryContaining(alive::equals)
                    .isDirectoryContaining(file::equals)
                    .isDirectoryContaining(other::equals);
            assertThat(listener.isOpen()).isTrue();
        }
    }

    private SocketPlace place() throws IOException {
        return SocketPlace.at(socket, Optional.empty());
    }

    private void makeDirectory(String mode) throws IOException {
        Files.createDirectory(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(mode));
    }

    private static ServerSocketChannel listen(Path bound, SocketPlace place) throws IOException {
        ServerSocketChannel listener = bind(bound);
        place.claim(bound);
        return listener;
    }

    private static ServerSocketChannel bind(Path path) throws IOException {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path));
    }

    /** As a process leaves it that was killed. */
    private static void leaveDead(Path path) throws IOException {
        bind(path).close();
        assertThat(Files.exists(path, LinkOption.NOFOLLOW_LINKS)).isTrue();
    }

    private static boolean canConnect(Path path) throws IOException {
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            return client.isConnected();
        }
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
    }
}
