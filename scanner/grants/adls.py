"""Azure Data Lake Storage Gen2: access control lists of files and folders.

JSON (a list, JSON Lines or one object) and CSV, as these give them:

    az storage fs access show -f FS -p PATH      does not say of what; its place does:
                                                 ACCOUNT/FS/PATH.json, ACCOUNT/FS.json (the root)
    az storage fs file list -f FS                name, owner, group, permissions, isDirectory
    Get-AzDataLakeGen2ChildItem -Recurse | ConvertTo-Json   Path, ACL, Owner, Group, Permissions

or rows with columns `path` and `acl` (`user::rwx,user:OBJECT-ID:r-x,group::r-x,mask::r-x,
other::---`), `owner`, `group`.  Decided as Microsoft describes ("Access control lists in Azure
Data Lake Storage"): the owner, named users, groups, other; the mask cuts named entries and the
owning group; r on the file and x on every folder from the root.  Roles come first and add to it:
they are the system `azure`.  "Other" is every account of the tenant: all staff.  A `+` behind
permissions says that there are entries which the listing does not show: conditional.

Options: `account`, `filesystem`, where neither the rows nor the place of the file say them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.files.exports import parse_json, read_text
from scanner.files.tables import Row, bad
from scanner.files.tables import rows as table
from scanner.grants import GrantExport
from scanner.grants._facl import Node, rows
from scanner.grants._folders import files_of
from scanner.model import Decision, Grant

_ENTRY = re.compile(r"(default:)?(user|group|mask|other):([^:]*):([r-][w-][xtTsS-])")
_MODE = re.compile(r"([r-][w-][xsS-])([r-][w-][xsS-])([r-][w-][xtT-])\+?")
_LIST = re.compile(rb'"acl"\s*:\s*("user::|\[\s*\{[^}]*"accesscontroltype")')
_HEADS = (rb'"isdirectory"', rb'"permissions"', rb'"owner"')
_HINT = "give the output of: az storage fs access show, or rows with path and acl"
_OPEN = "its list has entries that the listing does not show"


class Adls:
    """Reads access control lists of Azure Data Lake Storage."""

    options = ("account", "filesystem", "resource")
    reads_folders = True

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - the content decides
        """True for JSON with access lists, and for a CSV header of path and acl."""
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
        if start[:1] in (b"{", b"["):
            return _LIST.search(start) is not None or all(word in start for word in _HEADS)
        words = set(re.findall(rb"[a-z]+", start.split(b"\n", 1)[0]))
        return {b"path", b"acl"} <= words

    def read(self, export: GrantExport, log: UnitLog) -> Iterator[Grant]:
        """The readers of every file.  A row without a list is counted by its number."""
        systems: dict[tuple[str, str], dict[str, Node]] = {}
        for path in files_of(export.path):
            for row in _listed(path, log):
                cells = {str(k).lower(): v for k, v in row.cells.items()}
                try:
                    home, node = _placed(cells, path, export)
                except (TypeError, ValueError, AttributeError):
                    bad(log, "a row is no access list of a path", str(path), row.number, _HINT)
                    continue
                systems.setdefault(home, {})[node.path] = node
        if not systems:
            raise UnreadableError("no access list was read", str(export.path), _HINT, "grants.form")
        for (account, name), nodes in systems.items():
            yield from _readers(nodes, f"https://{account}.blob.core.windows.net/{name}")


plugin = Adls()


def _listed(path: Path, log: UnitLog) -> Iterable[Row]:
    """The rows of a table, or the one object that a file is."""
    text = read_text(path)
    one = parse_json(text, str(path)) if re.match(r'\{\s*"acl"', text.lstrip()) else None
    return [Row(1, one)] if isinstance(one, dict) else table(path, log, "paths")


def _readers(nodes: Mapping[str, Node], root: str) -> Iterator[Grant]:
    for path in nodes:
        for parent in PurePosixPath(path).parents:
            if str(parent) in nodes:
                nodes[str(parent)].folder = True
    for node in nodes.values():
        if not node.folder:
            for row in rows(node, nodes, root + node.path):
                yield _hidden(replace(row, system="azure acl"), node)


def _hidden(row: Grant, node: Node) -> Grant:
    """Less sure where entries are not shown."""
    if not node.partial or row.decision is Decision.NO:
        return row
    both = "; ".join(filter(None, (row.condition, _OPEN)))
    return replace(row, decision=Decision.CONDITIONAL, condition=both)


def _placed(
    cells: Mapping[str, Any], file: Path, export: GrantExport
) -> tuple[tuple[str, str], Node]:
    """Account and file system, and the node.  Raises ValueError where they are not said."""
    above = file.relative_to(export.path) if export.path.is_dir() else Path(file.name)
    place = [*above.with_suffix("").parts, ""]
    told = cells.get("path", cells.get("name"))
    options = export.options
    account = cells.get("account") or options.get("account") or place[0]
    system = cells.get("filesystem") or cells.get("filesystemname") or options.get("filesystem")
    system = system or place[1]
    if not system:
        raise ValueError
    path = told if told is not None else "/".join(place[2:-1])
    node = _node("/" + str(path).strip("/"), cells)
    return (str(account), str(system)), node


def _node(path: str, cells: Mapping[str, Any]) -> Node:
    node = Node(str(PurePosixPath(path)), linux=False)
    node.owner, node.group = (str(cells.get(k) or "") for k in ("owner", "group"))
    node.folder = str(cells.get("isdirectory")).lower() == "true"
    acl, mode = cells.get("acl"), str(cells.get("permissions") or "")
    entries = list(_entries(acl)) if acl else list(_bits(mode))
    node.partial = not acl and mode.endswith("+")
    for kind, name, bits in entries:
        if kind in ("mask", "other"):
            setattr(node, kind, bits)
        else:
            node.entries[kind, name] = bits
    return node


def _entries(acl: Any) -> Iterator[tuple[str, str, str]]:
    """A text, or the objects of PowerShell; default entries are for what is made later."""
    for one in acl if isinstance(acl, list) else str(acl).split(","):
        if isinstance(one, dict):
            inherited, kind = one.get("DefaultScope"), str(one["AccessControlType"]).lower()
            name, bits = str(one.get("EntityId") or ""), str(one["Permissions"])
        else:
            found = _ENTRY.fullmatch(one.strip())
            if found is None:
                raise ValueError
            inherited, kind, name, bits = found.groups()
        if not inherited:
            yield kind, name, bits


def _bits(mode: str) -> Iterator[tuple[str, str, str]]:
    found = _MODE.fullmatch(mode)
    if found is None:
        raise ValueError
    yield from zip(("user", "group", "other"), ("", "", ""), found.groups(), strict=True)
