"""Who may read a file by access control lists on it and on the folders above it.

As POSIX.1e (draft 17), acl(5) and Azure Data Lake Storage decide: the owner by `user::`, else a
named user, else any entry of the groups one is in, else `other::`; named entries and the owning
group are cut by the mask.  Reading a file needs r on it and x on every folder above it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from scanner.grants._modes import ALL_STAFF
from scanner.grants._paths import above
from scanner.model import Decision, Grant


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
    linux: bool = True  # where the mask is empty, named entries are not looked at
    partial: bool = False  # there are entries that are not shown

    def allows(self, kind: str, name: str, bit: str) -> bool | None:
        """What the list says of a user or group by name; None where no entry is theirs."""
        if kind == "user" and name == self.owner:
            return bit in self.entries.get(("user", ""), "")
        shut = self.linux and self.mask == "---"
        own = [] if shut else [self.entries[key] for key in [(kind, name)] if key in self.entries]
        if kind == "group" and name == self.group:
            own.append(self.entries.get(("group", ""), "---"))
        return any(bit in entry for entry in own) and bit in self.mask if own else None

    def some_group(self, bit: str) -> list[str]:
        """The groups that an entry lets in."""
        named = [name or self.group for kind, name in self.entries if kind == "group"]
        return [name for name in named if self.allows("group", name, bit)]


def rows(file: Node, nodes: Mapping[str, Node], uri: str) -> Iterator[Grant]:
    """Everybody whom the lists of a file and the folders above it let read it, or bar.

    The owner is always named, so that a file nobody may read is known as well.
    """
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
