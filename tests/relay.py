"""A relay on loopback between a client and a server, whose line can be cut: by hand, or when certain bytes go to the server."""

import contextlib
import socket
import threading
from collections.abc import Iterator


class Relay:
    """Passes bytes on while the line is whole; `cut` drops every connection and refuses new ones until `mend`."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.cut_at: bytes = b""
        """Bytes on their way to the server at which the line is cut."""
        self.whole = True
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Where clients reach the server."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Drop every connection; new ones are closed as soon as they are made."""
        self.whole = False
        for end in self._open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def mend(self) -> None:
        """Let connections through again."""
        self.cut_at, self.whole = b"", True

    def close(self) -> None:
        """Cut the line for good."""
        self.cut()
        self._listening.close()

    def _accept(self) -> None:
        for client in self._clients():
            if not self.whole:
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", self.target))
            self._open += [client, server]
            for one, other, watched in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._pass_on, args=(one, other, watched), daemon=True).start()

    def _clients(self) -> Iterator[socket.socket]:
        with contextlib.suppress(OSError):
            while True:
                yield self._listening.accept()[0]

    def _pass_on(self, source: socket.socket, to: socket.socket, watched: bool) -> None:
        try:
            while chunk := source.recv(1 << 16):
                if watched and self.cut_at and self.cut_at in chunk:
                    self.cut()
                    return
                to.sendall(chunk)
            to.shutdown(socket.SHUT_WR)
        except OSError:  # one side is gone: the other must not wait for it
            for end in (source, to):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
