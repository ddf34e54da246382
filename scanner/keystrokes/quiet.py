"""Work that makes many small objects and no cycles, without the search for cycles."""

from __future__ import annotations

import gc
from types import TracebackType


class Quiet:
    """A context in which the garbage collector rests; `let` lets it run while others work."""

    def __enter__(self) -> Quiet:
        self._was = gc.isenabled()
        gc.disable()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.let()

    def let(self) -> None:
        """As it was."""
        if self._was:
            gc.enable()

    def again(self) -> None:
        """At rest again."""
        gc.disable()
