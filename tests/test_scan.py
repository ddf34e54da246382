"""The staged engine finds what a plain look at every value finds, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from e2e_house import KEY
from e2e_scanner import whole
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.batch import EachPlace, Place, TextBatch, UnitLog, text_array
from scanner.decoders import MAX_DEPTH
from scanner.detectors import Detector, Match, Pattern, Value
from scanner.model import Confidence, Location, Part, Rule, Severity
from scanner.overlaps import settle
from scanner.rulepacks.examples import fill
from scanner.scan import Scanner, Tally
from scanner.worker import Settings, build_scanner

NOW = datetime(2026, 10, 15, tzinfo=UTC)
ENGINES = ("hyperscan", "re2")
Row = tuple[str | None, str, Part]
Seen = tuple[int, str, int, int, str, str]

SECRETS = [
    *(fill(f"<<github:{kind}_>>", f"scan/{kind}") for kind in ("ghp", "gho", "ghs")),
    "AKIA" + fill("<<base32:16>>", "scan"),
    "xoxb-" + fill("<<digits:12>>-<<digits:12>>-<<alnum:24>>", "scan"),
    "sk_live_" + fill("<<alnum:24>>", "scan"),
    "postgres://app:" + fill("<<alnum:18>>", "scan") + "@db.corp.io:5432/a",
    "password = '" + fill("<<alnum:14>>", "scan") + "'",
    fill("<<pem:EC PRIVATE KEY>>", "scan"),
    fill("<<jwt>>", "scan"),
    "card " + fill("<<card:4/16>>", "scan"),
    "IBAN " + fill("<<iban:DE>>", "scan"),
    "ada.scan" + "@" + "corp-lovelace.io",
    "call +44 20 7946 0958",
    "SSN 536-22-8741",
    "client 81.2.69.142",
    "x = 1  # pragma: allowlist secret",
]
VALUES = [
    fill("<<alnum:16>>", "labelled"),
    fill("<<hex:32>>", "labelled"),
    "2127365000",
    "536228741",
    "17.03.1984",
    "Quiet" + "fox42!x",
]
LABELS = [
    "",
    "text",
    "password",
    "db_password",
    "api_key",
    "ssn",
    "phone",
    "birthDate",
    "größe",
    "пароль",
]
NEAR_MISSES = [
    "ghp_",
    "AKIA",
    "-----BEGIN",
    "eyJ",
    "@",
    "+4",
    "://:@",
    "0000-00",
    "\u2028",
    "٣٤٥٦٧٨٩٠",
]


# --- values --------------------------------------------------------------------------------

_filler = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from(" \n\t\0\"'\\=:;,.-_/@#&%<>[](){}0123456789abcdefABCDEFé漢🦊\u200b\u0301"),
    ),
    max_size=30,
)
_planted = st.builds("{}{}{}".format, _filler, st.sampled_from([*SECRETS, *NEAR_MISSES]), _filler)
_two = st.builds("{}{}{}".format, st.sampled_from(SECRETS), _filler, st.sampled_from(SECRETS))
_long = st.builds(
    lambda secret, before, after: "x y " * before + secret + " lorem" * after,
    st.sampled_from(SECRETS),
    st.integers(0, 150),
    st.integers(0, 100),
)
_value = st.one_of(
    _filler, _planted, _two, st.sampled_from([*VALUES, *SECRETS, ""]), _long, st.none()
)
_part = st.sampled_from([Part.VALUE, Part.VALUE, Part.NUMBER, Part.KEY, Part.METADATA])
_rows = st.lists(st.tuples(_value, st.sampled_from(LABELS), _part), min_size=1, max_size=8)


# --- the two ways to look ------------------------------------------------------------------


def batch(rows: Sequence[Row]) -> TextBatch:
    values = [value for value, _, _ in rows]
    places = EachPlace([Place(n, label=label, part=p) for n, (_, label, p) in enumerate(rows)])
    return TextBatch(text_array(values), places)  # type: ignore[arg-type]


def staged(some: Scanner, rows: Sequence[Row]) -> list[Seen]:
    """As the program does it: joined values, anchors, candidates, confirmation."""
    log = UnitLog()
    found = [_seen(row, match) for row, match in some.matches(batch(rows), log, Tally())]
    assert log.problems == []
    return sorted(found)


def naive(some: Scanner, rows: Sequence[Row]) -> list[Seen]:
    """Every pattern of every detector asked about every value, by itself, without hits."""
    found = []
    for row, (value, label, part) in enumerate(rows):
        if value is not None:
            matches = list(_confirmed(some, Value(value.encode(), label, part)))
            found += [_seen(row, m) for m in settle(matches, lambda loser, winner: None)]
    return sorted(found)


def _confirmed(some: Scanner, value: Value) -> Iterator[Match]:
    for detector in some.detectors.values():
        for pattern in detector.patterns():
            for outcome in detector.confirm(value, pattern.key, ()):
                if isinstance(outcome, Match):
                    yield outcome


def _seen(row: int, match: Match) -> Seen:
    return (row, match.rule.id, match.start, match.end, match.normal, match.confidence)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=_rows)
def test_staged_is_naive_with_both_engines(rows: list[Row]) -> None:
    expected = naive(whole(), rows)
    for engine in ENGINES:
        assert staged(whole(engine), rows) == expected, engine


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=_rows, cut=st.integers(0, 12))
def test_where_a_batch_ends_changes_nothing(rows: list[Row], cut: int) -> None:
    some, cut = whole(), min(cut, len(rows))
    second = [(row + cut, *rest) for row, *rest in staged(some, rows[cut:])] if rows[cut:] else []
    first = staged(some, rows[:cut]) if rows[:cut] else []
    assert sorted([*first, *second]) == staged(some, rows)


def test_each_secret_is_found_whatever_surrounds_it() -> None:
    """The properties above would hold for a scanner that finds nothing: this one would not."""
    for engine in ENGINES:
        for number, secret in enumerate(SECRETS):
            rows: list[Row] = [("\n", "", Part.VALUE), (f"… {secret} …", "text", Part.VALUE)]
            found = staged(whole(engine), rows)
            assert {row for row, *_ in found} == {1}, (engine, number)


def test_a_value_of_many_windows() -> None:
    """Over 4 KiB detectors look near the hits only, and find no less."""
    quick = {name: None for name in ("presidio", "detect_secrets")}  # they take it whole
    words = "lorem ipsum 7 dolor é sit " * 1300
    rows: list[Row] = [
        (words + secret + " " + words + secret + "\n", "text", Part.VALUE) for secret in SECRETS[:8]
    ]
    one, other = (build_scanner(Settings(KEY.encode(), NOW, quick, engine=e)) for e in ENGINES)
    expected = naive(one, rows)
    assert {row for row, *_ in expected} == set(range(8))
    assert staged(one, rows) == expected == staged(other, rows)


def test_a_field_says_what_a_long_value_holds_wherever_it_stands() -> None:
    """Words of the same kind in the text do not draw the search to themselves."""
    text = "my date of birth is below " + "lorem ipsum dolor " * 500 + "1987-04-12"
    found = staged(whole(), [(text, "date_of_birth", Part.VALUE)])
    assert any(row == 0 and text[start:end] == "1987-04-12" for row, _, start, end, *_ in found)


def test_values_that_only_their_label_betrays() -> None:
    rows: list[Row] = [
        (VALUES[0], "password", Part.VALUE),
        (VALUES[0], "text", Part.VALUE),
        (VALUES[3], "ssn", Part.NUMBER),
    ]
    for engine in ENGINES:
        found = staged(whole(engine), rows)
        assert {row for row, *_ in found} == {0, 2}


# --- two runs ------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=_rows)
def test_findings_depend_on_nothing_but_the_data(rows: list[Row]) -> None:
    one, other = whole(), whole("re2")
    for some in (one, other):
        some.matcher._label_memo.clear()
    runs = [
        list(some.scan(batch(rows), Location("a.jsonl"), UnitLog(), Tally()))
        for some in (one, other, one)
    ]
    keyed = [sorted(run, key=lambda f: f.id) for run in runs]
    assert keyed[0] == keyed[1] == keyed[2]


# --- what a plug-in may get wrong ----------------------------------------------------------

RULE = Rule("odd", "Odd", "credential", Severity.HIGH, Confidence.HIGH)


class _Odd:
    """A detector that raises on some values and matches others."""

    def rules(self) -> Sequence[Rule]:
        return [RULE]

    def patterns(self) -> Sequence[Pattern]:
        return [Pattern("odd", ("odd-[0-9]",))]

    def confirm(self, value: Value, key: str, hits: Sequence[int]) -> Iterator[Match]:
        if "odd-0" in value.text:
            raise ValueError(value.text)
        at = value.text.index("odd-")
        yield Match(RULE, at, at + 5, "odd-1", "odd", "odd-1", RULE.confidence, RULE.severity)


def test_a_detector_that_raises_is_recorded_and_costs_no_other_finding() -> None:
    from scanner.seal import Sealer

    detectors: dict[str, Detector] = {"odd": _Odd(), "markers": whole().detectors["markers"]}  # type: ignore[dict-item]
    some = Scanner(detectors, {}, Sealer(KEY.encode(), NOW))
    texts = ["odd-0 x = 1  # nosec", "fine odd-1", "x = 1  # nosec"]
    log = UnitLog()
    rows = batch([(t, "", Part.VALUE) for t in texts])
    found = {(row, m.rule.id) for row, m in some.matches(rows, log, Tally())}
    assert found == {(0, "marker-bandit"), (1, "odd"), (2, "marker-bandit")}
    (problem,) = log.problems
    assert problem.code == "detector.crashed"
    assert "ValueError" in problem.what
    assert "odd-0" not in str(problem) and "nosec" not in str(problem)


def test_nulls_and_nothing_at_all() -> None:
    some = whole()
    for values in ([], [None], [None, "", None]):
        places = EachPlace([Place(n) for n in range(len(values))])
        nothing = TextBatch(pa.array(values, pa.large_string()), places)
        assert list(some.matches(nothing, UnitLog(), Tally())) == []


def _scanned(texts: Sequence[str], part: Part = Part.VALUE) -> tuple[list[str], UnitLog]:
    batch = TextBatch(
        text_array(texts), EachPlace([Place(n, "/t", "", part) for n in range(len(texts))])
    )
    log = UnitLog()
    found = whole().scan(batch, Location("a.jsonl"), log, Tally())
    return [f.rule_id for f in found], log


def _escaped(text: str) -> str:
    return "".join(f"\\u{ord(c):04x}" for c in text)


def test_a_secret_below_all_layers_is_found_and_below_more_a_problem():
    text = '{"a": "' + _escaped(SECRETS[3]) + '"}'
    for depth in range(1, MAX_DEPTH + 2):
        found, log = _scanned([text])
        if depth <= MAX_DEPTH:
            assert (found, log.problems) == (["aws-access-key-id"], [])
        else:
            assert [p.code for p in log.problems] == ["decode.depth"]
            assert log.problems[0].records == (0,)
        text = json.dumps({"n": text})


def test_json_nested_too_deeply_in_a_string_is_a_problem():
    _, log = _scanned(["[" * 300 + '"' + _escaped(SECRETS[3]) + '"' + "]" * 300])
    assert [(p.code, p.is_failure) for p in log.problems] == [("decode.depth", True)]


@pytest.mark.parametrize(
    "key",
    [
        '{"a": "' + _escaped(SECRETS[3]) + '"}',
        json.dumps(json.dumps({"password": "Quiet" + "fox42!x"})),
        "a sentence that is no name, " * 10,
    ],
)
def test_a_key_that_hides_a_secret_is_not_shown(key):
    assert whole().named(key).startswith("~h")
    assert whole().named("user name") == "user name"


def test_texts_of_exports_lose_credentials_and_keep_addresses():
    show = whole().named_text
    assert show("aws:SourceIp is in 81.2.69.0/24") == "aws:SourceIp is in 81.2.69.0/24"
    assert show("approved by ada.scan" + "@" + "corp-lovelace.io").startswith("approved")
    assert show("send the header " + SECRETS[3]).startswith("~h")
