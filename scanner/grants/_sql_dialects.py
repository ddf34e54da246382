"""How the SQL systems differ where it decides who reads."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scanner.grants import _gcp_roles
from scanner.grants._sql_parse import Object, Right
from scanner.model import Decision


@dataclass(frozen=True, slots=True)
class Dialect:
    """`inherits`: a privilege on a schema or database holds for the tables in it.

    None where we do not know the system.  `case` is that of names without quotes.
    """

    prefix: str = "sql://"
    case: str = ""  # lower, upper, or as written
    schema: str = ""  # where tables without one are
    inherits: bool | None = None
    databases: bool = False  # a name alone is a database
    depth: int = 2  # parts of a table's name below the prefix; a prefix may hold the database
    use: str = "database"  # what `USE name` opens
    hosts: bool = False  # accounts are `'ana'@'host'`, databases in grants are patterns


DIALECTS = {
    "postgres": Dialect("postgres://", "lower", "public", False),
    "redshift": Dialect("redshift://", "lower", "public", None),
    "mysql": Dialect("mysql://", "", "", True, hosts=True),
    "sqlserver": Dialect("sqlserver://", "", "dbo", True),
    "oracle": Dialect("oracle://", "upper", "", True),
    "db2": Dialect("db2://", "upper", "", None),
    "snowflake": Dialect("snowflake://", "upper", "", False, depth=3),
    "bigquery": Dialect("bigquery://", "", "", True, depth=3),
    "databricks": Dialect("unity://", "lower", "", True, depth=3, use="schema"),
    "hive": Dialect("hive://", "lower", "default", True, use="schema"),
    "trino": Dialect("trino://", "lower", "", True, depth=3, use="schema"),
    "clickhouse": Dialect("clickhouse://", "", "default", True, use="schema"),
    "cassandra": Dialect("cassandra://", "lower", "", True),
    "teradata": Dialect("teradata://", "upper", "", True, databases=True),
    "hana": Dialect("hana://", "upper", "", True),
    "": Dialect(),
}

_TABLES = frozenset(("", "TABLE", "VIEW", "OBJECT", "STREAM", "EXTERNAL", "SYNONYM", "ALIAS"))
_CONTAINERS = frozenset(
    ("SCHEMA", "DATABASE", "CATALOG", "KEYSPACE", "DATASET", "PROJECT", "SERVER", "DATALAKE")
)
_FILES = frozenset(("VOLUME", "STAGE", "LOCATION", "FILE", "URI", "SHARE", "DIRECTORY"))
_READ = frozenset(
    ("SELECT", "READ", "SELECTIN", "READ VOLUME", "READ FILES", "READ_METADATA SELECT")
)
_WHOLE = frozenset(("ALL", "OWNERSHIP", "CONTROL", "OWNER", "SUPER", "DATAACCESS", "IMPORTED"))
_EVERYWHERE = frozenset(
    (
        *("SELECT ANY TABLE", "READ ANY TABLE", "CONTROL SERVER", "SELECT ALL USER SECURABLES"),
        *("DBADM", "DATAACCESS", "EXEMPT ACCESS POLICY", "BACKUP ANY TABLE"),
    )
)
NO_ROLES = frozenset(("SELECT", "CONTROL", "ALL"))  # without ON: in the whole database
READ_ALL_ROLES = frozenset(
    (
        *("pg_read_all_data", "db_datareader", "db_owner", "sysadmin", "dba", "sys:superuser"),
        *("exp_full_database", "datapump_exp_full_database", "rds_superuser", "cloudsqlsuperuser"),
    )
)
READ_NONE_ROLES = frozenset(("db_denydatareader",))
_LIST = frozenset(("USAGE", "DESCRIBE", "SHOW VIEW", "LIST", "BROWSE", "CONNECT", "REFERENCES",
                   "VIEW DEFINITION", "USE SCHEMA", "USE CATALOG", "MONITOR", "SHOW"))  # fmt: skip
_WRITE = frozenset(("INSERT", "UPDATE", "DELETE", "TRUNCATE", "MODIFY", "WRITE", "WRITE VOLUME"))
_ADMIN = frozenset(
    ("ALTER", "DROP", "MANAGE GRANTS", "MANAGE", "CREATE", "GRANT OPTION", "TRIGGER")
)


def level(right: Right) -> str:
    """The access level that a privilege stands for on an object that it reads."""
    word = right.word
    if "roles/" in right.name:
        return _gcp_roles.gives(right.name, "bigquery", {}).level
    if word in _READ or word in _EVERYWHERE:
        return "read"
    if word in _WHOLE:
        return "admin"
    known = {"list": _LIST, "write": _WRITE, "admin": _ADMIN}
    return next((name for name, words in known.items() if word in words), "none")


def decide(right: Right, of: Object | None, dialect: Dialect) -> tuple[Decision, str]:
    """Whether a privilege on an object lets read the data in it, and on what that depends."""
    if right.word == "CURRENT GRANTS":  # ClickHouse
        return Decision.CONDITIONAL, "what the one who grants it holds"
    if of is None:
        return _everywhere(right, dialect)
    if right.word in _EVERYWHERE and of.kind in ("DATABASE", "SCHEMA", ""):
        return Decision.YES, ""
    if of.kind not in _TABLES | _FILES | _CONTAINERS:
        return Decision.NO, ""
    decision, note = _of_data(right, of, dialect)
    unsure = _unsure(right, of) if decision is not Decision.NO else ""
    return (Decision.CONDITIONAL, unsure) if unsure else (decision, note)


def _of_data(right: Right, of: Object, dialect: Dialect) -> tuple[Decision, str]:
    """A privilege on a table, a file or what holds them."""
    if "roles/" in right.name:
        given = _gcp_roles.gives(right.name, "bigquery", {})
        return given.decision, given.note
    if right.word not in _READ | _WHOLE:
        return _of_shared(right, of, dialect)
    if of.kind in _TABLES | _FILES:
        return Decision.YES, ""
    return _by_container(right, dialect)


def _unsure(right: Right, of: Object) -> str:
    """Why a privilege that reads does not read all that the object is taken for."""
    if of.scope == "future":
        return "for objects made after the grant"
    if of.filled:
        return "where the name that is filled in when the script runs is this one"
    return "for some of the columns" if right.columns else ""


def _everywhere(right: Right, dialect: Dialect) -> tuple[Decision, str]:
    """A privilege without ON: of the database, or of the system."""
    if right.word == "ALL" and dialect.prefix != "oracle://":
        return Decision.CONDITIONAL, "whether all privileges hold for tables is not known"
    return (Decision.YES if right.word in _EVERYWHERE | NO_ROLES else Decision.NO), ""


def _by_container(right: Right, dialect: Dialect) -> tuple[Decision, str]:
    if right.word in _READ or right.word == "IMPORTED" or dialect.inherits:
        return Decision.YES, ""
    if dialect.inherits is False:
        return Decision.NO, ""
    return Decision.CONDITIONAL, "whether the tables in it inherit the privilege is not known"


def _of_shared(right: Right, of: Object, dialect: Dialect) -> tuple[Decision, str]:
    """Redshift: only databases of a datashare have USAGE, which reads all unless they say else."""
    shared = right.word == "USAGE" and of.kind == "DATABASE" and dialect.prefix == "redshift://"
    if shared:
        return Decision.CONDITIONAL, "if the shared database was made without permissions"
    return Decision.NO, ""


def databases(pattern: str) -> str:
    r"""MySQL: in `db.*` the database is a pattern, `shop\_%`.  `_` alone is taken for itself."""
    return re.sub(r"\\([_%])|%", lambda found: found[1] or "*", pattern)


def is_container(of: Object) -> bool:
    """True for what holds tables: its grant is about everything below."""
    return of.kind in _CONTAINERS


def folded(text: str, quoted: bool, dialect: Dialect) -> str:
    """A name in the case that the system stores it in."""
    if quoted or not dialect.case:
        return text
    return text.lower() if dialect.case == "lower" else text.upper()
