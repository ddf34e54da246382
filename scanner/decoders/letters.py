"""Characters that look like nothing, like letters they are not, or digits of other scripts.

Zero-width characters and direction marks inside words are left out; full-width, mathematical
and circled letters and ligatures become the letters they are compatible with (Unicode NFKC),
and Arabic, Persian, Indian and Thai digits those of ASCII.
"""

from __future__ import annotations

import re
import unicodedata

from scanner.decoders._rewriter import Rewriter

_ZERO = "\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff"
_DIGITS = "\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0e50-\u0e59"
_COMPATIBLE = (
    f"{_DIGITS}"
    "\uff01-\uff5e\uff61-\uff65\uffe0-\uffe6\U0001d400-\U0001d7ff\u2460-\u24ff\ufb00-\ufb06"
)
_TOKEN = re.compile(f"[{_ZERO}]+|[{_COMPATIBLE}]+")

# Full-width punctuation alone is how Chinese and Japanese are written, and zero-width joiners
# how emoji are: wide letters count when there are two, and what is unseen between ASCII.
_WIDE = "\uff10-\uff19\uff20-\uff3a\uff3f\uff41-\uff5a\U0001d400-\U0001d7ff\u24b6-\u24e9"
_ANCHORS = (
    f"[{_WIDE}][{_WIDE}]",
    f"[{_DIGITS}][{_DIGITS}]",
    rf"[0-9A-Za-z_@.=:+/\-][{_ZERO}]+[0-9A-Za-z_@.=:+/\-]",
)


def _plain(token: str) -> str:
    if re.match(f"[{_ZERO}]", token):
        return ""
    return "".join(map(_ascii_digit, unicodedata.normalize("NFKC", token)))


def _ascii_digit(char: str) -> str:
    return str(unicodedata.decimal(char)) if re.match(f"[{_DIGITS}]", char) else char


plugin = Rewriter("letters", _ANCHORS, _TOKEN, _plain)
