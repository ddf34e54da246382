"""Fills the generated tables of README.md: `python scripts/docs.py`; `--check` only compares.

A table stands between `<!-- table: FAMILY -->` and `<!-- end -->`; its rows are the plug-ins of
the family, each with the first sentence of its module's docstring.
"""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

from scanner import plugins

README = Path(__file__).resolve().parent.parent / "README.md"
_TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> int:
    """Write README.md anew, or say whether it is up to date."""
    old = README.read_text("utf-8")
    new = _TABLE.sub(lambda m: f"{m[1]}{table(m[2])}{m[3]}", old)
    if "--check" not in sys.argv:
        README.write_text(new, "utf-8")
    elif new != old:
        sys.stderr.write("README.md is out of date: run `make docs`\n")
        return 1
    return 0


def table(family: str) -> str:
    """The rows of one family as Markdown."""
    rows = [f"| `{name}` | {_sentence(family, name)} |\n" for name in plugins.names(family)]
    return "| name | what it is |\n|---|---|\n" + "".join(rows)


def _sentence(family: str, name: str) -> str:
    doc = importlib.import_module(f"{plugins.FAMILIES[family]}.{name}").__doc__ or ""
    text = " ".join(doc.split("\n\n")[0].split())
    text = re.split(r"(?<=\.) (?=[A-Z])", text)[0]
    return re.sub(r"^`leakgate \w+`: ", "", text).rstrip(".").replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
