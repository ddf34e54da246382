"""Messages between the parent and one worker, over a socket; the parent never waits for one.

A worker that is stopped in the middle of a message (or that does not take one) holds up
nobody: what is there is read, and the rest is waited for together with everything else.
"""

from __future__ import annotations

import pickle
import socket
import struct
from typing import Any

_LENGTH = struct.Struct("<Q")
_CHUNK = 1 << 20


class Line:
    """The parent's end."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self.socket, self.closed = end, False
        self._arrived, self._waiting = bytearray(), bytearray()

    def fileno(self) -> int:
        return self.socket.fileno()

    @property
    def unsent(self) -> bool:
        """True while `flush` has more to do when the socket takes more."""
        return bool(self._waiting) and not self.closed

    def send(self, message: Any) -> None:
        """Send what the socket takes now and keep the rest for `flush`."""
        self._waiting += _framed(message)
        self.flush()

    def flush(self) -> None:
        """Send on."""
        try:
            while self._waiting:
                del self._waiting[: self.socket.send(self._waiting[:_CHUNK])]
        except BlockingIOError:
            return
        except OSError:  # it died: seen when its results are read
            self._waiting.clear()

    def receive(self) -> list[Any]:
        """The messages that are whole by now; `closed` tells that no more will come."""
        try:
            while data := self.socket.recv(_CHUNK):
                self._arrived += data
            self.closed = True
        except BlockingIOError:
            pass
        except OSError:
            self.closed = True
        return self._messages()

    def _messages(self) -> list[Any]:
        found, at = [], 0
        while len(self._arrived) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._arrived, at)
            end = at + _LENGTH.size + length
            if end > len(self._arrived):
                break
            found.append(pickle.loads(memoryview(self._arrived)[end - length : end].tobytes()))  # noqa: S301 - our own child
            at = end
        del self._arrived[:at]
        return found

    def close(self) -> None:
        self.closed = True
        self.socket.close()


def send(end: socket.socket, message: Any) -> None:
    """Send a message from the worker's end, and wait until it is taken."""
    end.sendall(_framed(message))


def receive(end: socket.socket) -> Any:
    """The next message at the worker's end.  Raises EOFError when the parent is gone."""
    (length,) = _LENGTH.unpack(_exactly(end, _LENGTH.size))
    return pickle.loads(_exactly(end, length))  # noqa: S301 - our own parent


def _exactly(end: socket.socket, size: int) -> bytearray:
    data = bytearray(size)
    view, got = memoryview(data), 0
    while got < size:
        count = end.recv_into(view[got:])
        if not count:
            raise EOFError
        got += count
    return data


def _framed(message: Any) -> bytes:
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(data)) + data
