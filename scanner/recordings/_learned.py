"""What the first records of a log tell about its numbers: codes of keys, of acts, of modifiers.

A number means nothing by itself: 30 is A of Linux, 0 of a USB keyboard, U of a Mac.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from scanner.keystrokes import codes
from scanner.keystrokes.keys import key_of
from scanner.keystrokes.recorder import Act
from scanner.keystrokes.times import seconds
from scanner.recordings._roles import act_of, members, plain, roles

Path = tuple[str, ...]

# Numbers of a press and of its release: X11, uiohook, Qt, macOS, Windows messages, SDL.
_PAIRS = ((2, 3), (4, 5), (6, 7), (10, 11), (256, 257), (260, 261), (768, 769))
_WITH = frozenset([3, 12, 258, 771, 1])  # of the same systems: typed, flags changed, characters
_PRESSED = 2  # the largest number that says that a key is down
_NO_FLAG = frozenset(["flags", "state", "mask", "mod"])
_BITS = {
    1: {"shift": 1, "ctrl": 4, "alt": 8, "meta": 64},  # X11
    2: {"ctrl": 1, "shift": 2, "alt": 4, "meta": 8},  # USB HID reports
    3: {"shift": 3, "ctrl": 0xC0, "alt": 0x300, "meta": 0xC00},  # SDL
    8: {"alt": 1, "ctrl": 2, "meta": 4, "shift": 8},  # the protocol of Chromium's tools
    64: {"shift": 64, "ctrl": 128, "meta": 256, "alt": 512},  # Java
    0x20000: {"shift": 0x20000, "ctrl": 0x40000, "alt": 0x80000, "meta": 0x100000},  # macOS
    0x2000000: {"shift": 0x2000000, "ctrl": 0x4000000, "alt": 0x8000000, "meta": 0x10000000},  # Qt
}
_STEP = (0.004, 4.0)  # seconds from one event of a key to the next
_AGE = (9e8, 2.4e9)  # seconds since 1970 of a log that is being read
_LONGEST = 30.0  # seconds that a key is held


@dataclass(slots=True)
class Learned:
    """By path of a member: the table of its codes, its numbers of acts, its bits of modifiers.

    `capitals` name keys by their labels: A is the key of a and A both.  `units` are the seconds
    of one tick of clocks that do not count from 1970; `spans` says that records hold the times
    of press and release both.
    """

    codes: dict[Path, codes.Table] = field(default_factory=dict)
    acts: dict[Path, dict[int, Act]] = field(default_factory=dict)
    bits: dict[Path, Mapping[str, int]] = field(default_factory=dict)
    units: dict[Path, float] = field(default_factory=dict)
    capitals: frozenset[Path] = frozenset()
    spans: bool = False


@dataclass(slots=True)
class _Seen:
    keys: dict[Path, list[Any]] = field(default_factory=lambda: defaultdict(list))
    acts: dict[Path, list[Any]] = field(default_factory=lambda: defaultdict(list))
    mods: dict[Path, list[tuple[int, bool]]] = field(default_factory=lambda: defaultdict(list))
    times: dict[Path, list[float]] = field(default_factory=lambda: defaultdict(list))
    spans: list[float] = field(default_factory=list)


def raw_input(record: Mapping[Path, Any]) -> bool:
    """True for an event of Linux input that is not of a key: a synchronisation, a raw code."""
    named = {plain(path[-1]): value for path, value in record.items()}
    if not {"type", "code", "value"} <= set(named):
        return False
    kind = named["type"]
    return kind != "EV_KEY" and codes.number(kind) not in (1, None)


def learn(records: Iterable[Any]) -> list[Learned]:
    """What the records tell: one reading, or two where codes may be of two systems."""
    seen = _Seen()
    for record in records:
        if isinstance(record, dict):
            _look(seen, dict(members(record)))
    tables = {path: _tables(path, values) for path, values in seen.keys.items()}
    tables = {path: found for path, found in tables.items() if found}
    acts = {path: found for path, values in seen.acts.items() if (found := _numbers(values))}
    bits = {path: some for path, values in seen.mods.items() if (some := _bits(values))}
    units = {path: unit for path, values in seen.times.items() if (unit := _unit(values))}
    capitals = frozenset(path for path, values in seen.keys.items() if _capitals(values))
    spans = _are_spans(sorted(seen.spans))
    most = 2 if tables and not _spoken(seen, tables) else 1
    most = min(most, max((len(found) for found in tables.values()), default=1))
    return [
        Learned(
            {path: codes.table(found[min(n, len(found) - 1)]) for path, found in tables.items()},
            acts,
            bits,
            units,
            capitals,
            spans,
        )
        for n in range(most)
    ]


def _look(seen: _Seen, record: Mapping[Path, Any]) -> None:
    by_role = roles(record)
    if raw_input(record):
        return
    said = {path: act_of(plain(path[-1]), record[path]) for path in by_role["act"]}
    known = {path: act for path, act in said.items() if act is not None}
    for path in by_role["key"]:
        if plain(path[-1]) not in ("button", "name"):
            seen.keys[path].append(record[path])
    numbers = {path: codes.number(record[path]) for path in by_role["act"]}
    for path, value in numbers.items():
        seen.acts[path] += [] if value is None else [value]
    _look_at_modifiers(seen, record, by_role["mods"], known)
    if known or not by_role["act"]:
        _look_at_times(seen, record, [*by_role["time"], *by_role["press"]])
    if by_role["press"] and by_role["release"] and by_role["key"]:
        down, up = seconds(record[by_role["press"][0]]), seconds(record[by_role["release"][0]])
        if down is not None and up is not None and down not in (0, 1):
            seen.spans.append(up - down)


def _look_at_modifiers(
    seen: _Seen, record: Mapping[Path, Any], paths: Sequence[Path], known: Mapping[Path, Act]
) -> None:
    for path in paths:
        value = codes.number(record[path])
        if value is None:
            continue
        if plain(path[-1]) not in _NO_FLAG or value > _PRESSED or set(known) - {path}:
            seen.mods[path].append((value, Act.DOWN in known.values()))


def _look_at_times(seen: _Seen, record: Mapping[Path, Any], paths: Sequence[Path]) -> None:
    for path in paths:
        with suppress(TypeError, ValueError):
            seen.times[path].append(float(record[path]))


def _are_spans(spans: Sequence[float]) -> bool:
    """True for what may be how long keys were held; in seconds, or milliseconds of some clock."""
    usual = spans[len(spans) // 2] if len(spans) > 2 else -1.0
    return 0 <= usual < _LONGEST or (30 < usual < 1000)


def _unit(values: Sequence[float]) -> float:
    """Seconds of a tick, by how far keys are apart; 0.0 where that is told by size, or unclear."""
    times = sorted(set(values))
    steps = sorted(b - a for a, b in pairwise(times))
    if len(steps) < 4:
        return 0.0
    step = steps[len(steps) // 2]
    fits = [unit for unit in (1.0, 1e-3, 1e-6, 1e-9) if _STEP[0] <= step * unit <= _STEP[1]]
    if any(_AGE[0] < times[0] * unit and times[-1] * unit < _AGE[1] for unit in fits):
        return 0.0
    return fits[0] if fits else 0.0


def _tables(path: Path, values: Sequence[Any]) -> tuple[str, ...]:
    if not codes.all_numbers(values):
        return ()
    found = Counter(n for value in values if (n := codes.number(value)) is not None)
    return codes.likeliest(found, plain(path[-1]))


def _spoken(seen: _Seen, tables: Mapping[Path, Any]) -> bool:
    """True where most keys are named as well: no code has to be understood."""
    named = [sum(_names(v) for v in values) for p, values in seen.keys.items() if p not in tables]
    size = max(len(values) for values in seen.keys.values())
    return max(named, default=0) > 0.6 * size


def _names(value: Any) -> bool:
    return isinstance(value, str) and value != "" and key_of(value) is not None


def _capitals(values: Sequence[Any]) -> bool:
    letters = {v for v in values if isinstance(v, str) and len(v) == 1 and v.isalpha()}
    return len(letters) > 3 and all(letter.isupper() for letter in letters)


def _numbers(values: Sequence[int]) -> dict[int, Act]:
    there = set(values)
    for press, release in _PAIRS:
        if press in there and there <= {press, release, *_WITH}:
            return {press: Act.DOWN, release: Act.UP}
    return {}


def _bits(values: Sequence[tuple[int, bool]]) -> Mapping[str, int]:
    """By the bit that is set most often besides what is set always: that must be shift."""
    (usual, _), *others = Counter(value for value, _ in values).most_common(8)
    if not others or all(value == pressed for value, pressed in values):
        return {}  # it says only that the key is down
    changed = usual ^ others[0][0]
    if changed & 0x20000:
        return _BITS[0x20000]
    if usual >= 0x1000 and changed in (1, 2):
        return _BITS[3]
    return _BITS.get(changed, {})
