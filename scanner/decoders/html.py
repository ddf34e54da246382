"""Character references of HTML and XML: `&#64;`, `&#x40;`, `&commat;`."""

from __future__ import annotations

import html
import re

from scanner.decoders._rewriter import Rewriter

_TOKEN = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_QUOTE = r"&(?:quot|apos|#0?3[49]|#[xX]2[27]);"

# Letters and signs that need no reference, quotes beside an assignment, and marked-up text
# as text.  Not the dashes, blanks and apostrophes that prose is full of: they hide nothing.
_ANCHORS = (
    r"&#0{0,4}(?:3[2-35-8]|[4-9][0-9]|1[01][0-9]|12[0-6]);",
    r"&#[xX]0{0,4}(?:2[0135689a-fA-F]|[3-7][0-9a-fA-F]);",
    r"&(?:commat|colon|equals|lowbar|period|sol|hyphen|dash|num|dollar|excl|ast|NewLine|Tab);",
    rf"[=:({{\[,][ ]?{_QUOTE}",
    rf"{_QUOTE}[ ]?[=:]",
    r"&lt;/[A-Za-z]",
    r"&amp;(?:quot|apos|lt|#)",
)


def _plain(token: str) -> str | None:
    plain = html.unescape(token)
    return plain if plain != token else None


plugin = Rewriter("html", _ANCHORS, _TOKEN, _plain)
