"""Who holds a role: members of members, with the way and whether it holds by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from scanner.model import Decision, Grant


@dataclass(frozen=True, slots=True)
class Holder:
    """One who holds a role through others: `path` is `analysts > readers`, the role last."""

    name: str
    path: str
    decision: Decision
    condition: str = ""


class Roles:
    """Memberships of one system; cycles are allowed."""

    def __init__(self) -> None:
        self._members: dict[str, dict[str, tuple[Decision, str]]] = {}
        self._holders: dict[str, list[Holder]] = {}  # of roles that were asked for
        self.types: dict[str, str] = {}  # principal type by name, where the system says it

    def add(
        self, member: str, role: str, decision: Decision = Decision.YES, condition: str = ""
    ) -> None:
        """`member` holds `role`; of several memberships the better one counts."""
        held = self._members.setdefault(role, {})
        if member not in held or decision.rank > held[member][0].rank:
            held[member] = (decision, condition)
            self._holders.clear()

    def remove(self, member: str, role: str) -> None:
        """`member` no longer holds `role`."""
        self._members.get(role, {}).pop(member, None)
        self._holders.clear()

    def holders(self, role: str) -> list[Holder]:
        """Everybody who holds a role, the role itself left out; the best way to each, shortest."""
        if role not in self._holders:
            best: dict[str, Holder] = {}
            for decision in (Decision.YES, Decision.CONDITIONAL):
                for found in self._reached(role, decision):
                    best.setdefault(found.name, found)
            self._holders[role] = list(best.values())
        return self._holders[role]

    def _reached(self, role: str, least: Decision) -> Iterator[Holder]:
        """Breadth first, through memberships that are at least so sure."""
        queue, seen = [Holder(role, role, Decision.YES)], {role}
        for way in queue:
            for member, (decision, condition) in sorted(self._members.get(way.name, {}).items()):
                if member in seen or decision.rank < least.rank:
                    continue
                seen.add(member)
                worse = min(decision, way.decision, key=lambda d: d.rank)
                why = way.condition or condition
                queue.append(Holder(member, f"{member} > {way.path}", worse, why))
                yield Holder(member, way.path, worse, why)


def spread(rows: Iterable[Grant], roles: Roles) -> Iterator[Grant]:
    """Every row, and after it the same for each who holds its principal as a role.

    What is not about reading stays with the role.
    """
    for row in rows:
        yield row
        for held in roles.holders(row.principal) if row.decision is not Decision.NO else ():
            yield replace(
                row,
                principal=held.name,
                principal_type=roles.types.get(held.name, "unknown"),
                decision=min(row.decision, held.decision, key=lambda d: d.rank),
                via=f"{row.via}, via {held.path}",
                condition="; ".join(filter(None, (row.condition, held.condition))),
            )
