"""What S3 actions give, by access level.

From the Service Authorization Reference for Amazon S3 (actions, resource types, condition
keys).  Levels are about object data: only `read` lets a principal see it.  Actions are
compared without case and may hold `*` and `?`.
"""

from __future__ import annotations

from collections.abc import Collection

from scanner import globs as patterns

READ = frozenset({"s3:getobject", "s3:getobjectversion"})
_LIST = {"s3:listbucket", "s3:listbucketversions", "s3:listbucketmultipartuploads"}
_WRITE = {
    "s3:putobject",
    "s3:deleteobject",
    "s3:deleteobjectversion",
    "s3:restoreobject",
    "s3:replicateobject",
    "s3:replicatedelete",
    "s3:abortmultipartupload",
}
_ADMIN_OBJECT = {"s3:putobjectacl", "s3:putobjectversionacl"}
_ADMIN_BUCKET = {
    "s3:putbucketpolicy",
    "s3:deletebucketpolicy",
    "s3:putbucketacl",
    "s3:putbucketownershipcontrols",
    "s3:putbucketpublicaccessblock",
    "s3:putreplicationconfiguration",
    "s3:putbucketlogging",
    "s3:putlifecycleconfiguration",
    "s3:putencryptionconfiguration",
    "s3:deletebucket",
}
OBJECT_LEVELS = {"read": READ | {"s3:getobjectversionforreplication"}, "write": _WRITE}
BUCKET_LEVELS = {"list": _LIST}
_ADMIN = {"object": _ADMIN_OBJECT, "bucket": _ADMIN_BUCKET}


def given(actions: Collection[str], negated: bool, among: Collection[str]) -> set[str]:
    """Which of the named actions a statement's Action (or NotAction) speaks of."""
    globs = [a.lower() for a in actions]
    return {name for name in among if any(_is(g, name) for g in globs) is not negated}


def levels(actions: Collection[str], negated: bool, objects: bool, bucket: bool) -> list[str]:
    """The access levels a statement gives on a resource that is objects, a bucket, or both."""
    tables: dict[str, set[str]] = {}
    if objects:
        tables |= {name: set(table) for name, table in OBJECT_LEVELS.items()}
        tables["admin"] = set(_ADMIN["object"])
    if bucket:
        tables |= {name: set(table) for name, table in BUCKET_LEVELS.items()}
        tables["admin"] = tables.get("admin", set()) | _ADMIN["bucket"]
    return [level for level, table in tables.items() if given(actions, negated, table)]


def _is(glob: str, name: str) -> bool:
    return glob == "*" or patterns.glob(glob, name)
