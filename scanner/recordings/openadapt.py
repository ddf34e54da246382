"""OpenAdapt's action events: keys pressed and released, clicks, and the window they went to.

Tables and columns as in `openadapt/models.py`; rows are ids of `action_event`, collateral are
ids of `screenshot`.  Times have two decimals, so that ids give the order.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.batch import TextBatch, UnitLog
from scanner.errors import UnreadableError
from scanner.files.sqlite import opened
from scanner.keystrokes.keys import Key, key_of
from scanner.keystrokes.recorder import Act, Event, Recorder
from scanner.keystrokes.texts import Texts
from scanner.keystrokes.views import Reading
from scanner.recordings import Peek, Plain
from scanner.recordings._session import HIDDEN, hides

_ACTS = {"press": Act.DOWN, "release": Act.UP, "click": Act.CLICK, "singleclick": Act.CLICK}
_ACTS |= {"doubleclick": Act.CLICK}
_WANTED = ("id", "name", "timestamp", "recording_timestamp", "window_event_timestamp")
_KEYS = ("key_char", "key_name", "key_vk", "canonical_key_char", "canonical_key_name")
_PRESSED = ("mouse_pressed", "element_state")


@dataclass
class _Screens:
    """Screenshots of all recordings, in order of time."""

    times: list[float] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    at: dict[int, float] = field(default_factory=dict)  # of action events

    def between(self, first: int, last: int) -> Sequence[int]:
        """The screenshots from one action event to another."""
        start, stop = self.at.get(first, 0.0), self.at.get(last, 0.0)
        return self.ids[bisect_left(self.times, start) : bisect_right(self.times, stop)]


class _OpenAdapt(Plain):
    def recognises(self, peek: Peek) -> bool:
        """A database with action events."""
        if peek.source not in ("openadapt", "sqlite"):
            return False
        try:
            with opened(peek.shard) as database:
                return {"name", "key_char"} <= set(_columns(database, "action_event"))
        except UnreadableError:
            return False

    def batches(self, peek: Peek, log: UnitLog) -> Iterator[TextBatch]:
        """What was typed in each window of each recording."""
        texts, recorders = Texts("/action_event:", "/screenshot:"), dict[Any, Recorder]()
        with opened(peek.shard) as database:
            windows, screens = _windows(database), _screens(database)
            for row in _rows(database, "action_event", (*_WANTED, *_KEYS, *_PRESSED)):
                who = row["recording_timestamp"]
                if who not in recorders:
                    recorders[who] = _recorder(texts, screens, who)
                event = _event(row, windows, log)
                if event is not None:
                    screens.at[event.row] = event.time
                    recorders[who].add(event)
                if texts.full:
                    yield from texts.batches()
        for recorder in recorders.values():
            recorder.end()
        yield from texts.batches()


def _recorder(texts: Texts, screens: _Screens, who: Any) -> Recorder:
    def emit(readings: Sequence[Reading], first: int, last: int) -> None:
        del first
        about = {"session": str(who), "window": made.at[0][0], "time": made.at[1] or None}
        texts.add(readings, last, screens.between, about)

    made = Recorder(emit, lambda window, field: hides(field))  # noqa: ARG005
    return made


def _event(row: dict[str, Any], windows: dict[Any, str], log: UnitLog) -> Event | None:
    act = _ACTS.get(str(row["name"]).lower())
    if act is None or (act is Act.CLICK and row["mouse_pressed"] == 0):
        return None
    key = _key(row) if act in (Act.DOWN, Act.UP) else None
    if key is None and act is not Act.CLICK:
        hint = "compare the row named with the others"
        log.problem("events.rejected", "a key that is not known", "", hint, row["id"])
        return None
    time = row["timestamp"] if isinstance(row["timestamp"], (int, float)) else 0.0
    state = str(row["element_state"] or "")
    name = HIDDEN if "SecureTextField" in state or "IsPassword': True" in state else ""
    window = windows.get((row["recording_timestamp"], row["window_event_timestamp"]), "")
    return Event(float(time), row["id"], act, key, (window, name))


def _key(row: dict[str, Any]) -> Key | None:
    for name in _KEYS:
        value = row[name]
        if value in (None, ""):
            continue
        text = str(value)
        key = key_of(int(text) if name == "key_vk" and text.isdecimal() else text)
        if key is not None:
            return key
    return None


def _columns(database: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in database.execute(f"PRAGMA table_info({table})")]


def _rows(
    database: sqlite3.Connection, table: str, wanted: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """The rows by id; a column that this version does not have is None."""
    known = set(_columns(database, table))
    there = [name for name in wanted if name in known]
    if not there:
        return
    order = "id" if "id" in known else "rowid"
    for row in database.execute(f"SELECT {', '.join(there)} FROM {table} ORDER BY {order}"):  # noqa: S608
        yield dict.fromkeys(wanted) | dict(zip(there, row, strict=True))


def _windows(database: sqlite3.Connection) -> dict[Any, str]:
    rows = _rows(database, "window_event", ("recording_timestamp", "timestamp", "title"))
    return {(r["recording_timestamp"], r["timestamp"]): str(r["title"] or "") for r in rows}


def _screens(database: sqlite3.Connection) -> _Screens:
    rows = _rows(database, "screenshot", ("id", "timestamp"))
    found = sorted((float(r["timestamp"] or 0), r["id"]) for r in rows)
    return _Screens([time for time, _ in found], [number for _, number in found])


plugin = _OpenAdapt()
