"""A network path between a daemon and its source that a test cuts.

    with TcpProxy(port) as proxy:
        proxy.url
        proxy.refuse()     # connections are reset, new ones refused
        proxy.swallow()    # connections stay and new ones are taken, and no byte comes through
        proxy.open()       # as it was
"""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress

PIECE = 1 << 16
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close() sends a reset


class TcpProxy:
    """From a free port of 127.0.0.1, which it keeps until the `with` block ends, to another one."""

    def __init__(self, port: int):
        self._target = ("127.0.0.1", port)
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._flows = threading.Event()
        self._flows.set()
        self._listens = False
        self._listener = _bound(0)
        self._address = self._listener.getsockname()
        self.url = f"http://127.0.0.1:{self._address[1]}"

    def open(self) -> None:
        """What was swallowed is lost: those connections are reset."""
        self._flows.set()
        self._drop_connections()
        if not self._listens:
            self._listen()

    def refuse(self) -> None:
        self._stop_listening()
        self._listener = _bound(self._address[1])  # and does not listen
        self._drop_connections()

    def swallow(self) -> None:
        self._flows.clear()

    def __enter__(self) -> TcpProxy:
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        self._flows.set()
        self._stop_listening()
        self._drop_connections()

    def _listen(self) -> None:
        self._listens = True
        self._listener.listen(64)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _stop_listening(self) -> None:
        self._listens = False
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                self._connect(near)

    def _connect(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(self._target, timeout=10)
        except OSError:
            _reset(near)
            return
        far.settimeout(None)
        with self._lock:
            self._connections |= {near, far}
        for source, sink in ((near, far), (far, near)):
            source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                if self._flows.is_set():
                    sink.sendall(piece)
        self._drop({source, sink})

    def _drop_connections(self) -> None:
        with self._lock:
            connections = set(self._connections)
        self._drop(connections)

    def _drop(self, connections: set[socket.socket]) -> None:
        with self._lock:
            known = connections & self._connections
            self._connections -= known
        for connection in known:
            _reset(connection)


def _bound(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener


def _reset(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads
    connection.close()
