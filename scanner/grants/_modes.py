"""Who may read a file by POSIX modes: read on the file, and search (x) on every folder above.

A caller's class is decided per node: its owner gets the owner bits, else a member of its
group the group bits, else the other bits; the classes do not add up (POSIX.1-2017, 4.5).
Root, capabilities, ACLs and who may change the modes are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanner.model import Decision

OWNER, GROUP, OTHER = 6, 3, 0  # how far the class's bits stand from the lowest ones


@dataclass(frozen=True, slots=True)
class Node:
    """A file or folder: permission bits, owner, group, and kind (`f`, `d`, `l`, other)."""

    path: str
    mode: int
    owner: str
    group: str
    kind: str


@dataclass(frozen=True, slots=True)
class Reader:
    """One principal that a file's modes speak of."""

    principal: str
    type: str
    decision: Decision
    condition: str = ""
    except_principals: tuple[str, ...] = ()


ALL_STAFF = "every account of the host"


def readers(file: Node, folders: Sequence[Node]) -> Iterator[Reader]:
    """The principals to whom the file and the folders above it give reading.

    The owner is always named, so that a file nobody may read is known as well.
    """
    nodes = (file, *folders)
    everyone = all(_has(n, OTHER, n is file) for n in nodes)
    if everyone:
        shut = {n.group for n in nodes if not _has(n, GROUP, n is file)}
        yield Reader(ALL_STAFF, "all_staff", Decision.YES, "", tuple(sorted(shut)))
    groups = {n.group: _needs(nodes, "group", n.group) for n in nodes}
    alone = {name for name, needed in groups.items() if needed == []}
    if not everyone:
        yield from (Reader(name, "group", Decision.YES) for name in groups if name in alone)
        if groups[file.group]:
            yield from _reader(file.group, "group", groups[file.group], alone)
    owners = {n.owner: _needs(nodes, "owner", n.owner) for n in nodes}
    yield from _reader(file.owner, "user", owners[file.owner], alone) or [
        Reader(file.owner, "user", Decision.NO)
    ]
    others = [o for o, needed in owners.items() if needed == [] and o != file.owner]
    yield from () if everyone else (Reader(o, "user", Decision.YES) for o in others)


def _reader(name: str, type_: str, needed: list[str] | None, alone: set[str]) -> list[Reader]:
    """The row of one principal that needs membership of further groups.

    No row when nothing helps, or when one of those groups may read without him anyway.
    """
    if needed is None or alone.intersection(needed):
        return []
    if not needed:
        return [Reader(name, type_, Decision.YES)]
    note = f"only who is also in {' and '.join(needed)}"
    return [Reader(name, type_, Decision.CONDITIONAL, note)]


def _needs(nodes: Sequence[Node], attribute: str, name: str) -> list[str] | None:
    """The further groups that a principal must be in to pass every node; None: it cannot."""
    more = []
    for node in nodes:
        its = getattr(node, attribute) == name
        bits = (OWNER if attribute == "owner" else GROUP) if its else OTHER
        if _has(node, bits, node is nodes[0]):
            continue
        if its or not _has(node, GROUP, node is nodes[0]):
            return None
        more.append(node.group)
    return list(dict.fromkeys(more))


def _has(node: Node, bits: int, file: bool) -> bool:
    return bool(node.mode >> bits & (4 if file else 1))
