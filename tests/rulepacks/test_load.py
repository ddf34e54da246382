"""Rule packs: what loads, what is refused and how it is said, and how one rule matches."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scanner
from scanner import plugins
from scanner.detectors import Detector, DetectorContext, Drop, Match, Value
from scanner.errors import UsageError
from scanner.model import Confidence, Part
from scanner.rulepacks.check import check_pack, list_rules
from scanner.rulepacks.detector import build_pack
from scanner.rulepacks.examples import fill
from scanner.rulepacks.load import load_pack, own_rules
from scanner.rulepacks.match import CompiledRule

RULE = """\
family: acme
rules:
  - id: acme-token
    name: Acme token
    severity: high
    pattern: 'acme_[a-z0-9]{12}'
    remediation: Revoke it.
    examples: ['acme_<<lowernum:12>>']
"""


def write(folder: Path, text: str, name: str = "acme.yaml") -> str:
    path = folder / "credentials" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return str(folder)


def build(folder: Path, text: str) -> Detector:
    return build_pack("credentials", DetectorContext(rules_dirs=(write(folder, text),)))


def one(folder: Path, text: str) -> CompiledRule:
    loaded = load_pack("credentials", [write(folder, text)])
    return CompiledRule(next(r for r in loaded if r.spec.id.startswith("acme")))


def found(rule: CompiledRule, text: str, label: str = "", part: Part = Part.VALUE) -> list[Match]:
    results = rule.find(Value(text.encode(), label, part), ())
    return [r for r in results if isinstance(r, Match)]


def dropped(rule: CompiledRule, text: str, label: str = "", part: Part = Part.VALUE) -> set[str]:
    results = rule.find(Value(text.encode(), label, part), ())
    return {r.filter for r in results if isinstance(r, Drop)}


def test_our_rules_name_their_source_and_say_what_to_do() -> None:
    listed = list_rules()
    assert len([r for r in listed if r.rule.category == "credential"]) >= 45
    for listing in listed:
        assert listing.examples >= 1, listing.rule.id
        assert len(listing.rule.remediation) > 20, listing.rule.id
        assert listing.rule.tags, listing.rule.id
    silent = [r.rule.id for r in listed if not r.rule.references and r.rule.id != "email-address"]
    assert set(silent) <= {"date-of-birth"}


def test_no_example_in_our_rule_files_is_a_token_itself() -> None:
    """Whatever a rule's file holds unfilled is at most a published documentation value."""
    rules = [CompiledRule(r) for r in load_pack("credentials")]
    for rule in rules:
        spec = rule.spec
        for example in spec.examples:
            text = example if isinstance(example, str) else example.text
            strong = [m for m in found(rule, text) if m.confidence is Confidence.HIGH]
            live = [m for m in strong if "<<" not in m.secret and "Quietfox" not in m.secret]
            assert not live, spec.id


def test_a_user_folder_adds_rules(tmp_path: Path) -> None:
    detector = build(tmp_path, RULE)
    assert "acme-token" in {rule.id for rule in detector.rules()}
    [match] = detector.confirm(Value(b"x acme_k3j9x0q2m5z7 y"), "acme-token", ())
    assert isinstance(match, Match)
    assert (match.start, match.end, match.family) == (2, 19, "acme")


