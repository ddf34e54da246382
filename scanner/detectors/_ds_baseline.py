"""Reads a `.secrets.baseline` of detect-secrets, 0.x or 1.x: plug-ins, their settings, results.

Its filters are not run: they look at whole lines, and data could switch findings off with them.
Results are known by SHA-1 of the secret and by file; those with `is_secret: true` were confirmed
by a person, and are not accepted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import Any

from scanner.errors import UsageError


@dataclass(frozen=True, slots=True)
class Baseline:
    """`plugins` as the option of that name takes them, `custom` their files, and for each
    SHA-1 of an accepted secret the files it was accepted in."""

    plugins: tuple[Mapping[str, Any], ...] = ()
    custom: tuple[str, ...] = ()
    accepted: Mapping[str, tuple[str, ...]] | None = None


def read(path: Path) -> Baseline:
    """Raises UsageError for a file that is no such baseline; it quotes nothing of it."""
    try:
        data = json.loads(path.read_text("utf-8-sig"))
    except OSError:
        raise UsageError("the baseline cannot be read", str(path), "check its path") from None
    except ValueError:
        raise UsageError("the baseline is not valid JSON", str(path), _HINT) from None
    used = data.get("plugins_used") if isinstance(data, dict) else None
    results = data.get("results", {}) if isinstance(data, dict) else None
    if not isinstance(used, list) or not isinstance(results, dict):
        raise UsageError("this is no baseline of detect-secrets", str(path), _HINT)
    plugins = [p for p in used if isinstance(p, dict) and isinstance(p.get("name"), str)]
    if len(plugins) < len(used):
        raise UsageError("a plug-in of the baseline has no name", str(path), _HINT)
    accepted: dict[str, tuple[str, ...]] = {}
    for hashed, file in _accepted(results):
        accepted[hashed] = (*accepted.get(hashed, ()), escape(file))
    own = tuple(
        {_NOW.get(str(k), str(k)): v for k, v in p.items()} for p in plugins if "path" not in p
    )
    custom = [str(p["path"]).removeprefix("file://") for p in plugins if "path" in p]
    custom += map(str, data.get("custom_plugin_paths") or ())
    return Baseline(own, tuple(dict.fromkeys(custom)), accepted)


_NOW = {"hex_limit": "limit", "base64_limit": "limit"}  # how 1.x calls the settings of 0.x
_HINT = "make it with `detect-secrets scan`"


def _accepted(results: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for file, found in results.items():
        for one in found if isinstance(found, list) else ():
            hashed = one.get("hashed_secret") if isinstance(one, dict) else None
            if isinstance(hashed, str) and one.get("is_secret") is not True:
                yield hashed.lower(), str(file)
