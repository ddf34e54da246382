"""A first policy: what a folder holds, and the commented YAML that says so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MOST = 2000  # files that are looked at
_KINDS = """.jsonl .ndjson .json .csv .tsv .parquet .arrow .feather .orc .avro .gz .zst .bz2 .xz
.txt .log .md .tar .zip .7z .db .sqlite .xml .html .eml .mbox .docx .xlsx .pdf"""
_DATA = frozenset(_KINDS.split())
_ACCESS = re.compile(
    r"(grant|polic|acl|acces|permission|iam|cloudtrail|audit|director|group)", re.I
)
_HIDDEN = ("node_modules", "__pycache__", "venv")


@dataclass(slots=True)
class Found:
    """Paths below the folder, as the policy will have them."""

    data: list[str] = field(default_factory=list)
    directory: list[str] = field(default_factory=list)
    grants: list[str] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)
    baseline: str = ""
    exceptions: str = ""


def look(folder: Path) -> Found:
    """What is in a folder, by names and by the first bytes of what may be evidence."""
    found = Found()
    for count, path in enumerate(_files(folder)):
        if count >= MOST:
            break
        _sort(path, path.relative_to(folder).as_posix(), found)
    tops = {name.split("/")[0] if "/" in name else name for name in found.data}
    found.data = sorted(tops)
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in _HIDDEN or path.is_symlink():
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path


def _sort(path: Path, name: str, found: Found) -> None:
    head = _head(path)
    if head.startswith(b'{"leakgate_baseline"'):
        found.baseline = name
    elif head.startswith(b'{"leakgate_exceptions"'):
        found.exceptions = name
    elif path.name == "leakgate.yaml" or path.suffix not in _DATA | {".yaml", ".yml"}:
        return
    elif path.suffix in (".yaml", ".yml"):
        if re.search(rb"^terms:", head, re.M):
            found.terms.append(name)
    elif not (_ACCESS.search(name) and _evidence(path, name, head, found)):
        found.data.append(name)


def _evidence(path: Path, name: str, head: bytes, found: Found) -> bool:
    """True for a file that one of the readers of evidence knows by its content."""
    if path.suffix == ".json" and _is_directory(path):
        found.directory.append(name)
        return True
    for family, into in (("grants", found.grants), ("logs", found.logs)):
        if _recognised(family, path, head):
            into.append(name)
            return True
    return False


def _is_directory(path: Path) -> bool:
    try:
        data = json.loads(path.read_bytes()) if path.stat().st_size < 4 << 20 else None
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(data, dict) and {"users", "groups"} <= data.keys()


def _recognised(family: str, path: Path, head: bytes) -> bool:
    from scanner import plugins

    for name in plugins.names(family):
        if name == "generic":
            continue
        sniff = getattr(plugins.load(family, name), "sniff", None)
        try:
            if sniff is not None and sniff(path, head):
                return True
        except Exception:  # noqa: BLE001, S112 - a reader that fails does not know the file
            continue
    return False


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(65_536)
    except OSError:
        return b""


def told(found: Found) -> Iterator[str]:
    """What was found, a line each."""
    for name in ("data", "directory", "grants", "logs", "terms"):
        paths: list[str] = getattr(found, name)
        if paths:
            more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
            yield f"{name}: {', '.join(paths[:3])}{more}"
    for name in ("baseline", "exceptions"):
        if getattr(found, name):
            yield f"{name}: {getattr(found, name)}"


def policy(name: str, found: Found) -> str:
    """The policy as YAML; JSON strings are YAML, whatever is in a file name."""
    lines = [*_HEAD, f"version: 1\nname: {json.dumps(name or 'policy')}\n"]
    terms = f"{{files: {json.dumps(found.terms)}}}" if found.terms else ""
    lines += ["# Names of unreleased products: a file of terms."]
    lines += [f"detectors:\n  terms: {terms}\n" if terms else _TERMS]
    lines += ["# What of the data here grants and logs know by another name.", _STORES]
    lines += ["# Who may read, who did: exports of grants, groups and access logs.", "access:"]
    lines += [f"  directory: {json.dumps(found.directory)}"]
    lines += ["  grants:" if found.grants else "  grants: []"]
    lines += [f"    - path: {json.dumps(path)}" for path in found.grants]
    lines += ["  logs:" if found.logs else "  logs: []"]
    lines += [f"    - path: {json.dumps(path)}" for path in found.logs]
    lines += ["", _GATE, ""]
    lines += [_kept("baseline", found.baseline, "Known incidents, by `leakgate baseline`.")]
    lines += [_kept("exceptions", found.exceptions, "Accepted until a day, by `leakgate triage`.")]
    return "\n".join(lines) + "\n"


def _kept(key: str, path: str, why: str) -> str:
    return f"# {why}\n{'' if path else '# '}{key}: {json.dumps(path or f'{key}.jsonl')}"


_HEAD = (
    "# yaml-language-server: $schema=leakgate-policy.schema.json",
    "# (that file: leakgate policy schema > leakgate-policy.schema.json)",
    "# The policy of leakgate. Paths are relative to this file.",
)
_TERMS = "# detectors:\n#   terms: {files: [terms.yaml]}\n"
_STORES = """# stores:
#   - {name: telemetry, path: data/, resource: "s3://bucket/raw/", owner: Platform team}
"""
_GATE = """# What blocks a release. Severities: info, low, medium, high, critical.
gate:
  block:
    - {category: credential, min_severity: high, min_confidence: medium}
    - {category: pii, min_severity: high, min_confidence: medium}
    - {category: term, min_severity: medium, min_confidence: medium}
    - {category: access, min_severity: high, min_confidence: medium}
    - {category: integrity, min_severity: high, min_confidence: medium}
  # Access checks that must be answered, and answered well.
  checks: {required: []}
  # Globs of inputs whose skip is accepted; `unknown_reads: incomplete` asks for logs.
  completeness: {allow_skipped: [], unknown_reads: allow}
  # The longest time, in days, for which an incident may be accepted.
  exceptions: {longest_days: {critical: 14, high: 30, medium: 90, low: 180, info: 365}}"""