def test_a_disabled_rule_is_left_out() -> None:
    context = DetectorContext(options={"disabled": ["github-token"]})
    rules = {rule.id for rule in build_pack("credentials", context).rules()}
    assert "github-token" not in rules and "aws-access-key-id" in rules


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"disabled": ["github-tokem"]}, "github-token"),
        ({"disabled": "github-token"}, "list"),
        ({"disable": []}, "disabled"),
    ],
)
def test_a_wrong_option_is_refused_with_the_right_one(
    options: dict[str, object], said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        plugins.load("detectors", "credentials").build(DetectorContext(options=options))
    assert said in caught.value.diagnostics()


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (("name: Acme token", "nmae: Acme token"), 3, "'name'"),
        (("severity: high", "severity: urgent"), 5, "urgent"),
        (("severity: high", "severity: urgent"), 5, "use one of: info, low"),
        (("severity: high", "severity: high\n    anchors: ['umbrella_']"), 3, "anchors"),
        (("severity: high", "severity: high\n    entropy: lots"), 6, "float"),
        (("'acme_[a-z0-9]{12}'", "'(?=acme)[a-z]{12}'"), 3, "RE2"),
        (("'acme_[a-z0-9]{12}'", "'(a)\\1'"), 3, "RE2"),
        (("'acme_[a-z0-9]{12}'", "'[a-z]*'\n    anchors: ['acme']"), 3, "empty"),
        (("'acme_[a-z0-9]{12}'", "'[a-z0-9]{12}'"), 3, "anchors"),
        (("<<lowernum:12>>", "<<lowernum:11>>"), 3, "example"),
        (("<<lowernum:12>>", "<<lowrnum:12>>"), 3, "lowrnum"),
        (("severity: high", "severity: high\n    proof: crc"), 3, "proof"),
        (("severity: high", "severity: high\n    filters: [wordy]"), 3, "filter"),
        (("severity: high", "severity: high\n    normalise: upper"), 3, "normalise"),
        (("severity: high", "severity: high\n    label_required: true"), 3, "label"),
        (("severity: high", "severity: high\n    bounds: {before: 'x'}"), 3, "class"),
        (("severity: high", "severity: high\n    bounds: {befor: '[x]'}"), 6, "before"),
        (("severity: high", "severity: high\n    severity: low"), 6, "twice"),
        (("    remediation: Revoke it.\n", ""), 3, "remediation"),
        (
            (
                "remediation: Revoke it.",
                "remediation: R.\n    counter_examples: ['acme_abc123abc123']",
            ),
            3,
            "counter-example",
        ),
    ],
)
def test_a_broken_rule_names_file_line_and_rule(
    tmp_path: Path, change: tuple[str, str], line: int, said: str
) -> None:
    assert change[0] in RULE
    with pytest.raises(UsageError) as caught:
        build(tmp_path, RULE.replace(*change))
    text = caught.value.diagnostics()
    assert f"acme.yaml:{line}" in text, text
    assert said in text
    assert "acme-token" in text or "twice" in text


@pytest.mark.parametrize("text", ["family: [", "- a\n- b\n", "just words", "\x00", "family: a: b"])
def test_what_is_no_rule_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        build(tmp_path, text)
    assert "acme.yaml" in caught.value.where


def test_a_second_rule_of_one_id_names_the_first(tmp_path: Path) -> None:
    again = write(tmp_path, RULE) and write(tmp_path, RULE, "second.yaml")
    with pytest.raises(UsageError) as caught:
        load_pack("credentials", [again])
    assert "second.yaml:3" in caught.value.where
    assert "acme.yaml:3" in caught.value.hint


def test_a_missing_rules_folder_is_said() -> None:
    with pytest.raises(UsageError, match="no such rules folder"):
        load_pack("credentials", ["/nowhere/rules"])


def test_check_pack_reports_every_failure_and_keeps_going(tmp_path: Path) -> None:
    bad = RULE.replace("<<lowernum:12>>", "no")
    bad += RULE.partition("rules:\n")[2].replace("acme-token", "acme-2").replace("{12}'", "{12'")
    bad += RULE.partition("rules:\n")[2].replace("acme-token", "acme-3").replace("12>>", "3>>")
    failures = check_pack([write(tmp_path, bad.replace("{12'", "(?=x){12}'"))])
    assert [f.rule_id for f in failures] == ["acme-token", "acme-2", "acme-3"]
    assert [f.line for f in failures] == [3, 9, 15]


@pytest.mark.parametrize("marker", [None, "name: rules\n", "- x\n", "\x00"])
def test_foreign_or_missing_own_rules_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marker: str | None
) -> None:
    (tmp_path / "rules").mkdir()
    if marker is not None:
        (tmp_path / "rules" / "pack.yaml").write_text(marker)
    monkeypatch.setattr(scanner, "__file__", str(tmp_path / "scanner" / "__init__.py"))
    with pytest.raises(UsageError) as caught:
        own_rules()
    assert "pipx" in caught.value.hint


def test_examples_are_the_same_every_time_and_differ_by_rule() -> None:
    assert fill("<<alnum:30>>", "a") == fill("<<alnum:30>>", "a") != fill("<<alnum:30>>", "b")
    first, second = fill("<<hex:32>> <<hex:32>>", "a").split()
    assert first != second


def test_bounds_refuse_by_name_and_see_written_escapes(tmp_path: Path) -> None:
    rule = one(tmp_path, RULE)
    token = "acme_" + "k3j9x0q2m5z7"
    assert dropped(rule, f"x{token}") == {"bounds"}
    assert dropped(rule, f"{token}8") == {"bounds"}
    for lead in (r"\n", r"\t", r"\u0022", "%22", "\x1b[0m", "é", "=", "\n", ""):
        assert len(found(rule, f"{lead}{token}")) == 1, lead


