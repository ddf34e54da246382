"""Recorders of a shard, one for each user's session, and the texts that they give."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from scanner.batch import TextBatch, UnitLog
from scanner.keystrokes.recorder import Recorder
from scanner.keystrokes.secure import is_secure_name
from scanner.keystrokes.series import Growing
from scanner.keystrokes.texts import Texts
from scanner.keystrokes.views import Reading
from scanner.model import Problem

HIDDEN = "\x00"  # at the end of a field's name: it hides what is typed


class Sessions:
    """All recorders of a shard, by user and session.  `prefix`, `beside`: as of `Texts`."""

    def __init__(self, prefix: str = "", beside: str = "") -> None:
        self.texts = Texts(prefix, beside)
        self.growing = Growing(self._grown)
        self._recorders: dict[Hashable, Recorder] = {}

    def recorder(self, who: Hashable) -> Recorder:
        """The recorder of one user's session."""
        found = self._recorders.get(who)
        if found is None:
            found = self._recorders[who] = self._new(who)
        return found

    def play(self) -> None:
        """Play what recorders were given for later, where it is much."""
        for recorder in self._recorders.values():
            recorder.play()

    def _new(self, who: Hashable) -> Recorder:
        user, session = who if isinstance(who, tuple) else (None, None)

        def emit(readings: Sequence[Reading], first: int, last: int) -> None:  # noqa: ARG001
            (window, _), time = recorder.at
            about = {"user": user, "session": session, "window": window, "time": time or None}
            self.texts.add(readings, last, recorder.beside, about)

        recorder = Recorder(emit, lambda window, field: hides(field))  # noqa: ARG005
        return recorder

    def _grown(self, readings: Sequence[Reading], first: int, last: int) -> None:
        del first
        self.texts.add(readings, last)

    def end(self, log: UnitLog) -> Iterator[TextBatch]:
        """What is left, once all events were given; notes what could not be known."""
        for recorder in self._recorders.values():
            recorder.end()
        self.growing.end()
        yield from self.texts.batches()
        self._note(log)

    def _note(self, log: UnitLog) -> None:
        inferred = sum(r.inferred for r in self._recorders.values())
        pastes = sum(r.unknown_pastes for r in self._recorders.values())
        for count, code, what in (
            (
                inferred,
                "note.keys_inferred",
                "keys were released that were never pressed: inferred",
            ),
            (pastes, "note.paste_unknown", "something was pasted, and the log does not say what"),
        ):
            if count:
                log.problems.append(Problem(code, what, "", "", count))


def hides(field: str) -> bool:
    """True for a field that hides what is typed into it."""
    return field.endswith(HIDDEN) or is_secure_name(field)
