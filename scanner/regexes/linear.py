"""RE2 as rules use it: linear time, byte offsets, never a message on stderr."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable
from itertools import takewhile
from typing import Any

from scanner.errors import UsageError

_sre: Any = importlib.import_module("re._parser")

# What may stand before a token although its last character is a letter or a digit: an escape
# that is still written out, as in the source text "\nAKIA...", `%20AKIA...`, `\u0022AKIA...`.
_ESCAPES = r"\\+[nrtbfv0]|\\+u[0-9A-Fa-f]{4}|\\+x[0-9A-Fa-f]{2}|%[0-9A-Fa-f]{2}|\x1b\[[0-9;]{0,12}m"
BOUNDS = {
    "word": ("[0-9A-Za-z_]", "[0-9A-Za-z_]"),
    "token": ("[0-9A-Za-z_+/-]", "[0-9A-Za-z_+/-]"),
    "none": ("", ""),
}


def compile_re(pattern: str, caseless: bool = False) -> Any:
    """A pattern over UTF-8 bytes; `.` and negated classes take whole characters, and case is
    folded as the matcher folds it (`(?i)k` takes the Kelvin sign as well).

    Raises UsageError with RE2's own words, which quote the pattern and nothing else.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not caseless
    try:
        return re2.compile(pattern, options)
    except re2.error as err:
        said = err.args[0].decode("utf-8", "replace") if err.args else "no reason given"
        raise UsageError(
            f"RE2 refuses this pattern: {said}",
            hint="use RE2 syntax: no look-around, no back-references",
        ) from None


def bounded(pattern: str, before: str, after: str) -> str:
    """The pattern as group `leakgate_span` with neighbours that are not of these classes."""
    head = f"(?:^|{_ESCAPES}|{_not(before)})" if before else ""
    tail = f"(?:$|{_not(after)})" if after else ""
    return f"{head}(?P<leakgate_span>{pattern}){tail}"


def longest(pattern: str) -> int:
    """How many bytes a match has at most, in UTF-8; a large number when there is no bound."""
    plain = _plain(pattern)
    wide = 1 if plain == pattern and "[^" not in pattern and pattern.isascii() else 4
    try:
        return int(_sre.parse(plain).getwidth()[1]) * wide
    except re.error:
        return 1 << 32


def shortest(pattern: str) -> int:
    """How many bytes a match has at least; 1 where that cannot be told."""
    try:
        return max(1, int(_sre.parse(_plain(pattern)).getwidth()[0]))
    except re.error:
        return 1


def _plain(pattern: str) -> str:
    """For Python's own parser, which knows neither \\p{L} nor \\x{80}: one character each."""
    return re.sub(r"\\[pP](?:\{\w+\}|\w)|\\x\{\w+\}", "a", pattern)


def _not(char_class: str) -> str:
    if re.fullmatch(r"\[.+\]", char_class, re.DOTALL) is None:
        hint = "write a class in brackets, for example '[0-9A-Za-z]'"
        raise UsageError("a bound must be a character class", hint=hint)
    return f"[{char_class[2:]}" if char_class[1] == "^" else f"[^{char_class[1:]}"


def any_of(patterns: Iterable[str]) -> str:
    """One pattern that matches where any of them does."""
    return "|".join(f"(?:{p})" for p in patterns)


def fixed_start(compiled: Any) -> str:
    """The characters that every match starts with; "" when there are none."""
    import re2

    try:
        low, high = compiled.possiblematchrange(32)
    except re2.error:
        return ""
    same = takewhile(lambda pair: pair[0] == pair[1] < 128, zip(low, high, strict=False))
    return bytes(byte for byte, _ in same).decode()
