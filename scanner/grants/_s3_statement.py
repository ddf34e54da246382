"""One statement of an S3 bucket policy, parsed and decided for everyone it names."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from scanner.grants import _aws_actions, _aws_conditions, _s3_resources
from scanner.grants._aws_conditions import Test
from scanner.grants._aws_principals import BadPrincipalError, Who
from scanner.grants._aws_principals import parse as parse_principals
from scanner.grants._aws_subjects import Subject, subjects
from scanner.grants._aws_times import window
from scanner.grants._s3_resources import Target
from scanner.model import Decision, Grant

_ELEMENTS = {
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}
_NEEDED = ("Principal", "Action", "Resource")


class BadStatementError(Exception):
    """A statement that cannot be understood: what is wrong, and what to do, in our words."""

    def __init__(self, what: str, hint: str = "compare it with the policy in AWS") -> None:
        super().__init__(what)
        self.what, self.hint = what, hint


@dataclass(frozen=True, slots=True)
class Context:
    """What the whole policy and the options say; `reads` are the read actions it allows."""

    bucket: str = ""
    organization: str = ""
    at: datetime | None = None
    reads: frozenset[str] = _aws_actions.READ


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with its elements in one form each."""

    number: int
    sid: str
    effect: Literal["Allow", "Deny"]
    principals: tuple[Who, ...]
    not_principal: bool
    actions: tuple[str, ...]
    not_action: bool
    resources: tuple[str, ...]
    not_resource: bool
    tests: tuple[Test, ...] = field(default=())

    def reads(self) -> frozenset[str]:
        """The read actions this statement speaks of."""
        return frozenset(_aws_actions.given(self.actions, self.not_action, _aws_actions.READ))


def parse(number: int, raw: Any, needs: Collection[str] = _NEEDED) -> Statement:
    """The statement, counted from 1.  Raises BadStatementError.

    A bucket policy `needs` all three; an identity policy has no Principal, a trust policy no
    Resource: what is not needed must not be there, and is empty.
    """
    if not isinstance(raw, dict):
        raise BadStatementError("a statement is not a JSON object")
    if raw.keys() - _ELEMENTS:
        raise BadStatementError(
            "a statement has an element that bucket policies do not have",
            f"the elements are: {', '.join(sorted(_ELEMENTS))}",
        )
    if raw.get("Effect") not in ("Allow", "Deny"):
        raise BadStatementError("a statement's Effect is neither Allow nor Deny")
    principal, not_principal = _element(raw, "Principal", needs)
    actions, not_action = _element(raw, "Action", needs)
    resources, not_resource = _element(raw, "Resource", needs)
    return Statement(
        number,
        str(raw.get("Sid", "")),
        raw["Effect"],
        _principals(principal) if "Principal" in needs else (),
        not_principal,
        _strings(actions, "Action"),
        not_action,
        _strings(resources, "Resource") if "Resource" in needs else (),
        not_resource,
        tuple(_tests(raw.get("Condition", {}))),
    )


def grants(statement: Statement, context: Context) -> Iterator[Grant]:
    """One row per principal, resource and access level of the statement."""
    start, end, tests = window(statement.tests)
    base = _base(statement, start, end)
    people = list(subjects(statement, tests, context.organization))
    excepted = _excepted(statement, context)
    for target in _targets(statement, context):
        for level in _levels(statement, target):
            for subject in people:
                row = _row(base, subject, target, level, excepted)
                yield _timed(_partial(row, statement, context), context.at)


def _element(raw: dict[str, Any], name: str, needs: Collection[str]) -> tuple[Any, bool]:
    if name in needs:
        return _either(raw, name)
    if name in raw or f"Not{name}" in raw:
        raise BadStatementError(f"a statement has a {name}, which this kind of policy has not")
    return None, False


def _either(raw: dict[str, Any], name: str) -> tuple[Any, bool]:
    if (name in raw) == (f"Not{name}" in raw):
        hint = "this reads as an IAM identity policy, not as a bucket policy"
        raise BadStatementError(
            f"a statement needs one of {name} and Not{name}",
            hint if name == "Principal" and name not in raw else "compare it with the one in AWS",
        )
    return (raw[name], False) if name in raw else (raw[f"Not{name}"], True)


