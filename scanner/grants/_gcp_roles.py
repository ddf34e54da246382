"""What roles of Google Cloud give on Cloud Storage objects and on BigQuery tables.

From "IAM roles for Cloud Storage", "BigQuery IAM roles and permissions" and "Basic roles":
`storage.objects.get` reads an object, `bigquery.tables.getData` a table.  A basic role on a
project reads nothing by itself; buckets and datasets open to its holders by default, and say
so in their own policy (`projectViewer:...`, `projectReaders`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scanner.model import Decision

_READ = {"storage": "storage.objects.get", "bigquery": "bigquery.tables.getData"}
BASIC = {"roles/owner": "Owner", "roles/editor": "Editor", "roles/viewer": "Viewer"}
_GIVES = {
    ("storage", "read"): (
        *("admin", "objectAdmin", "objectUser", "objectViewer", "folderAdmin"),
        *("legacyObjectReader", "legacyObjectOwner", "expressModeUserAccess"),
        "expressModeServiceOutput",
    ),
    ("storage", "list"): ("legacyBucketReader",),
    ("storage", "write"): ("legacyBucketWriter", "objectCreator", "expressModeServiceInput"),
    ("storage", "admin"): ("legacyBucketOwner",),
    ("storage", "none"): ("bucketViewer", "hmacKeyAdmin", "insightsCollectorService"),
    ("bigquery", "read"): ("admin", "dataOwner", "dataEditor", "dataViewer", "studioAdmin"),
    ("bigquery", "list"): ("metadataViewer",),
    ("bigquery", "none"): (
        *("jobUser", "user", "readSessionUser", "studioUser", "rowAccessPolicyAdmin"),
        *("resourceViewer", "resourceEditor", "resourceAdmin", "connectionUser"),
        *("connectionAdmin", "routineDataEditor", "routineViewer", "routineAdmin"),
    ),
}
_KNOWN = {
    f"roles/{service}.{name}": (service, level)
    for (service, level), names in _GIVES.items()
    for name in names
}
# Roles of other services that read objects too.
_ALSO_READ = {
    "roles/dataflow.worker",
    "roles/dataproc.worker",
    "roles/composer.worker",
    "roles/cloudbuild.builds.builder",
    "roles/firebase.admin",
    "roles/firebase.developAdmin",
    "roles/storagetransfer.admin",
}
IMPERSONATES = {
    "roles/iam.serviceAccountTokenCreator": "makes tokens of",
    "roles/iam.serviceAccountKeyAdmin": "makes keys of",
    "roles/iam.workloadIdentityUser": "signs in as",
}
_ADMIN = ("setIamPolicy", "buckets.update", "datasets.update")


@dataclass(frozen=True, slots=True)
class Gives:
    """What a role lets its holder do on one service's data; `missing`: nobody says what it is."""

    level: str
    decision: Decision = Decision.NO
    note: str = ""
    missing: bool = False


READS = Gives("read", Decision.YES)
_NOTHING = Gives("none")


def gives(role: str, service: str, custom: Mapping[str, Iterable[str]]) -> Gives:
    """For `storage` or `bigquery`; `custom` has the permissions of roles that were exported."""
    if role in custom:
        return _by_permissions(set(custom[role]), service)
    if role in BASIC:
        return Gives("read", Decision.CONDITIONAL, "where its default access is kept")
    known = _KNOWN.get(role)
    if known is not None:
        mine = known[0] == service
        return Gives(known[1], _yes(known[1])) if mine else _NOTHING
    if role in ("roles/bigquery.filteredDataViewer", "roles/bigquerydatapolicy.maskedReader"):
        note = "filtered or masked rows"
        found = Gives("read", Decision.CONDITIONAL, note)
        return found if service == "bigquery" else _NOTHING
    return _not_known(role, service)


def _not_known(role: str, service: str) -> Gives:
    if not role.startswith("roles/"):
        note = "a custom role that is not exported"
        return Gives("read", Decision.CONDITIONAL, note, missing=True)
    reads = role in _ALSO_READ and service == "storage"
    agent = role.endswith(("serviceAgent", "ServiceAgent"))
    if reads or agent:
        return Gives("read", Decision.CONDITIONAL, "what this role of a service gives may change")
    if role.startswith(f"roles/{service}."):
        note = "what this role gives is not known here"
        return Gives("read", Decision.CONDITIONAL, note, missing=True)
    return _NOTHING


def _by_permissions(permissions: set[str], service: str) -> Gives:
    if _READ[service] in permissions:
        return READS
    own = {p for p in permissions if p.startswith(f"{service}.")}
    if any(p.endswith(_ADMIN) for p in own):
        return Gives("admin")
    return Gives("list") if any(p.endswith(".list") for p in own) else _NOTHING


def _yes(level: str) -> Decision:
    return Decision.YES if level == "read" else Decision.NO
