"""A TCP proxy in front of MySQL that cuts a connection exactly at a COMMIT."""

import contextlib
import socket
import threading
from typing import Literal

Cut = Literal["before", "after"]


class CuttingProxy:
    """Listens on loopback; ``arm`` makes the next COMMIT of any connection lose its connection.

    "before": the server never sees the COMMIT. "after": it does, but its answer is lost.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._cut: Cut | None = None
        self.cuts = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, cut: Cut) -> None:
        """Cut at the next COMMIT."""
        self._cut = cut

    def close(self) -> None:
        """Refuse further connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            threading.Thread(target=self._up, args=(client, server), daemon=True).start()
            threading.Thread(target=_copy, args=(server, client), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                if self._cut and data.endswith(b"\x03COMMIT"):
                    cut, self._cut = self._cut, None
                    self.cuts += 1
                    _drop(client)
                    if cut == "after":
                        server.sendall(data)
                        server.recv(1 << 16)
                    break
                server.sendall(data)
        _drop(server)
        _drop(client)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    _drop(source)
    _drop(target)


def _drop(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
