"""A value given to a secret-like name, whatever the syntax: the net under the provider rules.

Passwords may be words that people choose, so they are judged by their name and by what they
are not (types, code, sentences); keys and tokens must be rare sequences of characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner.assigned import providers, tables
from scanner.assigned.names import ABROAD, CORE, ID, NameClass, classify
from scanner.assigned.search import Given, search
from scanner.assigned.syntaxes import FAMILIES, Syntax
from scanner.assigned.values import Found, Verdict, judge
from scanner.detectors import Detector, DetectorContext, Drop, Match, Pattern, Value
from scanner.model import Confidence, Rule, Severity
from scanner.rulepacks.detector import check_options
from scanner.rulepacks.filters import Candidate

_PRIORITY = 10  # any rule that knows the provider says more
_NEAR = 80
_LONGEST = 4096  # bytes of a field that is a key as a whole
_AMPERSAND = re.compile(rb"(?:&[!-%(-:?-~]{2,64})+(?=$|[\s\"'])")
_OTHER = "name-of-something-else"  # `max_tokens`, `next_page_token`: names that sound like it

_PASSWORD = Rule(
    id="generic-password",
    name="Password under a password-like name",
    category="credential",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    description="A literal value given to a name such as password, passwd, pwd or passphrase.",
    remediation="Change the password where it is used, end open sessions of the account, and "
    "keep the new one in a secret store.",
    tags=("CWE-798", "CWE-256"),
    references=("https://cwe.mitre.org/data/definitions/798.html",),
    detector="assignments",
)
_SECRET = Rule(
    id="generic-secret",
    name="Key or token under a secret-like name",
    category="credential",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    description="A rare sequence of characters given to a name such as api_key, secret or token.",
    remediation="Find the service that issued it by its name and place, revoke it there, and "
    "keep the new one in a secret store.",
    tags=("CWE-798",),
    references=("https://cwe.mitre.org/data/definitions/798.html",),
    detector="assignments",
)
_ID = Rule(
    id="provider-client-id",
    name="Id of a client at a provider",
    category="credential",
    severity=Severity.LOW,
    confidence=Confidence.MEDIUM,
    description="The id that belongs to a client secret or access key: it names the account, and "
    "its secret is often near.",
    remediation="Look for the secret that belongs to it and revoke that; the id alone lets "
    "nobody in.",
    tags=("CWE-798",),
    references=("https://www.rfc-editor.org/rfc/rfc6749#section-2.2",),
    detector="assignments",
    partners=("*-client-secret", "*-oauth-secret", "generic-secret"),
    identifier=True,
)
_FAMILY = {_PASSWORD.id: "password", _SECRET.id: "secret", _ID.id: "client id"}


class Assignments:
    """One pattern a family of syntaxes, and one for the label a value goes by."""

    def __init__(self) -> None:
        self._searches = {family.key: search(family) for family in FAMILIES}

    def rules(self) -> Sequence[Rule]:
        return [_PASSWORD, _SECRET, _ID]

    def patterns(self) -> Sequence[Pattern]:
        texts = [Pattern(family.key, family.anchors) for family in FAMILIES]
        lists = Pattern("list", tables.ANCHORS)
        return [*texts, lists, Pattern("label", label_anchors=(CORE, ID, ABROAD))]

    def confirm(self, value: Value, key: str, hits: Sequence[int]) -> Iterator[Match | Drop]:
        """Literals given to secret-like names."""
        if key == "label":
            yield from _labelled(value)
            return
        if key == "list":
            yield from _listed(value, hits)
            return
        for given in self._searches[key](value.data, hits):
            yield _assigned(value, given)


def _assigned(value: Value, given: Given) -> Match | Drop:
    syntax, start, end = given.syntax, given.start, given.end
    kind = _kind(given.name, syntax, value.data[max(0, start - _NEAR) : start])
    if kind is None:
        return Drop(_SECRET.id, _OTHER, value.chars(start), value.chars(end))
    if given.bare:
        end = _through(value.data, start, end)
        end -= _trailing(value.data[start:end], syntax.prose)
    candidate = _candidate(value, start, end)
    quoted = not given.bare or syntax.name == "shell"
    spoken = syntax.prose and not (quoted or syntax.loose) and kind.kind == "password"
    weak = NameClass(kind.kind, weak=True) if spoken else kind
    written = Found(candidate, given.name, quoted, prose=syntax.prose, loose=syntax.loose)
    verdict = judge(written, weak)
    return _result(value, _Spot(kind, start, candidate.secret, syntax.name), verdict)


def _kind(name: str, syntax: Syntax, before: bytes) -> NameClass | None:
    if syntax.near:
        of_one = providers.near(before.decode("utf-8", "ignore"))
        return NameClass("token", known=True) if of_one else None
    return _spoken(name) if syntax.prose else classify(name)


def _spoken(name: str) -> NameClass | None:
    """The class of a name in prose: those that are no keys are words for a password."""
    key = any(word in name.lower() for word in ("key", "token", "secret", "credential"))
    return classify(name) if key else NameClass("password")


def _through(data: bytes, start: int, end: int) -> int:
    """The end of a bare value in which an `&` stands, and begins no further part of a query."""
    line = data[max(0, start - _NEAR) : start].rpartition(b"\n")[2]
    more = _AMPERSAND.match(data, end) if b"?" not in line and b"&" not in line else None
    return more.end() if more else end


def _trailing(data: bytes, prose: bool) -> int:
    """How many characters at the end of a bare value belong to the sentence."""
    return len(data) - len(data.rstrip(b".,;:?)" if prose else b".,;"))


def _listed(value: Value, hits: Sequence[int]) -> Iterator[Match | Drop]:
    """What tables and inserts give to names of secrets."""
    for cell in tables.in_inserts(value.data, hits):
        yield from _cell(value, cell, loose=False)
    for cell in tables.in_tables(value.data, hits):
        yield from _cell(value, cell, loose=True)


def _cell(value: Value, cell: tables.Cell, loose: bool) -> Iterator[Match | Drop]:
    kind, candidate = classify(cell.name), _candidate(value, cell.start, cell.end)
    if kind is not None:
        written = Found(candidate, cell.name, quoted=True, loose=loose)
        yield _result(
            value, _Spot(kind, cell.start, candidate.secret, "list"), judge(written, kind)
        )


def _labelled(value: Value) -> Iterator[Match | Drop]:
    kind = classify(value.label)
    text = value.data.strip()
    if kind is None or len(text) > _LONGEST:
        yield Drop(_SECRET.id, "long" if kind else _OTHER, 0, len(value.text))
        return
    start = value.data.find(text)
    candidate = Candidate(text.decode("utf-8", "replace"), label=value.label)
    verdict = judge(Found(candidate, value.label, quoted=True, whole=True), kind)
    yield _result(value, _Spot(kind, start, candidate.secret, "field name"), verdict)


def _candidate(value: Value, start: int, end: int) -> Candidate:
    before = value.data[max(0, start - _NEAR) : start].decode("utf-8", "ignore")
    after = value.data[end : end + _NEAR].decode("utf-8", "ignore")
    return Candidate(value.data[start:end].decode("utf-8", "replace"), before, after, value.label)


@dataclass(frozen=True, slots=True, repr=False)
class _Spot:
    """A value under a name: the class of the name, the place in bytes, how it is written."""

    kind: NameClass
    start: int
    secret: str
    syntax: str


def _result(value: Value, spot: _Spot, verdict: Verdict) -> Match | Drop:
    rule = {"password": _PASSWORD, "id": _ID}.get(spot.kind.kind, _SECRET)
    start = value.chars(spot.start)
    end = start + len(spot.secret)
    if verdict.refused or not spot.secret:
        return Drop(rule.id, verdict.refused or "empty", start, end)
    return Match(
        rule=rule,
        start=start,
        end=end,
        secret=spot.secret,
        family=_FAMILY[rule.id],
        normal=spot.secret,
        confidence=verdict.confidence,
        severity=rule.severity,
        evidence=(f"syntax: {spot.syntax}", *verdict.evidence),
        priority=_PRIORITY,
    )


class _Factory:
    canaries = {  # noqa: RUF012 - by rule, a value that it must find
        "generic-password": 'password = "<<alnum:22>>"\npassword = "<<base64url:17>>x4Q"'
    }

    def build(self, context: DetectorContext) -> Detector:
        """Has no options."""
        check_options(context.options, (), "assignments")
        return Assignments()

    def depends_on(self, context: DetectorContext) -> Sequence[Path]:  # noqa: ARG002
        """No files."""
        return ()


plugin = _Factory()
