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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.files.exports import read_text
from scanner.grants import GrantExport
from scanner.grants._modes import ALL_STAFF
from scanner.grants._paths import Naming, above, top_of
from scanner.model import Decision, Grant

_HEAD = re.compile(rb"\A(getfacl: [^\n]*\n)*# file: [^\n]+\n# owner: ")
_ENTRY = re.compile(r"(default:)?(user|group|mask|other):([^:]*):([r-][w-][xXst-])(?:\s+#.*)?")
_ESCAPE = re.compile(r"\\([0-7]{3})")


@dataclass(slots=True)
class Node:
    """A file or folder and its list; `entries` by (`user` or `group`, name), "" the owner's."""

    path: str
    owner: str = ""
    group: str = ""
    entries: dict[tuple[str, str], str] = field(default_factory=dict)
    mask: str = "rwx"
    other: str = "---"
    folder: bool = False

    def allows(self, kind: str, name: str, bit: str) -> bool | None:
        """What the list says of a user or group by name; None where no entry is theirs."""
        if kind == "user" and name == self.owner:
            return bit in self.entries.get(("user", ""), "")
        shut = self.mask == "---"
        own = [] if shut else [self.entries[key] for key in [(kind, name)] if key in self.entries]
        if kind == "group" and name == self.group:
            own.append(self.entries.get(("group", ""), "---"))
        return any(bit in entry for entry in own) and bit in self.mask if own else None

    def some_group(self, bit: str) -> list[str]:
        """The groups that an entry lets in."""
        named = [name or self.group for kind, name in self.entries if kind == "group"]
        return [name for name in named if self.allows("group", name, bit)]


class Getfacl:
    """Reads listings of access control lists."""

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
                yield from _rows(node, nodes, naming.uri(node.path))


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


def _rows(file: Node, nodes: Mapping[str, Node], uri: str) -> Iterator[Grant]:
    folders, complete = above(file.path, nodes)
    note = "" if complete or not folders else "the lists of some folders above are missing"
    needs = [(file, "r"), *((folder, "x") for folder in folders)]
    everybody = all(bit in node.other for node, bit in needs)
    shut = tuple(
        sorted(name for kind, name in _named(needs) if _decide(needs, kind, name)[0] is Decision.NO)
    )
    if everybody:
        row = _row(ALL_STAFF, "all_staff", uri, (_sure(Decision.YES, note), note), file)
        yield replace(row, except_principals=shut)
    for kind, name in _named(needs):
        decision, condition = _decide(needs, kind, name)
        if decision is Decision.NO and (kind, name) != ("user", file.owner):
            continue
        both = "; ".join(filter(None, (condition, note if decision is not Decision.NO else "")))
        yield _row(name, kind, uri, (_sure(decision, note), both), file)


def _sure(decision: Decision, note: str) -> Decision:
    return Decision.CONDITIONAL if note and decision is Decision.YES else decision


def _named(needs: list[tuple[Node, str]]) -> list[tuple[str, str]]:
    """Every user and group that an entry on the way speaks of."""
    found = dict.fromkeys((("user", needs[0][0].owner), ("group", needs[0][0].group)))
    for node, _ in needs:
        found |= dict.fromkeys((kind, name) for kind, name in node.entries if name)
        found |= {("user", node.owner): None, ("group", node.group): None}
    return sorted(found)


def _decide(needs: list[tuple[Node, str]], kind: str, name: str) -> tuple[Decision, str]:
    """Whether one who is only known by this name gets through."""
    notes = []
    for node, bit in needs:
        said = node.allows(kind, name, bit)
        passes = said if said is not None else bit in node.other
        if passes:
            continue
        groups = [] if said is False and kind == "user" else node.some_group(bit)
        if not groups:
            return Decision.NO, ""
        notes.append(f"as a member of {' or '.join(sorted(set(groups)))}")
    unique = "; ".join(dict.fromkeys(notes))
    return (Decision.CONDITIONAL, unique) if notes else (Decision.YES, "")


def _row(name: str, kind: str, uri: str, answer: tuple[Decision, str], file: Node) -> Grant:
    return Grant(
        principal=name,
        principal_type=kind,
        privilege="r",
        access_level="read",
        resource=uri,
        effect="Allow",
        decision=answer[0],
        via=f"access list, owner {file.owner}, group {file.group}",
        system="posix",
        condition=answer[1],
    )
