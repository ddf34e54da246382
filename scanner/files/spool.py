"""Content without a file of its own, given a path that only this process can open."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from types import TracebackType
from typing import BinaryIO

from scanner.files.whole import no_room

_IN_MEMORY = 32 << 20  # bytes


class Spool:
    """Holds one content at a time: a small one in memory, a large one in an unnamed file."""

    def __init__(self) -> None:
        self._file: BinaryIO | None = None

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def hold(self, content: Iterable[bytes], size: int) -> tuple[str, int]:
        """The path of this content of about `size` bytes, and how many there are in truth.

        It holds until the next call.  Raises UnreadableError when there is no room.
        """
        with no_room():
            file = self._empty(size)
            file.writelines(content)
            file.flush()
        return f"/proc/self/fd/{file.fileno()}", file.tell()

    def _empty(self, size: int) -> BinaryIO:
        if self._file is not None:
            self._file.close()
        if size <= _IN_MEMORY and hasattr(os, "memfd_create"):
            self._file = open(os.memfd_create("leakgate"), "w+b")  # noqa: PTH123, SIM115
        else:
            self._file = tempfile.TemporaryFile(prefix="leakgate-")  # noqa: SIM115
        return self._file
