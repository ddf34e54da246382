"""Which words are ordinary English: as a code name they need more than their letters.

The list is `rules/terms/ordinary.txt.gz`, one word a line: lower-case words of 3 to 14 letters
from the English word list of the Tesseract models (Apache-2.0).
"""

from __future__ import annotations

import gzip
from functools import cache


@cache
def _words() -> frozenset[str]:
    from scanner.rulepacks.load import own_rules

    packed = (own_rules() / "terms" / "ordinary.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode("ascii").split("\n"))


def is_ordinary(word: str) -> bool:
    """True for a word of the list, given in lower case, and for its plural."""
    words = _words()
    return word in words or (word.endswith("s") and word[:-1] in words)
