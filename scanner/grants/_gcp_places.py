"""Which objects and tables a policy of Google Cloud is about, by what it is attached to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scanner.grants._gcp_exports import Exports, Scope
from scanner.grants._zones import Zone, capped, meet
from scanner.model import Decision


@dataclass(frozen=True, slots=True)
class Places:
    """The data at and below every scope, as far as the exports tell."""

    exports: Exports

    def by_default(self, scope: Scope, service: str) -> Iterator[Zone]:
        """Places that open to holders of basic roles, unless what they say is exported."""
        told = {f"gs://{s.name}/*" for s, _ in self.exports.policies if s.kind == "bucket"}
        if service == "bigquery":
            told = {f"bigquery://{name}/*" for name in self.exports.datasets}
        for place in self.of(scope, service):
            if place.resource not in told:
                left = tuple(sorted(t for t in told if meet(place, Zone(t))))
                yield replace(place, excepts=left)

    def of(self, scope: Scope, service: str) -> Iterator[Zone]:
        own = uri_of_scope(scope)
        if scope.kind in ("project", "folder", "organization"):
            yield from self._below(scope, service)
        elif own.startswith("gs://" if service == "storage" else "bigquery://"):
            yield Zone(own)

    def _below(self, scope: Scope, service: str) -> Iterator[Zone]:
        """The data of the projects at and below a scope."""
        sure, known = self._projects(scope)
        note = "" if sure else f"what lies below {scope} is not exported"
        cap = Decision.YES if sure else Decision.CONDITIONAL
        if service == "bigquery":
            names = sorted(known) if sure else ["*"]
            yield from (capped(Zone(f"bigquery://{p}/*"), cap, note) for p in names)
            return
        buckets = self.exports.buckets.values()
        mine = [b for b in buckets if self.exports.project(b.project) in known]
        yield from (Zone(f"gs://{b.name}/*") for b in mine)
        lost = [b for b in buckets if not b.project]
        for bucket in lost:
            note = "which project the bucket is in is not exported"
            yield capped(Zone(f"gs://{bucket.name}/*"), Decision.CONDITIONAL, note)
        if not mine and not lost:
            others = tuple(sorted(f"gs://{b.name}/*" for b in buckets))
            note = f"buckets of {scope}, which are not exported"
            yield capped(Zone("gs://*", others), Decision.CONDITIONAL, note)

    def _projects(self, scope: Scope) -> tuple[bool, set[str]]:
        """Whether they are known, and the projects at or below a scope, by id."""
        if scope.kind == "project":
            return True, {self.exports.project(scope.name)}
        lower = [s for s in self.exports.parents if scope in self.exports.above(s)]
        names = {self.exports.project(s.name) for s in lower if s.kind == "project"}
        return bool(names), names


def uri_of_scope(scope: Scope) -> str:
    """The resources of a scope, as a glob."""
    if scope.kind == "bucket":
        return f"gs://{scope.name}/*"
    if scope.kind == "managed folder":
        bucket, _, below = scope.name.partition("/managedFolders/")
        return f"gs://{bucket}/{below.rstrip('/')}/*"
    if scope.kind == "dataset":
        return f"bigquery://{scope.name}/*"
    if scope.kind == "table":
        return f"bigquery://{scope.name}"
    return f"gcp://{scope.kind.replace(' ', '-')}/{scope.name}"
