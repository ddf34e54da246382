"""Who has what in PostgreSQL: ACL items, memberships with their options, built-in roles.

After the manual, "Privileges", "Role Membership" and "Predefined Roles": a superuser may do
everything; an owner reads what it owns unless it took that from itself; privileges pass to
members that inherit, and to others after SET ROLE; attributes such as superuser never pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.model import Decision

PUBLIC = ""
_BUILT_IN = {"pg_read_all_data": "rU", "pg_write_all_data": "awdU"}  # and what they may do
OWNER_ROLE = "pg_database_owner"  # its one member is the owner of the open database
_ITEM = re.compile(r'(?P<name>"(?:[^"]|"")*"|[^=]*)=(?P<letters>[A-Za-z*]*)/', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Held:
    """How somebody has a privilege, `via` in words; conditional after a SET ROLE."""

    decision: Decision
    via: str
    condition: str = ""
    option: bool = False  # may pass it on


def items(acl: Iterable[Any] | None) -> dict[str, str]:
    """Letters by grantee of an ACL as text items (`ana=r*w/owner`); PUBLIC is ""."""
    found: dict[str, str] = {}
    for item in acl or ():
        match = _ITEM.match(str(item))
        if match:
            name = match["name"]
            name = name[1:-1].replace('""', '"') if name.startswith('"') else name
            found[name] = found.get(name, "") + match["letters"]
    return found


class Roles:
    """The roles of a server."""

    def __init__(self, export: Mapping[str, Any]) -> None:
        self.all = {str(r["name"]): r for r in export["roles"]}
        inherit = {name: r.get("inherit", True) for name, r in self.all.items()}
        self._up: dict[str, list[tuple[str, bool, bool]]] = {}
        for row in export["memberships"]:
            member, role = str(row["member"]), str(row["role"])
            inherits = row.get("inherit_option", inherit.get(member, True))
            self._up.setdefault(member, []).append((role, inherits, row.get("set_option", True)))
        owner = str(export.get("database_owner") or "")
        if owner and OWNER_ROLE in self.all:
            self._up.setdefault(owner, []).append((OWNER_ROLE, inherit.get(owner, True), True))
        self._ways = {name: self._reach(name) for name in self.all}

    def type(self, name: str) -> str:
        """user for those who can log in, else role."""
        return "user" if self.all.get(name, {}).get("login") else "role"

    def _reach(self, name: str) -> dict[str, tuple[Decision, str]]:
        """Every role that somebody is or can become: how, and the way there, shortest first."""
        found = {name: (Decision.YES, "")}
        for sure in (True, False):
            queue = [role for role, (how, _) in found.items() if not sure or how is Decision.YES]
            for role in queue:
                for above, inherits, sets in self._up.get(role, ()):
                    if above in found or not (inherits if sure else inherits or sets):
                        continue
                    way = found[role][1]
                    found[above] = (
                        Decision.YES if sure else Decision.CONDITIONAL,
                        f"{way} > {above}" if way else above,
                    )
                    queue.append(above)
        return found

    def is_in(self, name: str, role: str) -> bool:
        """True when a role has the privileges of another without SET ROLE."""
        return self._ways[name].get(role, (Decision.NO, ""))[0] is Decision.YES

    def held(self, name: str, letters: Mapping[str, str], letter: str, owner: str) -> Held | None:
        """How a role has the privilege of a letter by an ACL; None when it has not."""
        best: Held | None = None
        for role, (how, way) in self._ways[name].items():
            superuser = "superuser" if self.all.get(role, {}).get("superuser") else None
            why = self._of(role, letters, letter, owner)
            why = superuser or why if not way else why or superuser  # which no member inherits
            if why is None:
                continue
            sure = how is Decision.YES and not (way and why == "superuser")
            held = Held(
                Decision.YES if sure else Decision.CONDITIONAL,
                why + (f", via {way}" if way else ""),
                "" if sure else f"after SET ROLE {way.split(' > ')[-1]}",
                f"{letter}*" in letters.get(role, ""),
            )
            if best is None or held.decision.rank > best.decision.rank:
                best = held
        return best

    def _of(self, role: str, letters: Mapping[str, str], letter: str, owner: str) -> str | None:
        """Why this very role has the privilege, superusers apart."""
        if letter in letters.get(role, ""):
            return "owner" if role == owner else "granted"
        if letter in letters.get(PUBLIC, ""):
            return "granted to PUBLIC"
        return role if letter in _BUILT_IN.get(role, "") else None
