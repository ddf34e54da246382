"""From the Resource element of an S3 bucket policy to globs over `s3://` URIs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanner import globs as patterns

_ARN = re.compile(r"arn:[^:]*:(?:s3|\*):[^:]*:[^:]*:(.+)", re.DOTALL)
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Target:
    """One glob; whether it can be objects, a bucket, or both; and what is unsure about it."""

    uri: str
    objects: bool
    bucket: bool
    unsure: str = ""


def bucket_of(resources: Iterable[str]) -> str:
    """The one bucket that the ARNs name without a wildcard, or "" when there is no such."""
    found = (_ARN.fullmatch(r) for r in resources)
    names = {m[1].partition("/")[0] for m in found if m}
    plain = {n for n in names if not re.search(r"[*?$]", n)}
    return plain.pop() if len(plain) == 1 else ""


def targets(resource: str, bucket: str) -> Iterator[Target]:
    """The globs that one Resource value stands for in the policy of `bucket` ("" = not known).

    A bucket policy speaks of its own bucket only, so wildcards in the bucket's place are
    filled in with its name.
    """
    text, unsure = _without_variables(resource)
    found = _ARN.fullmatch(text)
    rest = "*" if text == "*" else found[1] if found else ""
    if not rest:
        all_stars = text.startswith("arn:*") and text.endswith("*")
        rest, unsure = "*", unsure if all_stars else "its resource is not an S3 bucket or object"
    for path in _in_bucket(rest, bucket) if bucket else [rest]:
        yield _target(path, unsure)


def everything(bucket: str) -> Iterator[Target]:
    """What NotResource starts from."""
    yield from targets("*", bucket)


def _without_variables(resource: str) -> tuple[str, str]:
    """Policy variables as wildcards; `${*}`, `${?}` and `${$}` are the characters themselves.

    A literal wildcard becomes `?`, which is that character or another one.
    """
    named = [v for v in _VARIABLE.findall(resource) if v not in ("*", "?", "$")]
    text = resource.replace("${$}", "$").replace("${*}", "?").replace("${?}", "?")
    text = _VARIABLE.sub("*", text)
    return text, f"the path depends on {', '.join(named)}" if named else ""


def _in_bucket(rest: str, bucket: str) -> Iterator[str]:
    head, slash, tail = rest.partition("/")
    if "*" not in head and "?" not in head:
        yield rest
        return
    if patterns.glob(head, bucket):
        yield bucket + slash + tail
    if "*" in head:  # the star may also stand for the bucket and a part of the key
        yield f"{bucket}/*{head.rpartition('*')[2]}{slash}{tail}"


def _target(path: str, unsure: str) -> Target:
    """A glob that ends in `/` names one object of that name, not what lies below it."""
    if path.endswith("/") and not re.search(r"[*?]", path):
        path = path[:-1] + "?"
    return Target(f"s3://{path}", "/" in path or "*" in path, "/" not in path, unsure)
