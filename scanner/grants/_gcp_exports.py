"""The exports of Google Cloud that lie in a file or folder, told apart by their content.

The output of `get-iam-policy` does not say what it belongs to; its place does:
`projects/ID.json`, `folders/NUMBER.json`, `organizations/NUMBER.json`, `buckets/NAME.json`,
`datasets/PROJECT.DATASET.json`, `tables/PROJECT.DATASET.TABLE.json`,
`serviceAccounts/EMAIL.json`; or the option `resource` in the same words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.files.exports import parse_json, parse_yaml, read_text
from scanner.grants._folders import read_each

_HINT = "give the output of `gcloud ... --format=json` or `bq show --format=prettyjson` as it is"
_PLACES = {
    "projects": "project",
    "folders": "folder",
    "organizations": "organization",
    "buckets": "bucket",
    "datasets": "dataset",
    "tables": "table",
    "serviceaccounts": "service account",
}
_FULL_NAMES = (
    (re.compile(r"(?://cloudresourcemanager\.googleapis\.com/)?projects/([^/]+)"), "project"),
    (re.compile(r"(?://cloudresourcemanager\.googleapis\.com/)?folders/([^/]+)"), "folder"),
    (
        re.compile(r"(?://cloudresourcemanager\.googleapis\.com/)?organizations/([^/]+)"),
        "organization",
    ),
    (
        re.compile(
            r"(?://storage\.googleapis\.com/|gs://)(?:projects/_/buckets/)?"
            r"([^/]+/managedFolders/.+)"
        ),
        "managed folder",
    ),
    (
        re.compile(r"(?://storage\.googleapis\.com/|gs://)(?:projects/_/buckets/)?([^/]+)/?"),
        "bucket",
    ),
    (
        re.compile(r"(?://bigquery\.googleapis\.com/)?projects/([^/]+/datasets/[^/]+/tables/.+)"),
        "table",
    ),
    (re.compile(r"(?://bigquery\.googleapis\.com/)?projects/([^/]+/datasets/[^/]+)"), "dataset"),
    (re.compile(r"bigquery://([^/]+/[^/]+/[^/]+)"), "table"),
    (re.compile(r"bigquery://([^/]+/[^/]+)/?"), "dataset"),
    (
        re.compile(r"(?://iam\.googleapis\.com/)?projects/[^/]+/serviceAccounts/(.+)"),
        "service account",
    ),
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a policy is attached to: `kind` as in `_PLACES`, or `other`."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(slots=True)
class Bucket:
    """What is known of one bucket; `uniform` None: nobody said whether ACLs count."""

    name: str
    project: str = ""
    no_public: bool = False
    uniform: bool | None = None
    acl: list[Mapping[str, Any]] = field(default_factory=list)
    default_acl: list[Mapping[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Exports:
    """Everything that was found."""

    policies: list[tuple[Scope, list[Any]]] = field(default_factory=list)
    denies: list[tuple[Scope, str, list[Any]]] = field(default_factory=list)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    datasets: dict[str, list[Any]] = field(default_factory=dict)  # by project/dataset
    row_policies: list[tuple[str, str]] = field(default_factory=list)  # uri, name
    roles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    parents: dict[Scope, Scope] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)  # project number -> id
    found: int = 0

    def bucket(self, name: str, project: str = "") -> Bucket:
        bucket = self.buckets.setdefault(name, Bucket(name))
        bucket.project = project or bucket.project
        return bucket

    def project(self, name: str) -> str:
        """The id of a project that is named by number or id."""
        return self.numbers.get(name, name)

    def above(self, scope: Scope) -> Iterator[Scope]:
        """The scopes over one, nearest first."""
        seen = {scope}
        while (found := self.parents.get(scope)) and found not in seen:
            seen.add(found)
            scope = found
            yield found


def gather(path: Path, options: Mapping[str, Any], log: UnitLog) -> Exports:
    """Read the folder (or the one file).  Raises UnreadableError when nothing is an export."""
    exports = Exports()

    def read(file: Path, place: PurePosixPath) -> None:
        _Reader(exports, place, file, options, log).read()

    read_each(path, read, log, "grants.not_gcp")
    if not exports.found:
        what = "nothing here is an export of Google Cloud"
        raise UnreadableError(what, str(path), _HINT, "grants.not_gcp")
    return exports


def scope_of(name: str) -> Scope:
    """What a full resource name (or URI) means."""
    for pattern, kind in _FULL_NAMES:
        if found := pattern.fullmatch(name):
            inside = found[1].replace("/datasets/", "/").replace("/tables/", "/")
            return Scope(kind, inside)
    return Scope("other", name)


@dataclass(frozen=True, slots=True)
class _Reader:
    """One file, and where it goes."""

    exports: Exports
    place: PurePosixPath
    file: Path
    options: Mapping[str, Any]
    log: UnitLog

    def read(self) -> None:
        text = read_text(self.file)
        for number, found in enumerate(self._documents(text), 1):
            self.log.records += 1
            if isinstance(found, dict) and self._known(found):
                self.exports.found += 1
                continue
            self.log.failed_records += 1
            what = "this is no export of Google Cloud that says who may read"
            if self.exports.found == 0 and number == 1:
                raise UnreadableError(what, str(self.file), _HINT, "grants.not_gcp")
            self.log.problem("grants.not_gcp", what, str(self.file), _HINT, number)

    def _documents(self, text: str) -> Iterator[Any]:
        """The objects of an array, of JSON Lines, of YAML, or the one that the file is."""
        lines = [x for x in text.splitlines() if x.strip()]
        if len(lines) > 1 and all(x.lstrip().startswith("{") for x in lines):
            for number, line in enumerate(lines, 1):
                yield parse_json(line, f"{self.file}: line {number}")
            return
        plain = lines[0].lstrip()[:1] not in ("{", "[") if lines else False
        whole = parse_yaml if plain else parse_json
        found = whole(text, str(self.file))
        yield from found if isinstance(found, list) else [found]

    def _known(self, raw: dict[str, Any]) -> bool:
        for keys, read in _KINDS:
            if keys <= raw.keys():
                try:
                    read(self, raw)
                except (TypeError, AttributeError, KeyError, ValueError):
                    raise self._bad("a part of this export has not the shape it should") from None
                return True
        return False

    def asset(self, raw: dict[str, Any]) -> None:
        """A line of an asset inventory export, or a result of search-all-iam-policies."""
        name = raw.get("name") or raw.get("resource")
        scope = scope_of(str(name))
        self._ancestors(scope, raw)
        policy = raw.get("iamPolicy") or raw.get("iam_policy") or raw.get("policy")
        if isinstance(policy, dict):
            self._bindings(scope, policy)
        data = raw["resource"].get("data") if isinstance(raw.get("resource"), dict) else None
        if isinstance(data, dict):
            self._asset_data(scope, data)

    def _ancestors(self, scope: Scope, raw: dict[str, Any]) -> None:
        listed = raw.get("ancestors")
        if not isinstance(listed, list):
            listed = [raw.get("project"), *(raw.get("folders") or ()), raw.get("organization")]
        above = [scope_of(str(x)) for x in listed if x]
        above = [a for a in above if a != scope and a.kind != "other"]
        if scope.kind == "project" and above and above[0].kind == "project":
            self.exports.numbers[above[0].name] = scope.name
            above = above[1:]
        project = next((a.name for a in above if a.kind == "project"), "")
        if scope.kind == "bucket":
            self.exports.bucket(scope.name, project)
        for lower, upper in zip([scope, *above], above, strict=False):
            self.exports.parents.setdefault(lower, upper)

    def _asset_data(self, scope: Scope, data: dict[str, Any]) -> None:
        if scope.kind == "bucket":
            self._bucket(scope.name, data)
        elif data.get("projectId") and data.get("projectNumber"):
            self.project(data)
        elif "includedPermissions" in data:
            self.role(data)

    def bindings(self, raw: dict[str, Any]) -> None:
        self._bindings(self._scope(), raw)

    def _bindings(self, scope: Scope, policy: dict[str, Any]) -> None:
        listed = policy.get("bindings", [])
        if not isinstance(listed, list):
            raise self._bad("the bindings of a policy are not a list")
        if scope.kind == "bucket":
            self.exports.bucket(scope.name)
        self.exports.policies.append((scope, listed))

    def effective(self, raw: dict[str, Any]) -> None:
        """`gcloud asset get-effective-iam-policy`: the policies on a resource and above it."""
        for result in raw["policyResults"]:
            chain = [scope_of(str(p.get("attachedResource"))) for p in result.get("policies", ())]
            for lower, upper in pairwise(chain):
                self.exports.parents.setdefault(lower, upper)
            for scope, entry in zip(chain, result.get("policies", ()), strict=True):
                self._bindings(scope, entry.get("policy") or {})

    def analysis(self, raw: dict[str, Any]) -> None:
        """`gcloud asset analyze-iam-policy`, with `--show-response` and without."""
        answers = [
            raw,
            raw.get("mainAnalysis"),
            *(raw.get("serviceAccountImpersonationAnalysis") or ()),
        ]
        for answer in answers:
            for result in (answer or {}).get("analysisResults") or ():
                scope = scope_of(str(result["attachedResourceFullName"]))
                self._bindings(scope, {"bindings": [result["iamBinding"]]})
        for entry in raw.get("ACLs") or ():
            policy = entry["policy"]
            scope = scope_of(str(policy["attachedResource"]))
            self._bindings(scope, {"bindings": [policy["binding"]]})
        if raw.get("fullyExplored") is False:
            what, hint = "the analysis did not look at everything", "ask again for less at once"
            self.log.problem("grants.gcp_analysis", what, str(self.file), hint)

    def role(self, raw: dict[str, Any]) -> None:
        permissions = raw.get("includedPermissions") or ()
        self.exports.roles[str(raw.get("name"))] = tuple(str(p) for p in permissions)

    def deny(self, raw: dict[str, Any]) -> None:
        parts = str(raw.get("name", "")).split("/")
        named = len(parts) > 3 and parts[0] == "policies"
        scope = scope_of(f"//{unquote(parts[1])}") if named else self._scope()
        label = str(raw.get("displayName") or parts[-1] or "deny policy")
        self.exports.denies.append((scope, label, list(raw["rules"])))

    def dataset(self, raw: dict[str, Any]) -> None:
        where = raw["datasetReference"]
        access = raw.get("access") or []
        if not isinstance(access, list):
            raise self._bad("the access of a dataset is not a list")
        name = f"{where.get('projectId')}/{where.get('datasetId')}"
        self.exports.datasets[name] = access
        self.exports.parents.setdefault(
            Scope("dataset", name), Scope("project", str(where.get("projectId")))
        )

    def row_policies(self, raw: dict[str, Any]) -> None:
        for entry in raw.get("rowAccessPolicies") or [raw]:
            at = entry.get("rowAccessPolicyReference") or {}
            uri = f"bigquery://{at.get('projectId')}/{at.get('datasetId')}/{at.get('tableId')}"
            self.exports.row_policies.append((uri, str(at.get("policyId"))))

    def bucket_described(self, raw: dict[str, Any]) -> None:
        url = str(raw.get("storage_url") or "").removeprefix("gs://").strip("/")
        self._bucket(str(raw.get("name") or url), raw)

    def _bucket(self, name: str, raw: dict[str, Any]) -> None:
        config = raw.get("iamConfiguration") or {}
        bucket = self.exports.bucket(name, str(raw.get("projectNumber") or self._project()))
        prevention = raw.get("public_access_prevention") or config.get("publicAccessPrevention")
        bucket.no_public = prevention == "enforced"
        level = config.get("uniformBucketLevelAccess") or {}
        bucket.uniform = bool(raw.get("uniform_bucket_level_access") or level.get("enabled"))
        bucket.acl = list(raw.get("acl") or ())
        bucket.default_acl = list(raw.get("default_acl") or raw.get("defaultObjectAcl") or ())

    def project(self, raw: dict[str, Any]) -> None:
        name = str(raw["projectId"])
        self.exports.numbers[str(raw.get("projectNumber", name))] = name
        parent = raw.get("parent") or {}
        if parent.get("type") and parent.get("id"):
            upper = Scope(str(parent["type"]), str(parent["id"]))
            self.exports.parents[Scope("project", name)] = upper

    def folder(self, raw: dict[str, Any]) -> None:
        self.exports.parents[scope_of(str(raw["name"]))] = scope_of(str(raw["parent"]))

    def table(self, raw: dict[str, Any]) -> None:
        """`bq show` of a table names nobody; its policy is an export of its own."""

    def _scope(self) -> Scope:
        """What the file is about, by its place or by the option `resource`."""
        parts = list(self.place.parts)
        for i, part in enumerate(parts[:-1]):
            if kind := _PLACES.get(part.lower()):
                last = i + 2 == len(parts)
                name = self.place.stem if last else parts[i + 1]
                name = re.sub(r"[._-](iam|policy|iam-policy)$", "", name) if last else name
                data = kind in ("dataset", "table")
                return Scope(kind, re.sub(r"[:.]", "/", name) if data else name)
        given = scope_of(str(self.options.get("resource") or ""))
        if given.kind == "other":
            hint = "put it where its name says so (buckets/NAME.json), or set the option `resource`"
            raise self._bad("nothing says what this policy is attached to", hint)
        return given

    def _project(self) -> str:
        """A folder `projects/ID/` above the file, or the option `project`."""
        parts = self.place.parts
        below = [b for a, b in pairwise(parts[:-1]) if a.lower() == "projects"]
        return below[0] if below else str(self.options.get("project") or "")

    def _bad(self, what: str, hint: str = _HINT) -> UnreadableError:
        return UnreadableError(what, str(self.file), hint, "grants.not_gcp")


_KINDS = (
    ({"assetType"}, _Reader.asset),
    ({"asset_type"}, _Reader.asset),
    ({"resource", "policy"}, _Reader.asset),
    ({"name", "iamPolicy"}, _Reader.asset),
    ({"policyResults"}, _Reader.effective),
    ({"mainAnalysis"}, _Reader.analysis),
    ({"analysisResults"}, _Reader.analysis),
    ({"ACLs"}, _Reader.analysis),
    ({"rules", "name"}, _Reader.deny),
    ({"includedPermissions"}, _Reader.role),
    ({"datasetReference"}, _Reader.dataset),
    ({"rowAccessPolicies"}, _Reader.row_policies),
    ({"rowAccessPolicyReference"}, _Reader.row_policies),
    ({"tableReference"}, _Reader.table),
    ({"storage_url"}, _Reader.bucket_described),
    ({"iamConfiguration"}, _Reader.bucket_described),
    ({"uniform_bucket_level_access"}, _Reader.bucket_described),
    ({"projectId", "projectNumber"}, _Reader.project),
    ({"parent", "name"}, _Reader.folder),
    ({"bindings"}, _Reader.bindings),
    ({"etag", "version"}, _Reader.bindings),
    ({"etag"}, _Reader.bindings),  # a policy without any binding
)