def test_neighbours_separated_by_one_character_are_both_found(tmp_path: Path) -> None:
    rule = one(tmp_path, RULE)
    token = "acme_" + "k3j9x0q2m5z7"
    for between in (" ", "é", "\x00", "�", "☃"):
        spans = [(m.start, m.end) for m in found(rule, between.join([token] * 3))]
        assert spans == [(0, 17), (18, 35), (36, 53)], between


def test_each_secret_of_a_match_is_found_on_its_own(tmp_path: Path) -> None:
    pattern = "acme_(?P<secret>[a-z0-9]{12})(?:/(?P<secret2>[a-z0-9]{12}))?"
    rule = one(tmp_path, RULE.replace("'acme_[a-z0-9]{12}'", f"'{pattern}'"))
    spans = [(m.start, m.end) for m in found(rule, "acme_k3j9x0q2m5z7/p4w8r1t6y0u2")]
    assert spans == [(5, 17), (18, 30)]
    assert [(m.start, m.end) for m in found(rule, "acme_k3j9x0q2m5z7/")] == [(5, 17)]


def test_context_and_label(tmp_path: Path) -> None:
    text = RULE.replace(
        "severity: high",
        "severity: high\n    context: [acme key]\n    context_required: true",
    ).replace("'acme_<<", "'acmeKey acme_<<")
    rule = one(tmp_path, text)
    token = "acme_" + "k3j9x0q2m5z7"
    assert dropped(rule, token) == {"context"}
    assert dropped(rule, f"acme key{' ' * 90}{token}") == {"context"}
    assert dropped(rule, f"acme keyboard {token}") == {"context"}
    assert found(rule, f"{token} is the ACME_KEY")
    assert found(rule, token, label="myAcmeKey")
    assert found(rule, token, label="acme-keys", part=Part.NUMBER)


def test_a_number_needs_a_label_that_agrees(tmp_path: Path) -> None:
    rule = one(tmp_path, RULE.replace("severity: high", "severity: high\n    label: 'acme'"))
    token = "acme_" + "k3j9x0q2m5z7"
    assert dropped(rule, token, part=Part.NUMBER) == {"number"}
    [match] = found(rule, token, label="acme", part=Part.NUMBER)
    assert match.confidence is Confidence.HIGH  # the label lifts it


def test_templated_is_dropped_and_placeholder_kept_low(tmp_path: Path) -> None:
    text = RULE.replace("'acme_[a-z0-9]{12}'", "'acme_(?P<secret>[^ ]{6,20})'")
    rule = one(tmp_path, text)
    assert dropped(rule, "acme_${TOKEN}") == {"templated"}
    assert dropped(rule, "acme_**********") == {"masked"}
    [low] = found(rule, "acme_your_token_here")
    assert low.confidence is Confidence.LOW and "placeholder" in low.evidence
    [high] = found(rule, "acme_leakgate-demo4711")
    assert high.confidence is Confidence.MEDIUM


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 200_000), min_size=1, max_size=5), st.booleans())
def test_long_values_find_the_same_with_and_without_hits(places: list[int], wide: bool) -> None:
    rule = _github()
    token = fill("<<github:ghp_>>", "x")
    text = "é " * 100_000 if wide else ". " * 100_000
    for place in sorted(places, reverse=True):
        text = f"{text[:place]} {token} {text[place:]}"
    value = Value(text.encode())
    hits = [m.end() for m in re.finditer(rb"ghp_[A-Za-z0-9]{36}", value.data)]
    whole = [(m.start, m.end) for m in rule.find(value, ()) if isinstance(m, Match)]
    near = [(m.start, m.end) for m in rule.find(value, hits) if isinstance(m, Match)]
    assert near == whole
    assert all(text[a:b] == token for a, b in whole)
    assert len(whole) == len(places)


def test_a_match_that_leaves_its_window_is_found_whole(tmp_path: Path) -> None:
    text = RULE.replace("{12}", "{12,}").replace("severity:", "reach: 64\n    severity:")
    rule = one(tmp_path, text)
    token = "acme_" + "k3j9x0q2m5z7" * 50
    value = Value(f"{'- ' * 40_000}{token} -".encode())
    [match] = [m for m in rule.find(value, [80_017]) if isinstance(m, Match)]
    assert match.secret == token


def _github() -> CompiledRule:
    return CompiledRule(next(r for r in load_pack("credentials") if r.spec.id == "github-token"))
