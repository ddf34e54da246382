"""truth.json: what was planted where, who could read it, who did, and what must follow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from maker import people
from maker.grants import warehouse_grants
from maker.logs import logged
from maker.store import Store
from maker.text import Found
from maker.visits import BUCKET, Visit, at

STORES = {
    "deskmate-telemetry": ("deskmate/telemetry/", f"{BUCKET}raw/telemetry/", "07T06:00:00"),
    "deskmate-exports": ("deskmate/exports/", f"{BUCKET}exports/", "06T12:00:00"),
    "deskmate-restricted": ("deskmate/restricted/", f"{BUCKET}restricted/", "02T09:00:00"),
    "deskmate-sessions": (
        "deskmate/warehouse/", "warehouse://hollowbrook/deskmate/", "07T07:00:00",
    ),
    "deskmate-shared-copy": (
        "deskmate/shared01/", "file://shared01/srv/deskmate/", "08T14:00:00",
    ),
}  # fmt: skip
CLEAN = ("deskmate/telemetry/clean/",)
NOTES = {
    "planted": "One entry per occurrence. start and end count code points in the decoded text "
    "that file, record, field, part and layers name; sha256 is of the raw value (UTF-8). record "
    "counts from 0 (a line in .log and .md); null where the part belongs to no record. A field "
    "that ends in /* stands for the one sensitive key there. For part path the text is the base "
    "name of the file; for part statistics it is a minimum or maximum of the column. A finding "
    "counts as right when it overlaps the span. weak: known to be void, may be ranked low.",
    "unplanted": "Nothing else in the data is a credential, personal data or a term; first names "
    "in prose are not counted.",
    "did_read": "Successful reads, each event id once. ok says whether the reader is one of those "
    "who were promised to be the only ones; granted whether a grant in the exports explains it.",
}


def write(store: Store, visits: Sequence[Visit]) -> None:
    head = {
        "version": 1,
        "notes": NOTES,
        "as_of": "2026-10-15T00:00:00Z",
        "expected": {"verdict": "BLOCK", "exit_code": 1},
        "clean": [name for name in store.sizes if name.startswith(CLEAN)],
        "stores": [_store(name, *spec, visits) for name, spec in STORES.items()],
    }
    planted = [_occurrence(f) for f in sorted(store.found, key=_order)]
    store.add("truth.json", _json(head, planted))


def sizes(store: Store) -> dict[str, int]:
    """Nominal sizes by the URI that logs use."""
    return {_uri(name): size for name, size in store.sizes.items() if name.startswith("deskmate/")}


def _uri(name: str) -> str:
    path, resource = next((p, r) for p, r, _ in STORES.values() if name.startswith(p))
    return resource + name.removeprefix(path)


def _json(head: Mapping[str, Any], planted: Iterable[Mapping[str, Any]]) -> bytes:
    """Indented, but one occurrence a line: a change of the story then reads well in a diff."""
    lines = ",\n".join(f"    {json.dumps(entry, ensure_ascii=False)}" for entry in planted)
    text = json.dumps(head, indent=2, ensure_ascii=False)
    return f'{text[:-2]},\n  "planted": [\n{lines}\n  ]\n}}\n'.encode()


def _order(found: Found) -> tuple[Any, ...]:
    record = -1 if found.record is None else found.record
    return found.file, found.part, record, found.field, found.layers, found.start


def _occurrence(found: Found) -> dict[str, Any]:
    value = found.value
    return {
        "id": value.id, "kind": value.kind, "category": value.category, "rule_hint": value.rule,
        "file": found.file, "record": found.record, "field": found.field, "part": found.part,
        "layers": list(found.layers), "start": found.start, "end": found.end,
        "sha256": value.sha256, "weak": value.weak,
    }  # fmt: skip


def _store(
    name: str, path: str, resource: str, landed: str, visits: Sequence[Visit]
) -> dict[str, Any]:
    return {
        "store": name,
        "path": path,
        "resource": resource,
        "landed": _stamp(at(landed)),
        "could_read": _COULD[name](),
        "did_read": _did_read(name, resource, at(landed), visits),
    }


def _did_read(name: str, resource: str, landed: Any, visits: Sequence[Visit]) -> dict[str, Any]:
    if name == "deskmate-shared-copy":
        return {"state": "unknown", "reads": 0, "readers": [], "coverage": "no log"}
    seen = logged(visits)
    reads = [v for v in seen if v.activity == "Read" and v.resource.startswith(resource) and v.ok]
    after = [v.time for v in reads if v.time >= landed]
    actors = sorted({v.actor for v in reads})
    return {
        "state": "read" if reads else "not read",
        "reads": len(reads),
        "first_read_after_landing": _stamp(min(after)) if after else None,
        "readers": [_reader(a, [v for v in reads if v.actor == a], name) for a in actors],
        "refused": sum(v.activity == "Read" and v.resource.startswith(resource) and not v.ok
                       for v in seen),
        "coverage": "from 2026-10-08, unknown before" if "exports" in name else "whole",
    }  # fmt: skip


def _reader(actor: str, reads: Sequence[Visit], store: str) -> dict[str, Any]:
    times = [v.time for v in reads]
    promised = actor in people.CORE or actor in people.SERVICES
    granted = store == "deskmate-exports" or (
        actor != people.CONTRACTOR and (store, actor) != ("deskmate-sessions", "cormac.teague")
    )
    return {"actor": actor, "reads": len(reads), "first": _stamp(min(times)),
            "last": _stamp(max(times)), "ok": promised, "granted": granted}  # fmt: skip


def _stamp(time: Any) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def members(group: str) -> set[str]:
    """Everybody in a group, through groups in groups; circles end where they began."""
    groups = {g["id"]: g["members"] for g in people.directory()["groups"]}
    found, todo = set(), [group]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += groups.get(name, [])
    return found - set(groups)


def _telemetry() -> dict[str, Any]:
    readers = members("analysts") | members("deskmate-core") | {"svc-trainer"}
    via = "analysts > data-platform > all-staff, bucket policy statement 3"
    return _could("no", "yes", readers, via)


def _exports() -> dict[str, Any]:
    everyone = {user["id"] for user in people.directory()["users"]}
    return _could("yes", "yes", everyone, "bucket policy statement 4, whose condition binds nobody")


def _restricted() -> dict[str, Any]:
    return _could("no", "no", set(), "bucket policy statement 6 denies everybody")


def _sessions() -> dict[str, Any]:
    rows = [g for g in warehouse_grants() if g["decision"] == "yes" and not g["expiration_time"]]
    readers = {one for g in rows for one in members(g["principal"])}
    conditional = members("contractors")
    return _could("no", "no", readers, "warehouse grants") | {"conditional": sorted(conditional)}


def _shared_copy() -> dict[str, Any]:
    """Mode 644 below directories that everybody may pass; every employee has an account there."""
    via = "mode 644, every directory above it is passable"
    return {"public": "no", "all_staff": "yes", "via": via}


def _could(public: str, all_staff: str, readers: set[str], via: str) -> dict[str, Any]:
    users = {user["id"]: user for user in people.directory()["users"]}
    humans = sorted(r for r in readers if users[r]["type"] == "user")
    active = [r for r in humans if users[r]["status"] == "active"]
    return {"public": public, "all_staff": all_staff, "via": via, "people": len(humans),
            "people_active": len(active), "readers": sorted(readers)}  # fmt: skip


_COULD = {
    "deskmate-telemetry": _telemetry, "deskmate-exports": _exports,
    "deskmate-restricted": _restricted, "deskmate-sessions": _sessions,
    "deskmate-shared-copy": _shared_copy,
}  # fmt: skip
