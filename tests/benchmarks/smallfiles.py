"""Many small files by seed, as a repository of code, notes and exports has them."""

from __future__ import annotations

import csv
import io
import json
import os
import random
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import yaml
from telemetry import Telemetry

_SIZES = (1_000, 20_000)  # characters of a file, at least and at most
_PER_FOLDER = 100
_ROW = 400  # characters of a row, more or less
Row = dict[str, Any]


def write_small(folder: Path, count: int, seed: int = 1) -> int:
    """Write so many files of each kind in turn below a folder; returns their bytes in all."""
    r, rows, written = random.Random(seed), Telemetry(seed).rows(), 0
    code = _code(r)
    for number in range(count):
        suffix = list(_FORMS)[number % len(_FORMS)]
        size = int(_SIZES[0] * (_SIZES[1] / _SIZES[0]) ** r.random())
        held = list(islice(rows, max(1, size // _ROW)))
        text = next(code)[:size] if suffix == "py" else _FORMS[suffix](held)
        path = folder / f"{number // _PER_FOLDER:03d}" / f"part-{number}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        written += path.write_bytes(text.encode())
    return written


def _code(r: random.Random) -> Iterator[str]:
    """Sources of the standard library, again and again, each time from another line on."""
    found = sorted(Path(os.__file__).parent.glob("*.py"))
    while True:
        lines = r.choice(found).read_text(errors="replace").splitlines(keepends=True)
        yield "".join(lines[r.randrange(max(1, len(lines) // 2)) :])


def _csv(rows: list[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(rows[0])
    writer.writerows([[*row.values()][:-1] for row in rows])
    return out.getvalue()


def _markdown(rows: list[Row]) -> str:
    return "\n".join(f"## {row['title']}\n\n{row['text']}\n\n- {row['url']}\n" for row in rows)


def _log(rows: list[Row]) -> str:
    lines = (f"{row['ts']} INFO [{row['app']}] {row['title']}: {row['text']}" for row in rows)
    return "\n".join(lines) + "\n"


_FORMS: dict[str, Callable[[list[Row]], str]] = {
    "py": lambda _: "",  # see `_code`
    "json": lambda rows: json.dumps({"events": rows}, indent=2, ensure_ascii=False),
    "md": _markdown,
    "yaml": lambda rows: yaml.safe_dump(rows, allow_unicode=True),
    "log": _log,
    "txt": lambda rows: "\n\n".join(f"{row['text']} ({row['url']})" for row in rows),
    "csv": _csv,
    "jsonl": lambda rows: "".join(json.dumps(row) + "\n" for row in rows),
}
