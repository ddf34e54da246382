"""The gate: what blocks, what is incomplete, and the sentences that say so."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.config.policy import Gate
from scanner.gate import Facts, decide
from scanner.model import (
    CheckResult,
    Confidence,
    Incident,
    InputRecord,
    InputStatus,
    Outcome,
    Problem,
    ReadActivity,
    ReadState,
    Severity,
)

SCANNED = InputRecord("file:///d/a.jsonl", "jsonl", InputStatus.SCANNED, records=3, values=3)


def _incident(name: str = "i1", **fields: Any) -> Incident:
    base = Incident(
        name, "value", "a token", "credential", Severity.HIGH, Confidence.HIGH, ("r",), "f" * 64
    )
    return dataclasses.replace(base, **fields)


def _gate(**sections: Any) -> Gate:
    return Gate.model_validate(sections)


def _facts(*incidents: Incident, **fields: Any) -> Facts:
    return Facts(**({"inputs": [SCANNED], "incidents": incidents} | fields))


CLAUSE = {"category": "credential", "min_severity": "high", "min_confidence": "medium"}
BLOCKING = _gate(block=[CLAUSE])


def test_a_clean_whole_run_passes_and_says_what_was_asked() -> None:
    verdict = decide(_facts(), BLOCKING)
    assert (verdict.outcome, verdict.exit_code) == (Outcome.PASS, 0)
    (reason,) = verdict.reasons
    assert reason.text == (
        "0 credential incidents of severity high or above with confidence medium or above; "
        "allowed: 0"
    )


def test_incidents_over_the_bound_block_and_are_named() -> None:
    verdict = decide(_facts(_incident("a"), _incident("b")), BLOCKING)
    assert (verdict.outcome, verdict.exit_code) == (Outcome.BLOCK, 1)
    (reason,) = verdict.reasons
    assert (reason.count, reason.incident_ids) == (2, ("a", "b"))
    assert reason.text.startswith("2 credential incidents of severity high or above")


@pytest.mark.parametrize(
    "change",
    [
        {"severity": Severity.MEDIUM},
        {"confidence": Confidence.LOW},
        {"category": "pii"},
        {"in_baseline": True},
    ],
)
def test_what_a_clause_does_not_mean_does_not_block(change: dict[str, Any]) -> None:
    assert decide(_facts(_incident(**change)), BLOCKING).outcome is Outcome.PASS


def test_any_category_and_a_bound_above_zero() -> None:
    rules = _gate(block=[{"category": "any", "more_than": 1}])
    one, two = _incident("a", category="term"), _incident("b", category="pii")
    assert decide(_facts(one), rules).outcome is Outcome.PASS
    verdict = decide(_facts(one, two), rules)
    assert verdict.outcome is Outcome.BLOCK
    assert verdict.reasons[0].text == "2 incidents; allowed: 1"


def test_the_baseline_is_counted_beside() -> None:
    facts = _facts(_incident("a"), _incident("b", in_baseline=True))
    assert "1 credential incident of" in decide(facts, BLOCKING).reasons[0].text
    assert "(besides 1 in the baseline)" in decide(facts, BLOCKING).reasons[0].text


LEVELS = st.sampled_from(list(Severity))
SURE = st.sampled_from(list(Confidence))


@given(st.lists(st.tuples(LEVELS, SURE, st.booleans())), LEVELS, SURE, st.integers(0, 3))
def test_counting_is_what_it_says(
    found: list[tuple[Severity, Confidence, bool]], level: Severity, sure: Confidence, most: int
) -> None:
    order, surer = list(Severity), list(Confidence)
    expected = sum(
        order.index(s) >= order.index(level) and surer.index(c) >= surer.index(sure) and not known
        for s, c, known in found
    )
    incidents = [
        _incident(str(n), severity=s, confidence=c, in_baseline=known)
        for n, (s, c, known) in enumerate(found)
    ]
    clause = CLAUSE | {"min_severity": level, "min_confidence": sure, "more_than": most}
    verdict = decide(_facts(*incidents), _gate(block=[clause]))
    assert verdict.reasons[0].count == expected
    assert verdict.outcome is (Outcome.BLOCK if expected > most else Outcome.PASS)


def _check(state: Any, **fields: Any) -> CheckResult:
    return CheckResult("public-read", "Anyone can read", Severity.HIGH, state, **fields)


REQUIRED = _gate(checks={"required": ["public-read"]})


def test_required_checks_are_three_valued() -> None:
    assert decide(_facts(checks=[_check("ok")]), REQUIRED).outcome is Outcome.PASS
    violated = decide(_facts(checks=[_check("violated", count=2)]), REQUIRED)
    assert violated.outcome is Outcome.BLOCK
    assert "violated 2 times: Anyone can read" in violated.reasons[0].text
    unknown = decide(_facts(checks=[_check("unknown", note="no grants were given")]), REQUIRED)
    assert (unknown.outcome, unknown.exit_code) == (Outcome.INCOMPLETE, 3)
    assert "no grants were given" in unknown.reasons[0].text


def test_a_required_check_that_did_not_run_is_no_pass() -> None:
    assert decide(_facts(), REQUIRED).outcome is Outcome.INCOMPLETE


def test_a_check_that_is_not_required_does_not_decide() -> None:
    assert decide(_facts(checks=[_check("violated", count=1)]), _gate()).outcome is Outcome.PASS


def _input(status: InputStatus, uri: str = "file:///d/b.png", **fields: Any) -> InputRecord:
    return InputRecord(uri, "png", status, reason="no reader for this format", **fields)


@pytest.mark.parametrize("status", [InputStatus.FAILED, InputStatus.PARTIAL, InputStatus.SKIPPED])
@pytest.mark.parametrize("kind", ["inputs", "evidence_inputs"])
def test_what_was_not_read_makes_the_run_incomplete(status: InputStatus, kind: str) -> None:
    facts = dataclasses.replace(_facts(), **{kind: [SCANNED, _input(status)]})
    verdict = decide(facts, BLOCKING)
    assert (verdict.outcome, verdict.exit_code) == (Outcome.INCOMPLETE, 3)
    assert "file:///d/b.png (no reader for this format)" in verdict.reasons[-1].text


def test_of_many_unread_files_the_first_is_named_and_of_a_folder_the_file_in_it() -> None:
    inside = Problem("grants.json", "broken", "file:///d/aws/iam.json", "export it again")
    folder = InputRecord(
        "file:///d/aws", "aws", InputStatus.FAILED, reason="broken", problems=(inside,)
    )
    verdict = decide(_facts(evidence_inputs=[folder, _input(InputStatus.FAILED)]), BLOCKING)
    assert verdict.reasons[-1].text.endswith(": file:///d/aws/iam.json (broken) and 1 more")


@pytest.mark.parametrize("glob", ["*.png", "file:///d/*", "*b.png*"])
def test_only_a_skip_can_be_accepted(glob: str) -> None:
    rules = _gate(completeness={"allow_skipped": [glob]})
    skipped = _facts(inputs=[SCANNED, _input(InputStatus.SKIPPED)])
    failed = _facts(inputs=[SCANNED, _input(InputStatus.FAILED)])
    assert decide(skipped, rules).outcome is Outcome.PASS
    assert decide(failed, rules).outcome is Outcome.INCOMPLETE


def test_members_can_be_accepted_too() -> None:
    rules = _gate(completeness={"allow_skipped": ["*.tar!*.png"]})
    inside = _input(InputStatus.SKIPPED, "file:///d/x.tar", member="shots/1.png")
    other = _input(InputStatus.SKIPPED, "file:///d/x.tar", member="shots/1.bin")
    assert decide(_facts(inputs=[SCANNED, inside]), rules).outcome is Outcome.PASS
    assert decide(_facts(inputs=[SCANNED, other]), rules).outcome is Outcome.INCOMPLETE


@pytest.mark.parametrize(
    ("problems", "outcome"),
    [
        (["source.unknown *.png"], Outcome.PASS),
        (["source.ocr_missing *.png", "note.utf16 x"], Outcome.PASS),
        (["source.unknown *.bin"], Outcome.INCOMPLETE),
        (["source.unknown *.png", "source.corrupt *.png"], Outcome.INCOMPLETE),
        (["source.unknown *.png", "source.unknown "], Outcome.INCOMPLETE),
    ],
)
def test_what_is_skipped_inside_an_input_goes_by_its_suffix(
    problems: list[str], outcome: Outcome
) -> None:
    told = tuple(
        Problem(code, "said", where) for code, _, where in (p.partition(" ") for p in problems)
    )
    partial = dataclasses.replace(_input(InputStatus.PARTIAL, "file:///d/x.tar"), problems=told)
    for glob in ("*.png", "*.tar!*.png"):
        rules = _gate(completeness={"allow_skipped": [glob, "*.tar"]})
        assert decide(_facts(inputs=[SCANNED, partial]), rules).outcome is outcome


def test_problems_count_and_notes_do_not() -> None:
    note = Problem("note.detected", "read as UTF-16", "")
    problem = Problem("record.invalid", "not JSON", "", count=4)
    noted = dataclasses.replace(SCANNED, problems=(note,))
    broken = dataclasses.replace(SCANNED, problems=(note, problem))
    assert decide(_facts(inputs=[noted], problems=[note]), _gate()).outcome is Outcome.PASS
    verdict = decide(_facts(inputs=[broken]), _gate())
    assert verdict.outcome is Outcome.INCOMPLETE
    assert verdict.reasons[0].count == 4
    assert "not JSON" in verdict.reasons[0].text
    assert decide(_facts(problems=[problem]), _gate()).outcome is Outcome.INCOMPLETE


def test_failed_records_alone_are_enough() -> None:
    record = dataclasses.replace(SCANNED, failed_records=1)
    assert decide(_facts(inputs=[record]), _gate()).outcome is Outcome.INCOMPLETE


@pytest.mark.parametrize(
    "inputs", [[], [dataclasses.replace(SCANNED, records=0, values=0)]], ids=["none", "empty"]
)
def test_nothing_scanned_is_not_a_pass(inputs: list[InputRecord]) -> None:
    verdict = decide(Facts(inputs=inputs), BLOCKING)
    assert verdict.outcome is Outcome.INCOMPLETE
    assert "nothing was scanned" in verdict.reasons[-1].text


def test_the_own_files_of_a_run_are_no_data() -> None:
    policy = dataclasses.replace(SCANNED, sha256="known")
    alone = decide(Facts(inputs=[policy], own=frozenset(["known"])), BLOCKING)
    assert alone.outcome is Outcome.INCOMPLETE
    assert "nothing was scanned but the policy" in alone.reasons[-1].text
    other = dataclasses.replace(SCANNED, uri="data.txt", sha256="other")
    among = Facts(inputs=[policy, other], own=frozenset(["known"]))
    assert decide(among, BLOCKING).outcome is Outcome.PASS


def test_block_wins_over_incomplete_and_both_are_told() -> None:
    facts = _facts(_incident(), inputs=[SCANNED, _input(InputStatus.FAILED)])
    verdict = decide(facts, BLOCKING)
    assert (verdict.outcome, verdict.exit_code) == (Outcome.BLOCK, 1)
    assert {r.outcome for r in verdict.reasons} == {Outcome.BLOCK, Outcome.INCOMPLETE}


def test_unknown_reads_decide_only_where_the_policy_says() -> None:
    strict = _gate(completeness={"unknown_reads": "incomplete"})
    unknown, read = _incident(), _incident(did_read=ReadActivity(ReadState.READ, 1))
    assert decide(_facts(unknown), _gate()).outcome is Outcome.PASS
    assert decide(_facts(unknown), strict).outcome is Outcome.INCOMPLETE
    assert decide(_facts(read), strict).outcome is Outcome.PASS
    accepted = dataclasses.replace(unknown, in_baseline=True)
    assert decide(_facts(accepted), strict).outcome is Outcome.PASS


def test_a_policy_that_blocks_nothing_says_so() -> None:
    (reason,) = decide(_facts(_incident()), _gate()).reasons
    assert (reason.rule, reason.outcome) == ("gate.block", Outcome.PASS)
    assert "no clause" in reason.text


def test_detectors_that_are_off_are_told() -> None:
    verdict = decide(_facts(detectors=["pii"], switched_off=["credentials", "terms"]), BLOCKING)
    assert verdict.outcome is Outcome.PASS
    assert verdict.reasons[-1].text == "the policy switches off 2 detectors: credentials, terms"


def test_a_run_without_detectors_is_no_pass() -> None:
    assert decide(_facts(detectors=[]), BLOCKING).outcome is Outcome.INCOMPLETE
