"""S3 bucket policies: the policy document itself, or the output of
`aws s3api get-bucket-policy` (whose `Policy` is the document as a string).

The document may carry a `PublicAccessBlockConfiguration` beside `Policy`, or the option
`public_access_block` names the file of `aws s3api get-public-access-block` (a relative path
starts at the policy's folder): while
RestrictPublicBuckets is on, a public policy lets in only AWS services and the owner's account.

Options: `resource` (`s3://bucket`, where the policy does not name its bucket), `account` (the
owner's account id), `organization` (the company's own `o-...`), `at` (decide for this time;
without it the rows carry their time window and the audit decides).
Policies decide alone here: IAM policies of the callers, ACLs and KMS keys are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scanner.batch import UnitLog
from scanner.errors import UnreadableError, UsageError
from scanner.files.exports import parse_json, read_text
from scanner.grants import GrantExport, _s3_resources
from scanner.grants._aws_actions import READ
from scanner.grants._aws_times import moment
from scanner.grants._s3_block import owners_only
from scanner.grants._s3_statement import BadStatementError, Context, Statement, grants, parse
from scanner.model import Grant

_BLOCK = "PublicAccessBlockConfiguration"
_IAM = (b"AssumeRolePolicyDocument", b"DetailList")  # of account exports, which hold more


class S3Policy:
    """Reads bucket policies."""

    options = ("resource", "account", "organization", "at", "public_access_block")

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - the content decides
        """True for JSON objects that start like a policy, its export, or the access block."""
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if not start.startswith(b"{") or any(k in start for k in _IAM):
            return False
        document = b'"Statement"' in start and b'"Effect"' in start
        exported = b'"Policy"' in start and b"Statement" in start
        return document or exported or f'"{_BLOCK}"'.encode() in start

    def read(self, export: GrantExport, log: UnitLog) -> Iterator[Grant]:
        """Every statement as rows, with the public-access block applied."""
        where = str(export.path)
        document, block = _document(parse_json(read_text(export.path), where), where)
        if document is None:
            return
        statements = list(_statements(document, where, log))
        rows = _rows(statements, _context(export.options, statements))
        if _restricted(export.options, block, where):
            rows = owners_only(list(rows), _text(export.options, "account"))
        yield from rows


plugin = S3Policy()


def _document(found: Any, where: str) -> tuple[Mapping[str, Any] | None, Any]:
    """The policy document (None in a file that only holds an access block), and the block."""
    if not isinstance(found, dict):
        raise _not_a_policy(where)
    block, policy = found.get(_BLOCK), found.get("Policy")
    if "Statement" in found:
        return found, block
    if policy is None and block is not None:
        return None, block
    document = parse_json(policy, where) if isinstance(policy, str) else policy
    if not isinstance(document, dict) or "Statement" not in document:
        raise _not_a_policy(where)
    return document, block


def _not_a_policy(where: str) -> UnreadableError:
    return UnreadableError(
        "the file holds no policy document (an object with Statement)",
        where,
        "export it with: aws s3api get-bucket-policy --bucket NAME",
        "grants.not_a_policy",
    )


def _statements(document: Mapping[str, Any], where: str, log: UnitLog) -> Iterator[Statement]:
    listed = document["Statement"]
    for number, raw in enumerate(listed if isinstance(listed, list) else [listed], 1):
        log.records += 1
        try:
            yield parse(number, raw)
        except BadStatementError as bad:
            log.failed_records += 1
            log.problem("grants.statement", bad.what, where, bad.hint, number)


def _context(options: Mapping[str, Any], statements: list[Statement]) -> Context:
    allowed = [s.reads() for s in statements if s.effect == "Allow"]
    named = _text(options, "resource").removeprefix("s3://").partition("/")[0]
    bucket = named or _s3_resources.bucket_of(r for s in statements for r in s.resources)
    reads = frozenset[str]().union(*allowed) or READ
    return Context(bucket, _text(options, "organization"), _time(options.get("at")), reads)


def _text(options: Mapping[str, Any], name: str) -> str:
    return str(options.get(name) or "")


def _time(value: Any) -> datetime | None:
    if value is None:
        return None
    found = value if isinstance(value, datetime) else moment(str(value))
    if found is None:
        raise UsageError("the option `at` is not a time", hint="write it as 2026-11-30T00:00:00Z")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _rows(statements: Iterable[Statement], context: Context) -> Iterator[Grant]:
    for statement in statements:
        yield from grants(statement, context)


def _restricted(options: Mapping[str, Any], block: Any, where: str) -> bool:
    given = options.get("public_access_block", block)
    if isinstance(given, str | Path):
        beside = Path(where).parent / given
        where = str(beside)
        given = parse_json(read_text(beside), where)
    if given is None:
        return False
    given = given.get(_BLOCK, given) if isinstance(given, dict) else given
    if not isinstance(given, dict) or not all(isinstance(v, bool) for v in given.values()):
        raise UnreadableError(
            "the public access block is not an object of true and false",
            where,
            "export it with: aws s3api get-public-access-block --bucket NAME",
            "grants.not_a_policy",
        )
    return bool(given.get("RestrictPublicBuckets", False))
