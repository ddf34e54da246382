"""Words and numbers as people read them, and data made safe to look at.

Text that comes from scanned data, grants or logs may try to fool the eye or the terminal:
`visible` shows every character that would act instead of being seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

LONGEST = 2000  # characters of one string that an output shows

# Controls, formats, surrogates, private use and odd spaces, line separators, blank letters,
# the grapheme joiner and variation selectors: everything that prints nothing of its own.
_ACTING = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    "\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164"
    "\ud800-\udfff\ue000-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)

# Names, not control pictures: few fonts have those.
_CONTROLS = "NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4".split()  # noqa: SIM905
_CONTROLS += "NAK SYN ETB CAN EM SUB ESC FS GS RS US".split()  # noqa: SIM905


def visible(text: str) -> str:
    """The text with nothing hidden in it: ESC is shown by its name, a bidi override by its code.

    Longer text than `LONGEST` is cut, and says by how much.
    """
    shown = _ACTING.sub(_sign, text[:LONGEST])
    left = len(text) - LONGEST
    return f"{shown}… ({number(left)} more characters)" if left > 0 else shown


def _sign(match: re.Match[str]) -> str:
    code = ord(match[0])
    name = _CONTROLS[code] if code < len(_CONTROLS) else f"U+{code:04X}"
    return f"\u2039{name}\u203a"


def prose(text: str) -> str:
    """A sentence on one line, however its source wrapped it."""
    return " ".join(text.split())


def sentence(text: str) -> str:
    """A sentence with a capital letter and an end."""
    line = prose(text)
    end = "" if not line or line[-1] in ".!?:;" else "."
    return f"{line[:1].upper()}{line[1:]}{end}"


def number(count: int) -> str:
    """12345 as 12,345."""
    return f"{count:,}"


def count(many: int, one: str, more: str = "") -> str:
    """`1 person`, `12 people`."""
    return f"{number(many)} {one if many == 1 else more or one + 's'}"


def size(count_of_bytes: int) -> str:
    """Bytes with a unit, in powers of 1024."""
    amount = float(count_of_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:,.1f} TiB"


def utc(time: datetime) -> datetime:
    """The time in UTC; one without a zone is taken as UTC."""
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)


def when(time: datetime | None) -> str:
    """`5 Oct 2026, 06:00 UTC`, with seconds where there are any; `unknown` for None."""
    if time is None:
        return "unknown"
    time = utc(time)
    clock = f"{time:%H:%M:%S}" if time.second else f"{time:%H:%M}"
    return f"{time.day} {time:%b %Y}, {clock} UTC"


def iso(time: datetime) -> str:
    """RFC 3339 in UTC, for machines."""
    return utc(time).isoformat().replace("+00:00", "Z")


def lasting(span: timedelta) -> str:
    """A duration in its two largest units: `3 days 4 h`, `2 h 12 min`, `40 s`."""
    seconds = int(abs(span.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return _two(count(days, "day"), hours, "h")
    if hours:
        return _two(f"{hours} h", minutes, "min")
    return f"{minutes} min" if minutes else f"{seconds} s"


def _two(first: str, second: int, unit: str) -> str:
    return f"{first} {second} {unit}" if second else first


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *head, last = [*words] or [""]
    return f"{', '.join(head)} and {last}" if head else last
