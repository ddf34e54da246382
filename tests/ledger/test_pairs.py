"""An id and its secret name each other, wherever they stand together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import columns
from scanner.ledger.pairs import Partners, linked, partners
from scanner.model import Confidence, Finding, Location, Rule, Severity

NOW = datetime(2026, 10, 5, 6, tzinfo=UTC)
RULES = (
    Rule("key-id", "", "credential", Severity.LOW, partners=("*-secret",), identifier=True),
    Rule("key-secret", "", "credential", Severity.HIGH),
    Rule("key-token", "", "credential", Severity.HIGH, partners=("key-id", "key-secret")),
    Rule("other", "", "credential", Severity.HIGH),
)
KNOWN = partners(RULES)
HERE = Location("a.txt", record=0, start=0, end=20)


def found(rule: str, mark: int, at: Location, *evidence: str) -> Finding:
    print_ = f"{mark:064x}"
    name = f"{abs(hash((rule, mark, at))):016x}"[:16]
    return Finding(
        name, rule, "credential", Severity.HIGH, Confidence.MEDIUM, at, print_, "x", NOW, evidence
    )


def together(
    findings: Sequence[Finding], size: int = 4096, known: Partners = KNOWN
) -> list[Finding]:
    """What becomes of findings that come in order of place, in batches of a size."""
    ordered = sorted(findings, key=_place)
    batches = [columns.batch(Finding, ordered[i : i + size]) for i in range(0, len(ordered), size)]
    out = [f for batch in linked(batches, known) for f in columns.objects(Finding, batch)]
    assert [f.id for f in out] == [f.id for f in ordered]
    return out


def _place(one: Finding) -> tuple[object, ...]:
    at = one.location
    return at.uri, at.member, at.record or 0, at.field, at.layers, at.start, at.end, one.rule_id


def by_rule(findings: Sequence[Finding]) -> dict[str, Finding]:
    return {f.rule_id: f for f in findings}


ID_AND_SECRET = [
    pytest.param(HERE, replace(HERE, start=60, end=100), id="one value"),
    pytest.param(HERE, replace(HERE, record=1), id="lines"),
    pytest.param(HERE, replace(HERE, record=3), id="three lines on"),
    pytest.param(replace(HERE, field="/aws/id"), replace(HERE, field="/aws/secret"), id="members"),
    pytest.param(replace(HERE, field="/id"), replace(HERE, field="/secret"), id="columns"),
    pytest.param(
        replace(HERE, field="/env/9/value"), replace(HERE, field="/env/10/value"), id="named values"
    ),
    pytest.param(
        replace(HERE, field="/t", layers=("json:/k/id",)),
        replace(HERE, field="/t", layers=("json:/k/secret",)),
        id="members of JSON in a text",
    ),
]


@pytest.mark.parametrize(("one", "other"), ID_AND_SECRET)
def test_parts_that_stand_together_name_each_other(one: Location, other: Location) -> None:
    told = by_rule(together([found("key-id", 1, one), found("key-secret", 2, other)]))
    key, secret = told["key-id"], told["key-secret"]
    assert (key.parts, secret.parts) == ((secret.fingerprint,), (key.fingerprint,))
    assert (key.belongs, secret.belongs) == (secret.fingerprint, "")
    assert {key.confidence, secret.confidence} == {Confidence.HIGH}
    assert secret.evidence == ("beside key-id",)


@pytest.mark.parametrize(
    "other",
    [
        replace(HERE, start=400, end=440),
        replace(HERE, record=4),
        replace(HERE, uri="b.txt"),
        replace(HERE, member="m"),
    ],
)
def test_what_stands_apart_is_no_part(other: Location) -> None:
    assert not any(
        f.parts for f in together([found("key-id", 1, HERE), found("key-secret", 2, other)])
    )


def test_records_of_fields_are_no_lines() -> None:
    one, other = replace(HERE, field="/id"), replace(HERE, field="/secret", record=1)
    assert not any(
        f.parts for f in together([found("key-id", 1, one), found("key-secret", 2, other)])
    )


def test_other_objects_of_a_record_are_apart() -> None:
    one, other = replace(HERE, field="/a/id"), replace(HERE, field="/b/secret")
    assert not any(
        f.parts for f in together([found("key-id", 1, one), found("key-secret", 2, other)])
    )


def test_each_id_of_a_file_of_profiles_has_its_own_secret() -> None:
    lines = [found("key-id", n, replace(HERE, record=3 * n)) for n in range(50)]
    lines += [found("key-secret", 100 + n, replace(HERE, record=3 * n + 1)) for n in range(50)]
    told = together(lines, size=7)
    for one in told:
        mark = int(one.fingerprint, 16)
        assert one.parts == (f"{mark + 100 if mark < 100 else mark - 100:064x}",)


def test_a_token_goes_with_both_and_belongs_to_none() -> None:
    fields = {"key-id": "/id", "key-secret": "/secret", "key-token": "/token"}
    told = by_rule(
        together([found(r, n, replace(HERE, field=f)) for n, (r, f) in enumerate(fields.items())])
    )
    assert len(told["key-token"].parts) == 2
    assert told["key-token"].belongs == ""
    assert told["key-id"].belongs == told["key-secret"].fingerprint  # whom it names itself


def test_between_two_secrets_an_id_belongs_to_neither() -> None:
    spots = [("key-id", "/id"), ("key-secret", "/s1"), ("key-secret", "/s2")]
    told = together([found(r, n, replace(HERE, field=f)) for n, (r, f) in enumerate(spots)])
    key = next(f for f in told if f.rule_id == "key-id")
    assert len(key.parts) == 2
    assert key.belongs == ""


def test_a_placeholder_lifts_nothing() -> None:
    spot = replace(HERE, start=60, end=100)
    told = together([found("key-id", 1, HERE, "placeholder"), found("key-secret", 2, spot)])
    assert all(f.parts for f in told)
    assert {f.confidence for f in told} == {Confidence.MEDIUM}


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["key-id", "key-secret", "key-token", "other"]),
            st.integers(0, 12),
            st.sampled_from(["", "/a/x", "/a/y", "/b"]),
        ),
        max_size=30,
        unique=True,
    ),
    st.integers(1, 8),
)
def test_where_batches_end_makes_no_difference(
    spots: list[tuple[str, int, str]], size: int
) -> None:
    findings = [
        found(rule, n, Location("a", record=record, field=field, start=n, end=n + 9))
        for n, (rule, record, field) in enumerate(spots)
    ]
    whole, pieces = together(findings), together(findings, size)
    assert whole == pieces
    by_print = {f.fingerprint: f for f in whole}
    for one in whole:
        assert all(one.fingerprint in by_print[part].parts for part in one.parts)
        assert one.rule_id != "other" or not one.parts


def test_no_rule_with_partners_changes_nothing() -> None:
    findings = [found("key-id", 1, HERE), found("key-secret", 2, HERE)]
    assert together(findings, known=Partners()) == sorted(findings, key=_place)


def test_what_rules_name_as_partners_exists() -> None:
    from scanner.detectors.assignments import Assignments
    from scanner.rulepacks.load import PACKS, load_pack

    rules = [loaded.rule for pack in PACKS for loaded in load_pack(pack, ())]
    rules += Assignments().rules()
    known = partners(rules)
    for rule in rules:
        named = [partners([replace(rule, partners=(p,)), *rules]).of for p in rule.partners]
        assert all(rule.id in one for one in named)
        assert bool(rule.partners) or not rule.identifier
    assert {"aws-access-key-id", "twilio-account-sid", "provider-client-id"} <= set(known.secrets)
    assert known.of["aws-session-token"] >= {"aws-access-key-id", "aws-secret-access-key"}
