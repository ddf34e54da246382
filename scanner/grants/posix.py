"""POSIX modes: a listing of a file tree, or a folder of this host read as it stands.

The listing is what `find DIR -printf '%m\\t%u\\t%g\\t%y\\t%p\\n'` prints: mode, owner, group,
kind, path, one line each (spaces instead of tabs do where no name holds one; `\\0` instead of
`\\n` where paths hold line breaks).  `stat -c '%a %U %G %F %n'`, modes such as `-rw-r--r--`, and
what `ls -laR DIR` and `hdfs dfs -ls -R DIR` print, are understood as well.  A path that is a
folder is read live, parents up to `/` included.

A user or group in the rows is a name of that host.  "Others" are all staff: every account of
the host.  Folders above the listed tree are taken to be open; where a folder inside it is
missing from the listing the answer is conditional.

Options: `resource` (URI prefix that stands for the top of the listed tree; without it the
resources are `file:///absolute/path`), `root` (that top, where the listing does not hold it).
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.files.exports import read_text
from scanner.grants import GrantExport
from scanner.grants._modes import Node, Reader, readers
from scanner.grants._paths import Naming, above, top_of
from scanner.model import Decision, Grant

_MODE = r"([0-7]{1,6}|[-dlbcps][-rwxsStT]{9}[.+@]?)"
_KIND = r"([a-zDNLU?]|[a-z][a-z ]*(?:file|directory|link|fifo|socket))"
_LINES = (
    re.compile(rf"{_MODE}\t([^\t]+)\t([^\t]+)\t{_KIND}\t(.+)", re.DOTALL),
    re.compile(rf"{_MODE} (\S+) (\S+) {_KIND} (.+)", re.DOTALL),
)
_TIME = r"(?:[A-Z][a-z]{2}\s+\d+\s+[\d:]+|\d{4}-\d\d-\d\d \d\d:\d\d(?::[\d.]+)?(?: [+-]\d{4})?)"
_LONG = re.compile(  # of ls and hdfs: mode, links, owner, group, size, time, name
    rf"([-dlbcps][-rwxsStT]{{9}}[.+@]?)\s+(?:\d+|-)\s+(\S+)\s+(\S+)\s+(?:\d+,\s*)?\d+\s+{_TIME}\s(.+)"
)
_LS = re.compile(
    rb"(?:[./][^\n]*:\r?\n)?(?:(?:total|Found) [^\n]*\n)?[-dlbcps][-rwxsStT]{9}[.+@]?\s+(\d+|-)\s"
)
_WORDS = {
    "regular file": "f",
    "regular empty file": "f",
    "directory": "d",
    "symbolic link": "l",
}


class Posix:
    """Reads mode listings and live folders."""

    options = ("resource", "root")
    reads_folders = True  # a folder named in the policy is read live, not file by file

    def sniff(self, path: Path, head: bytes) -> bool:
        """True for a folder, or when the first line is a line of a listing."""
        if path.is_dir():
            return True
        first = re.split(rb"[\n\0]", head, maxsplit=1)[0].decode("utf-8", "replace")
        return _node(first) is not None or _LS.match(head) is not None

    def read(self, export: GrantExport, log: UnitLog) -> Iterator[Grant]:
        """The readers of every regular file; symbolic links are left to what they point to."""
        live = export.path.is_dir()
        found = _live(export.path, log) if live else _listed(export.path, log)
        nodes = {n.path: n for n in found}
        if not nodes:
            raise UnreadableError(
                "no line of the listing could be read",
                str(export.path),
                r"make it with: find DIR -printf '%m\t%u\t%g\t%y\t%p\n'",
                "grants.not_a_listing",
            )
        where, options = str(export.path), export.options
        top = os.path.realpath(where) if live else top_of(nodes, options, where)
        naming = Naming(str(options.get("resource") or ""), top, where)
        for node in nodes.values():
            if node.kind == "f":
                yield from _rows(node, nodes, naming.uri(node.path))


plugin = Posix()


def _rows(file: Node, nodes: Mapping[str, Node], uri: str) -> Iterator[Grant]:
    folders, complete = above(file.path, nodes)
    for reader in readers(file, folders):
        yield _grant(reader, file, uri, complete)


def _grant(reader: Reader, file: Node, uri: str, complete: bool) -> Grant:
    sure = complete or reader.decision is Decision.NO
    notes = [reader.condition, "" if sure else "the modes of the folders above are not listed"]
    return Grant(
        principal=reader.principal,
        principal_type=reader.type,
        privilege="r",
        access_level="read",
        resource=uri,
        effect="Allow",
        decision=reader.decision if sure else Decision.CONDITIONAL,
        via=f"mode {file.mode:03o}, owner {file.owner}, group {file.group}",
        system="posix",
        condition="; ".join(n for n in notes if n),
        except_principals=reader.except_principals,
    )


def _listed(path: Path, log: UnitLog) -> Iterator[Node]:
    text = read_text(path)
    known = _node if _LS.match(text.encode("utf-8", "surrogatepass")) is None else _Long().node
    for number, line in enumerate(text.split("\0" if "\0" in text else "\n"), 1):
        if not line.strip("\r\n"):
            continue
        log.records += 1
        node = known(line.rstrip("\r"))
        if node is None:
            log.failed_records += 1
            hint = (
                r"a line is: mode, owner, group, kind, path (find -printf '%m\t%u\t%g\t%y\t%p\n')"
            )
            log.problem("grants.line", "a line of the listing is not one", str(path), hint, number)
        elif node.kind:
            yield node


class _Long:
    """Lines of `ls -l`, which name a folder once for all that is in it."""

    def __init__(self) -> None:
        self.folder = ""

    def node(self, line: str) -> Node | None:
        """A node, one without a kind for a line about none, None for another form."""
        if found := _LONG.fullmatch(line):
            mode, owner, group, name = found.groups()
            kind = {"-": "f"}.get(mode[0], mode[0])
            path = name.partition(" -> ")[0] if kind == "l" else name
            path = str(PurePosixPath(self.folder, path)) if path != ".." else ""
            return Node(path, _symbolic(mode), owner, group, kind if path else "")
        if line.endswith(":") and line[:1] in "./":
            self.folder = line[:-1]
        elif re.fullmatch(r"(total|Found) \d+.*", line) is None:
            return None
        return Node("", 0, "", "", "")


def _node(line: str) -> Node | None:
    found = next((m for m in (pattern.fullmatch(line) for pattern in _LINES) if m), None)
    if found is None:
        return None
    mode, owner, group, kind, path = found.groups()
    if kind == "l":
        path = path.partition(" -> ")[0]
    bits = int(mode, 8) & 0o777 if mode.isdigit() else _symbolic(mode)
    name = str(PurePosixPath(path))
    return Node(name, bits, owner, group, _WORDS.get(kind, kind[:1] if len(kind) == 1 else "?"))


def _symbolic(mode: str) -> int:
    """`-rwxr-x--x` as bits; `s` and `t` hold the x, `S` and `T` do not."""
    return sum(1 << 8 - i for i, c in enumerate(mode[1:10]) if c in "rwxst")


def _live(root: Path, log: UnitLog) -> Iterator[Node]:
    """The tree under a folder and the folders above it, by lstat; links are not followed."""
    top = Path(os.path.realpath(root))
    for folder in (top, *top.parents):
        yield from _stat(folder, log)
    for folder_name, names, files in os.walk(top, onerror=lambda e: _missed(e, log)):
        for name in (*names, *files):
            log.records += 1
            yield from _stat(Path(folder_name, name), log)


def _stat(path: Path, log: UnitLog) -> Iterator[Node]:
    try:
        info = path.lstat()
    except OSError as error:
        _missed(error, log)
        return
    kinds = {stat.S_IFREG: "f", stat.S_IFDIR: "d", stat.S_IFLNK: "l"}
    kind = kinds.get(stat.S_IFMT(info.st_mode), "?")
    owner, group = _names(info.st_uid, info.st_gid)
    yield Node(str(path), stat.S_IMODE(info.st_mode) & 0o777, owner, group, kind)


def _missed(error: OSError, log: UnitLog) -> None:
    reason = error.strerror or type(error).__name__
    log.problem(
        "grants.unreadable", f"a path could not be examined: {reason}", str(error.filename or ""),
        "run as an account that may list the tree",
    )  # fmt: skip


def _names(uid: int, gid: int) -> tuple[str, str]:
    """Names of this host's accounts, the numbers where it has none."""
    import grp
    import pwd

    try:
        owner = pwd.getpwuid(uid).pw_name
    except KeyError:
        owner = str(uid)
    try:
        return owner, grp.getgrgid(gid).gr_name
    except KeyError:
        return owner, str(gid)
