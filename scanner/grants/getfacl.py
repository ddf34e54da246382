"""POSIX access control lists: what `getfacl -R -p DIR` prints (with or without `-p`, `-n`, `-e`).

Permissions are decided as POSIX.1e (draft 17) and acl(5) say: the owner by `user::`, else a
named user, else any entry of the groups one is in, else `other::`; named entries and the
owning group are cut by the mask; where the mask is empty Linux does not look at named entries
at all.  Reading a file needs r on it and x on every folder above it.
What an entry gives only together with a membership that the list does not show is conditional.
"Others" are all staff: every account of the host.  Without `-p` paths are relative to `/`.

Folders above the listed tree are taken to be open.  Options as for `posix`: `resource`, `root`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.files.exports import read_text
from scanner.grants import GrantExport
from scanner.grants._facl import Node, rows
from scanner.grants._paths import Naming, top_of
from scanner.model import Grant

_HEAD = re.compile(rb"\A(getfacl: [^\n]*\n)*# file: [^\n]+\n# owner: ")
_ENTRY = re.compile(r"(default:)?(user|group|mask|other):([^:]*):([r-][w-][xXst-])(?:\s+#.*)?")
_ESCAPE = re.compile(r"\\([0-7]{3})")


class Getfacl:
    """Reads listings of access control lists."""

    options = ("resource", "root")

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - the content decides
        """True when the first block names a file and its owner."""
        return _HEAD.match(head) is not None

    def read(self, export: GrantExport, log: UnitLog) -> Iterator[Grant]:
        """The readers of every file.  A line of another form is counted by its number."""
        where, options = str(export.path), export.options
        nodes = {node.path: node for node in _nodes(read_text(export.path), where, log)}
        if not nodes:
            hint = "make it with: getfacl -R -p DIR"
            raise UnreadableError("no list could be read", where, hint, "grants.not_a_listing")
        for path in nodes:
            for parent in PurePosixPath(path).parents:
                if str(parent) in nodes:
                    nodes[str(parent)].folder = True
        naming = Naming(str(options.get("resource") or ""), top_of(nodes, options, where), where)
        for node in nodes.values():
            if not node.folder:
                yield from rows(node, nodes, naming.uri(node.path))


plugin = Getfacl()


def _nodes(text: str, where: str, log: UnitLog) -> Iterator[Node]:
    node: Node | None = None
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if line.startswith("# file: "):
            if node is not None:
                yield node
            log.records += 1
            node = Node(_path(line.removeprefix("# file: ")))
        elif node is not None and not _add(node, line.rstrip()):
            log.failed_records += 1
            what, hint = "a line is none of an access list", "make it with: getfacl -R -p DIR"
            log.problem("grants.line", what, where, hint, number)
    if node is not None:
        yield node


def _path(text: str) -> str:
    """An absolute path; octal escapes are bytes of a name."""
    raw = _ESCAPE.sub(lambda m: chr(int(m[1], 8)), text)
    plain = raw.encode("latin-1").decode("utf-8", "surrogateescape") if raw != text else text
    return str(PurePosixPath(plain if plain.startswith(("/", ".")) else f"/{plain}"))


def _add(node: Node, line: str) -> bool:
    """Take one line into account; False for a line of another form."""
    for word in ("owner", "group"):
        if line.startswith(f"# {word}: "):
            setattr(node, word, line.removeprefix(f"# {word}: "))
            return True
    entry = _ENTRY.fullmatch(line)
    if entry is None:
        return not line or line.startswith(("# flags:", "getfacl:"))
    inherited, kind, name, bits = entry.groups()
    if inherited:
        node.folder = True
    elif kind in ("mask", "other"):
        setattr(node, kind, bits)
    else:
        node.entries[kind, name] = bits
    return True
