"""One spelling for every resource: what systems, logs and policies call the same thing."""

from __future__ import annotations

import re

_SCHEMES = {"s3a": "s3", "s3n": "s3", "gcs": "gs"}
# The drivers of Hadoop and Spark name container and account the other way round.
_DRIVER = re.compile(r"(?:abfs|wasb)s?://([^@/]+)@([^./]+)\.(?:dfs|blob)\.([^/]+)(.*)", re.DOTALL)
_LAKE = re.compile(r"https://([^./]+)\.dfs\.(core\.[^/]+.*)", re.DOTALL)
_VOLUMES = "dbfs:/Volumes/"
_TABLES = frozenset(
    (
        *("postgres", "redshift", "mysql", "sqlserver", "oracle", "db2", "snowflake", "bigquery"),
        *("unity", "hive", "trino", "clickhouse", "cassandra", "teradata", "hana", "sql", "glue"),
    )
)


def canonical(uri: str) -> str:
    """The spelling that leakgate compares: `s3a:`, `abfss:` and endpoints of data lakes undone."""
    scheme, apart, rest = uri.partition("://")
    if not apart:
        return f"unity://{uri[len(_VOLUMES) :]}" if uri.startswith(_VOLUMES) else uri
    if scheme in _SCHEMES:
        return f"{_SCHEMES[scheme]}://{rest}"
    if scheme == "https" and (lake := _LAKE.fullmatch(uri)):
        return f"https://{lake[1]}.blob.{lake[2]}"
    if scheme[:4] in ("abfs", "wasb") and (driver := _DRIVER.fullmatch(uri)):
        return f"https://{driver[2]}.blob.{driver[3]}/{driver[1]}{driver[4]}"
    return uri


def is_table(uri: str) -> bool:
    """True for a table of a database or warehouse: files are copies of it, not parts below it."""
    scheme, _, name = uri.partition("://")
    return scheme in _TABLES and "/" in name and not name.endswith("/")