def _principals(element: Any) -> tuple[Who, ...]:
    try:
        return tuple(parse_principals(element))
    except BadPrincipalError:
        raise BadStatementError("a statement's Principal has no form that IAM knows") from None


def _strings(element: Any, name: str) -> tuple[str, ...]:
    found = element if isinstance(element, list) else [element]
    if not found or not all(isinstance(x, str) and x for x in found):
        raise BadStatementError(f"a statement's {name} is not a string or a list of strings")
    return tuple(found)


def _tests(block: Any) -> Iterator[Test]:
    if not isinstance(block, dict):
        raise BadStatementError("a statement's Condition is not a JSON object")
    for operator, keys in block.items():
        if not isinstance(keys, dict):
            raise BadStatementError("a condition operator does not hold a JSON object")
        for key, values in keys.items():
            test = _aws_conditions.parse(operator, key, _values(values))
            if test is None:
                raise BadStatementError("a condition operator is not known to IAM")
            yield test


def _values(values: Any) -> list[str]:
    listed = values if isinstance(values, list) else [values]
    if not all(isinstance(v, str | bool | int | float) for v in listed):
        raise BadStatementError("a condition value is not a string, a number or a Boolean")
    return [str(v).lower() if isinstance(v, bool) else str(v) for v in listed]


def _targets(statement: Statement, context: Context) -> Iterator[Target]:
    if statement.not_resource:
        yield from _s3_resources.everything(context.bucket)
        return
    for resource in statement.resources:
        yield from _s3_resources.targets(resource, context.bucket)


def _excepted(statement: Statement, context: Context) -> tuple[str, ...]:
    """Globs of NotResource; an unsure one is no exception from an Allow (that would hide it)."""
    if not statement.not_resource:
        return ()
    found = [t for r in statement.resources for t in _s3_resources.targets(r, context.bucket)]
    return tuple(t.uri for t in found if not t.unsure or statement.effect == "Deny")


def _levels(statement: Statement, target: Target) -> list[str]:
    found = _aws_actions.levels(
        statement.actions, statement.not_action, target.objects, target.bucket
    )
    return found or ["none"]


def _base(statement: Statement, start: datetime | None, end: datetime | None) -> Grant:
    name = f" ({statement.sid})" if statement.sid else ""
    return Grant(
        principal="",
        principal_type="",
        privilege=("not " if statement.not_action else "") + ", ".join(statement.actions),
        access_level="none",
        resource="",
        effect=statement.effect,
        decision=Decision.NO,
        via=f"bucket policy statement {statement.number}{name}",
        system="s3",
        granted_time=start,
        expiration_time=end,
    )


def _row(
    base: Grant, subject: Subject, target: Target, level: str, excepted: tuple[str, ...]
) -> Grant:
    decision = _least(subject.decision, Decision.CONDITIONAL if target.unsure else Decision.YES)
    return replace(
        base,
        principal=subject.who.principal,
        principal_type=subject.who.type,
        access_level=level,
        resource=target.uri,
        decision=decision if level == "read" else Decision.NO,
        condition=_join(subject.condition, target.unsure),
        except_principals=subject.excepting,
        except_resources=excepted,
    )


def _partial(row: Grant, statement: Statement, context: Context) -> Grant:
    """A Deny that leaves open another way of reading which this policy allows."""
    if row.effect == "Allow" or row.access_level != "read" or row.decision is Decision.NO:
        return row
    open_ = context.reads - statement.reads()
    if not open_:
        return row
    note = f"reading stays allowed by {', '.join(sorted(open_))}"
    left = Decision.NO if open_ == context.reads else Decision.CONDITIONAL
    return replace(row, decision=left, condition=_join(row.condition, note))


def _timed(row: Grant, at: datetime | None) -> Grant:
    if at is None:
        return row
    if row.expiration_time is not None and at >= row.expiration_time:
        note = f"ended {row.expiration_time.isoformat()}"
    elif row.granted_time is not None and at < row.granted_time:
        note = f"starts {row.granted_time.isoformat()}"
    else:
        return row
    return replace(row, decision=Decision.NO, condition=_join(row.condition, note))


def _least(one: Decision, other: Decision) -> Decision:
    return other if one.at_least(other) else one


def _join(*notes: str) -> str:
    return "; ".join(n for n in notes if n)
