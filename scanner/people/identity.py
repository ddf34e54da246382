"""One person behind many names: ids, e-mail addresses, ARNs, assumed-role sessions.

Ids and aliases are compared as they stand, e-mail addresses without case.  An alias that two
principals share names nobody: a wrong name is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TypeVar

from scanner.model import Membership, Principal

K = TypeVar("K")
_SESSION = re.compile(r"arn:([a-z-]+):sts::([0-9]{12}):assumed-role/([^/]+)/(.+)")


class Identities:
    """Resolves names to principal ids, and knows the groups of each."""

    def __init__(self, principals: Sequence[Principal], memberships: Sequence[Membership]) -> None:
        self.principals = {p.id: p for p in principals}
        self.memberships = tuple(memberships)

    def resolve(self, name: str, session: str = "") -> str | None:
        """The id of the principal that a grant or log calls `name`; None when nobody knows it.

        Of an assumed role (`arn:aws:sts::...:assumed-role/role/session`, or a role with its
        session name given apart) it is the person whose name the session bears, else the role.
        """
        found = _SESSION.fullmatch(name)
        person = self._plain(session or (found[4] if found else ""))
        if person is not None or found is None:
            return person or self._plain(name)
        return self._plain(name) or self._role(found[1], found[2], found[3])

    def aliases(self) -> Iterator[tuple[str, str]]:
        """Every name that resolves, with its id, for tables.  E-mails are in lower case."""
        yield from self._names.items()

    def shared(self) -> Iterator[str]:
        """The aliases that several principals claim, in order."""
        yield from sorted(_shared(self._claims()))

    def groups_of(self, id_: str) -> frozenset[str]:
        """The groups a principal is in, through nested groups too; cycles do no harm."""
        reached: set[str] = set()
        todo = [id_]
        while todo:
            fresh = self._parents.get(todo.pop(), set()) - reached
            reached |= fresh
            todo += fresh
        return frozenset(reached)

    def names_of(self, id_: str) -> frozenset[str]:
        """All names by which a grant may mean this principal or a group it is in."""
        ids = {id_, *self.groups_of(id_)}
        known = (self.principals[i] for i in ids if i in self.principals)
        return frozenset(ids | {a for p in known for a in p.aliases})

    def _plain(self, name: str) -> str | None:
        return self._names.get(fold(name)) if name else None

    def _role(self, partition: str, account: str, role: str) -> str | None:
        """The role of a session; its ARN may have a path that the session's does not show."""
        exact = self._plain(f"arn:{partition}:iam::{account}:role/{role}")
        return exact or self._roles.get((account, role))

    @cached_property
    def _names(self) -> dict[str, str]:
        shared = set(self.shared())
        claims = ((a, id_) for a, id_ in self._claims() if a not in shared)
        return dict(claims) | {fold(id_): id_ for id_ in self.principals}

    def _claims(self) -> Iterator[tuple[str, str]]:
        """Every alias with the principal that has it, ids apart."""
        ids = {fold(id_) for id_ in self.principals}
        pairs = ((fold(a), p.id) for p in self.principals.values() for a in p.aliases)
        return (pair for pair in pairs if pair[0] not in ids)

    @cached_property
    def _roles(self) -> dict[tuple[str, str], str]:
        pattern = re.compile(r"arn:[a-z-]+:iam::([0-9]{12}):role/(?:.*/)?([^/]+)")
        found = ((pattern.fullmatch(name), id_) for name, id_ in self._names.items())
        claims = [((m[1], m[2]), id_) for m, id_ in found if m]
        shared = _shared(claims)
        return {role: id_ for role, id_ in claims if role not in shared}

    @cached_property
    def _parents(self) -> dict[str, set[str]]:
        parents: dict[str, set[str]] = {}
        for pair in self.memberships:
            parents.setdefault(pair.member, set()).add(pair.group)
        return parents


def fold(name: str) -> str:
    """A name as it is compared: e-mail addresses in lower case, all others as they stand."""
    text = name.strip()
    plain_email = "@" in text and ":" not in text and "/" not in text
    return text.lower() if plain_email else text


def _shared(claims: Iterable[tuple[K, str]]) -> set[K]:
    """What more than one principal claims."""
    first: dict[K, str] = {}
    return {name for name, id_ in claims if first.setdefault(name, id_) != id_}
