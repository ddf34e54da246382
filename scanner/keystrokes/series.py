"""Values that grow row by row: of each run the longest stands for all its rows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from scanner.keystrokes.views import Series

_MANY = 100_000  # fields that are followed at a time
_LONGEST = 1 << 20  # characters of a value that is followed
_WITHIN = 0.6  # share of the longer text that two neighbours must have in common


class Growing:
    """Follows the value of each field.  `emit([series], first row, last row)` at a run's end."""

    def __init__(self, emit: Callable[[Sequence[Series], int, int], None]) -> None:
        self._emit = emit
        self._runs: dict[Hashable, tuple[str, str, list[int]]] = {}  # longest, last, rows
        self._about: dict[Hashable, tuple[str, bool, str]] = {}

    def add(  # noqa: PLR0913 - what a row says of its field
        self,
        at: Hashable,
        value: str,
        row: int,
        *,
        label: str = "",
        secure: bool = False,
        member: str = "",
    ) -> None:
        """The value of the field `at` as a row has it."""
        if len(value) > _LONGEST:
            return
        longest, last, rows = self._runs.get(at, ("", "", []))
        if rows and not related(last, value):
            self._flush(at)
            longest, rows = "", []
        if not value:
            self._cleared(at, row)
            return
        rows.append(row)
        longest = value if len(value) >= len(longest) else longest
        if len(last) > len(value) and value and not last.startswith(value):
            longest = longest if len(longest) > len(last) else last
        self._runs[at] = longest, value, rows
        self._about[at] = label, secure or self._about.get(at, ("", False, ""))[1], member
        if len(self._runs) > _MANY:
            self._flush(next(iter(self._runs)))

    def _cleared(self, at: Hashable, row: int) -> None:
        """What comes next in an emptied field is another value."""
        if at in self._runs:
            self._runs[at][2].append(row)
            self._flush(at)

    def _flush(self, at: Hashable) -> None:
        longest, _, rows = self._runs.pop(at)
        label, secure, member = self._about.pop(at)
        if longest and (len(rows) > 1 or secure):
            series = Series(longest, tuple(rows), "value", secure, label, member)
            self._emit([series], rows[0], rows[-1])

    def end(self) -> None:
        """Hand on what is left."""
        for at in list(self._runs):
            self._flush(at)


def related(old: str, new: str) -> bool:
    """True when one came of the other by an edit in one place."""
    if old.startswith(new) or new.startswith(old):
        return bool(new) or bool(old)
    low = 0
    while low < min(len(old), len(new)) and old[low] == new[low]:
        low += 1
    high = 0
    while high < min(len(old), len(new)) - low and old[-1 - high] == new[-1 - high]:
        high += 1
    return low + high >= _WITHIN * max(len(old), len(new))
