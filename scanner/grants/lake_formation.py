"""AWS Lake Formation: who may read which tables of the Glue Data Catalog.

Exports, one file or a folder of them, each the output of a command as it is:

    aws lakeformation list-permissions                      (or get-effective-permissions-for-path)
    aws lakeformation get-data-lake-settings                the administrators
    aws glue get-tables --database-name DB                  where the data of tables lies

Resources are `glue://CATALOG/database/table`, and where `get-tables` tells it the place in S3 as
well.  SELECT and ALL on a table let its rows be read by the engines of AWS, for callers whose
IAM policies allow `lakeformation:GetDataAccess`, which is taken for granted here.  Rights on
some columns or behind a cell filter, by LF-tags, or with a condition are conditional, and so
are those of IAM_ALLOWED_PRINCIPALS, by which IAM alone decides.  Rights on a database are not
rights on its tables.  Permissions are those of the Lake Formation Developer Guide, "Lake
Formation permissions reference".

Options: `account` (the catalog's id, where an entry does not say it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scanner.batch import UnitLog
from scanner.errors import LeakgateError, UnreadableError
from scanner.files.exports import parse_json, read_text
from scanner.grants import GrantExport
from scanner.grants._folders import files_of
from scanner.model import Decision, Grant

_HINT = "give the output of `aws lakeformation list-permissions --output json` as it is"
_LISTS = ("PrincipalResourcePermissions", "Permissions")
_LEVELS = {
    "SELECT": "read", "ALL": "read", "DESCRIBE": "list", "INSERT": "write", "DELETE": "write",
}  # fmt: skip
_ALL_OF_ACCOUNT = re.compile(r"([0-9]{12}):IAMPrincipals")
_TYPES = (
    (re.compile(r"[0-9]{12}"), "account"),
    (re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:user/.+"), "user"),
    (re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:role/.+"), "role"),
    (re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:saml-provider/[^:]+:user/.+"), "user"),
    (re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:saml-provider/[^:]+:group/.+"), "group"),
    (re.compile(r"arn:[a-z-]+:(?:identitystore|quicksight):.*[:/]user/.+"), "user"),
    (re.compile(r"arn:[a-z-]+:(?:identitystore|quicksight):.*[:/]group/.+"), "group"),
    (re.compile(r"arn:[a-z-]+:organizations::.+"), "account"),
)


@dataclass(frozen=True, slots=True)
class _Place:
    """What an entry is about, and why its rights may not be whole."""

    catalog: str
    database: str = "*"
    table: str = ""  # "*" is every table; "" is none: the database or catalog itself
    condition: str = ""


@dataclass(frozen=True, slots=True)
class _To:
    """Whom an entry names, where it stands, and what it says besides."""

    name: str
    via: str
    condition: str = ""


@dataclass(slots=True)
class _Folder:
    """Everything that was found."""

    entries: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    admins: list[tuple[str, str]] = field(default_factory=list)  # where it stands, name
    places: dict[tuple[str, str], str] = field(default_factory=dict)  # database, table -> S3


class LakeFormation:
    """Reads permissions of Lake Formation."""

    options = "account"
    reads_folders = True

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - the content decides
        """True for lists of permissions and for data lake settings."""
        return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and (
            b'"DataLakePrincipalIdentifier"' in head or b'"DataLakeSettings"' in head
        )

    def read(self, export: GrantExport, log: UnitLog) -> Iterator[Grant]:
        """One row a permission; an entry that has not the form of one is counted.

        Raises UnreadableError when no file is an export of Lake Formation.
        """
        found, account = _Folder(), str(export.options.get("account") or "*")
        for file in files_of(export.path):
            try:
                _gather(file, found, log)
            except LeakgateError as error:
                if not export.path.is_dir():
                    raise
                code = getattr(error, "code", "grants.not_lake_formation")
                log.problem(code, error.what, error.where or str(file), error.hint)
        if not (found.entries or found.admins):
            what = "nothing here is an export of Lake Formation that says who may read"
            raise UnreadableError(what, str(export.path), _HINT, "grants.not_lake_formation")
        for where, name in found.admins:
            to = _To(name, f"data lake administrator ({where})")
            yield _row(to, "ALL", f"glue://{account}/*")
        for via, entry in found.entries:
            try:
                yield from _grants(entry, via, account, found.places)
            except (TypeError, AttributeError, KeyError, ValueError):
                log.failed_records += 1
                log.problem("grants.entry", "an entry has not the form of one", via, _HINT)


plugin = LakeFormation()


def _gather(file: Path, found: _Folder, log: UnitLog) -> None:
    where, document = str(file), parse_json(read_text(file), str(file))
    if not isinstance(document, dict):
        raise UnreadableError("this is no export of Lake Formation", where, _HINT)
    if document.get("NextToken"):
        what, hint = "the list stops before its last page", "export it without --max-items"
        log.problem("grants.truncated", what, where, hint)
    listed = next((document[name] for name in _LISTS if isinstance(document.get(name), list)), None)
    settings, tables = document.get("DataLakeSettings"), document.get("TableList")
    if listed is not None:
        log.records += len(listed)
        found.entries += [(f"{file.name}: entry {n}", entry) for n, entry in enumerate(listed, 1)]
    elif isinstance(settings, dict):
        for admin in settings.get("DataLakeAdmins") or ():
            found.admins.append((file.name, str(admin["DataLakePrincipalIdentifier"])))
    elif isinstance(tables, list):
        found.places.update(_located(tables))
    else:
        raise UnreadableError("this is no export of Lake Formation", where, _HINT)


def _located(tables: list[Any]) -> Iterator[tuple[tuple[str, str], str]]:
    for table in tables:
        place = ((table or {}).get("StorageDescriptor") or {}).get("Location")
        if isinstance(place, str) and "://" in place:
            uri = re.sub(r"^s3[an]://", "s3://", place).rstrip("/") + "/"
            yield (str(table.get("DatabaseName")), str(table.get("Name"))), uri


def _grants(
    entry: Mapping[str, Any], via: str, account: str, places: Mapping[tuple[str, str], str]
) -> Iterator[Grant]:
    place = _place(entry["Resource"], account)
    to = _To(
        entry["Principal"]["DataLakePrincipalIdentifier"],
        via,
        place.condition or ("a condition of the grant" if entry.get("Condition") else ""),
    )
    passed_on = set(entry.get("PermissionsWithGrantOption") or ())
    for right in dict.fromkeys((*entry.get("Permissions", ()), *sorted(passed_on))):
        privilege = f"{right} WITH GRANT OPTION" if right in passed_on else right
        for resource in _resources(place, places):
            yield _row(to, privilege, resource)


def _place(resource: Mapping[str, Any], account: str) -> _Place:
    """What the one member of a resource names."""
    ((kind, named),) = resource.items()
    catalog = str(named.get("CatalogId") or named.get("TableCatalogId") or account)
    database = str(named.get("DatabaseName") or named.get("Name") or "*")
    if kind == "Table":
        wild = "TableWildcard" in named or named.get("Name") == "ALL_TABLES"
        return _Place(catalog, database, "*" if wild else named["Name"])
    if kind == "TableWithColumns":
        every = "ColumnWildcard" in named and not (named["ColumnWildcard"] or {}).get(
            "ExcludedColumnNames"
        )
        return _Place(catalog, database, named["Name"], "" if every else "some columns only")
    if kind == "DataCellsFilter":
        return _Place(catalog, database, named["TableName"], "the rows and cells of a filter only")
    if kind == "LFTagPolicy":
        tables = "*" if named.get("ResourceType") == "TABLE" else ""
        tags = sorted(f"{t['TagKey']}={'|'.join(t['TagValues'])}" for t in named["Expression"])
        return _Place(catalog, "*", tables, f"what has the LF-tags {', '.join(tags)}")
    if kind == "Database":
        return _Place(catalog, database)
    return _Place(catalog)


def _resources(place: _Place, places: Mapping[tuple[str, str], str]) -> Iterator[str]:
    if not place.table:
        yield f"glue://{place.catalog}/{place.database}"
        return
    yield f"glue://{place.catalog}/{place.database}/{place.table}"
    for (database, table), uri in places.items():
        if place.database in ("*", database) and place.table in ("*", table):
            yield uri


def _row(to: _To, privilege: str, resource: str) -> Grant:
    right = privilege.partition(" ")[0]
    of_rows = resource.count("/") > 3 or resource.startswith("s3:")  # of a table, not a database
    level = _LEVELS.get(right, "admin") if of_rows or right == "DESCRIBE" else "admin"
    principal, type_, note = _who(to.name)
    condition = ", ".join(filter(None, (to.condition, note)))
    decision = Decision.CONDITIONAL if condition else Decision.YES
    return Grant(
        principal,
        type_,
        privilege,
        level,
        resource,
        "Allow",
        decision if level == "read" else Decision.NO,
        to.via,
        "lake_formation",
        condition=condition,
    )


def _who(name: str) -> tuple[str, str, str]:
    """The principal, its type, and what is not certain of it."""
    if name in ("IAM_ALLOWED_PRINCIPALS", "EVERYONE"):
        return name, "all_staff", "whom IAM policies let"
    if found := _ALL_OF_ACCOUNT.fullmatch(name):
        return found[1], "account", ""
    for pattern, type_ in _TYPES:
        if pattern.fullmatch(name):
            return name, type_, ""
    return name, "unknown", "a principal of a form that is not known"
