"""Writes scanner/rulepacks/rarity.txt: the trigram costs that `scanner.rulepacks.rarity` reads.

Counts letter runs in the Python standard library (names, comments, docstrings and the
language reference in `pydoc_data.topics`); keeps only the counts, no text.  The same Python
release gives the same file.  Run: python scripts/make_rarity.py
"""

from __future__ import annotations

import math
import re
import sysconfig
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from scanner.rulepacks.rarity import ALPHABET, FIRST_LEVEL, STEP

_RUN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_TOP_LEVEL = "*.py"
_TARGET = Path(__file__).parent.parent / "scanner" / "rulepacks" / "rarity.txt"


def main() -> None:
    counts = _counts()
    costs = "".join(
        _level(_cost(counts, a, b, c)) for a in ALPHABET for b in ALPHABET for c in ALPHABET
    )
    size = len(ALPHABET)
    lines = [costs[i : i + size] for i in range(0, len(costs), size)]
    _TARGET.write_text("\n".join(lines) + "\n", "ascii")


def _counts() -> Counter[str]:
    counts: Counter[str] = Counter()
    # A word counts by the square root of how often it stands: `self` must not drown the rest.
    for word, times in Counter(_words()).items():
        weight = math.isqrt(times) + 1
        padded = f"^^{word}^"
        for i in range(2, len(padded)):
            for gram in (padded[i - 2 : i + 1], padded[i - 1 : i + 1], padded[i], ""):
                counts[f"{len(gram)}{gram}"] += weight
            counts[f"c{padded[i - 2 : i]}"] += weight
            counts[f"d{padded[i - 1]}"] += weight
    return counts


def _words() -> Iterator[str]:
    stdlib = Path(sysconfig.get_path("stdlib"))
    for folder in (".", "pydoc_data", "asyncio", "email", "http", "json", "logging", "xml"):
        for path in sorted((stdlib / folder).glob(_TOP_LEVEL)):
            yield from (w.lower() for w in _RUN.findall(path.read_text("utf-8", "ignore")))


def _cost(counts: Counter[str], a: str, b: str, c: str) -> float:
    tri = counts[f"3{a}{b}{c}"] / max(1, counts[f"c{a}{b}"])
    bi = counts[f"2{b}{c}"] / max(1, counts[f"d{b}"])
    uni = counts[f"1{c}"] / counts["0"]
    return -math.log2(0.74 * tri + 0.2 * bi + 0.05 * uni + 0.01 / len(ALPHABET))


def _level(bits: float) -> str:
    return chr(FIRST_LEVEL + min(93, round(bits / STEP)))


if __name__ == "__main__":
    main()
