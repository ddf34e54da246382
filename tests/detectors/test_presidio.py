"""presidio's recognizers behind the matcher give what they give by themselves."""

from __future__ import annotations

import logging
import os
import random
import socket
import string
import subprocess
import sys
import time
import uuid
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.batch import ColumnPlaces, TextBatch
from scanner.detectors import Detector, DetectorContext, Drop, Match, Value, _presidio_run
from scanner.detectors._presidio_choice import QUIET
from scanner.detectors.presidio import _of_phrase, confidence, plugin
from scanner.errors import UnreadableError, UsageError
from scanner.matcher import Matcher
from scanner.rulepacks.context import Phrases


def detector(**options: Any) -> Detector:
    return plugin.build(DetectorContext(options))


@cache
def quiet() -> Detector:
    return detector()


@cache
def everything() -> Detector:
    # What is compared is results: on a busy machine all of them may take their time.
    return detector(recognizers="all", min_score=0.0, timeout=60.0)


@cache
def hurried() -> Detector:
    return detector(recognizers="all", min_score=0.0)


@cache
def matcher(found: Detector) -> Matcher:
    # All of presidio takes Hyperscan long to compile; the engines agree, see test_anchors.
    engine = "re2" if len(found.patterns()) > len(QUIET) else "auto"
    return Matcher({"presidio": found}, engine)


def candidates(found: Detector, text: str, label: str = "text") -> set[str]:
    batch = TextBatch(pa.array(["", text]), ColumnPlaces(2, 0, f"/{label}", label))
    return {c.key for c in matcher(found).candidates(batch) if c.row == 1}


def scan(text: str, label: str = "text", found: Detector | None = None) -> list[Match]:
    found = found or quiet()
    value = Value(text.encode(), label)
    keys = sorted(candidates(found, text, label))
    return [m for key in keys for m in found.confirm(value, key, ()) if isinstance(m, Match)]


# --- numbers made at run time, each with its check digit by its country's published rule


def digits(count: int, seed: int = 5) -> str:
    return "".join(random.Random(seed).choices("123456789", k=count))


def pesel() -> str:
    body = "900214" + digits(4)
    total = sum(int(d) * w for d, w in zip(body, (1, 3, 7, 9) * 3, strict=False))
    return body + str(-total % 10)


def nif() -> str:
    body = digits(8)
    return body + "TRWAGMYFPDXBNJZSQVHLCKE"[int(body) % 23]


def tfn() -> str:
    weights = (1, 4, 3, 7, 5, 8, 6, 9, 10)
    for seed in range(1000):
        number = digits(9, seed)
        if sum(int(d) * w for d, w in zip(number, weights, strict=True)) % 11 == 0:
            return number
    raise AssertionError("no number has that check")


def hetu() -> str:
    body = "130790" + digits(3)
    return f"130790-{body[6:]}{'0123456789ABCDEFHJKLMNPRSTUVWXY'[int(body) % 31]}"


def luhn(body: str) -> str:
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(reversed(body))]
    return body + str(-sum(d // 10 + d % 10 for d in doubled) % 10)


FISCAL = "RSSMRA85T10" + "A562S"  # the example of Italy's own description
FOUND = [
    ("presidio-pl-pesel", pesel(), "PESEL: ", "text"),
    ("presidio-pl-pesel", pesel(), "", "pesel_number"),
    ("presidio-es-nif", nif(), "mi DNI es ", "text"),
    ("presidio-au-tfn", tfn(), "Tax file number ", "text"),
    ("presidio-au-tfn", tfn(), "", "taxFileNumber"),
    ("presidio-fi-personal-identity-code", hetu(), "hetu ", "text"),
    ("presidio-se-personnummer", luhn("900214" + digits(3)), "Personnummer ", "text"),
    ("presidio-it-fiscal-code", FISCAL, "\u00e9\u20ac codice fiscale ", "text"),
    ("presidio-sg-nric-fin", "S" + digits(7) + "D", "his NRIC: ", "text"),
    ("presidio-uk-nino", "AB" + "123456C", "national insurance ", "text"),
]


@pytest.mark.parametrize(("rule", "number", "before", "label"), FOUND)
def test_the_quiet_set_finds_numbers_that_are_named(
    rule: str, number: str, before: str, label: str
) -> None:
    matches = [m for m in scan(f"{before}{number} ok", label) if m.rule.id == rule]
    spans = {(m.start, m.end, m.secret) for m in matches}
    assert spans == {(len(before), len(before) + len(number), number)}


@pytest.mark.parametrize(("rule", "number", "before", "label"), FOUND)
def test_and_leaves_them_alone_where_nothing_says_so(
    rule: str, number: str, before: str, label: str
) -> None:
    assert scan(f"order {number} ok") == []


def test_a_wrong_check_digit_is_refused() -> None:
    number = pesel()
    assert scan(f"PESEL {number[:-1]}{(int(number[-1]) + 1) % 10}") == []


def test_refusals_are_named() -> None:
    found = quiet()
    (key,) = (p.key for p in found.patterns() if "PESEL" in p.key)
    text = f"{pesel()} is far from the word {'.' * 100} pesel"
    drops = [d for d in found.confirm(Value(text.encode()), key, ()) if isinstance(d, Drop)]
    assert [(d.filter, d.start) for d in drops] == [("context", 0)]


def test_severity_score_and_family() -> None:
    (match,) = scan(f"PESEL {pesel()}")
    assert (match.rule.category, match.family, match.normal) == ("pii", "pl_pesel", pesel())
    assert match.confidence == "high"
    assert match.priority < 0
    assert [confidence(s) for s in (0.1, 0.5, 0.84, 0.85, 1.0)] == [
        *("low", "medium", "medium", "high", "high")
    ]


# --- the same as presidio by itself

PIECES = [
    *("my card 4111 1111 1111 1111", "jane@example.com", "jane@corp.internal", "10.0.0.1"),
    *("passport X12345678", "CLM-123456", "rx: 1234567", "prior auth number 123456789"),
    *("DE89370400440532013000 2 days", "nhs 943 476 5919", "05:1a:2b:3c:4d:5e", "AB12 CDE"),
    *(
        "\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669",
        "K\u212a1234567",
        "\u00e9123456789",
    ),
    *(
        "S1234567D",
        "tax id 12345678911",
        "HRB 12345",
        "\uc0ac\uc5c5\uc790\ubc88\ud638 123-45-67891",
    ),
    *(pesel(), nif(), tfn(), hetu(), FISCAL, "driver license D1234567", "GIR 0AA", "9123-45-6789"),
]
FILLER = st.text(
    st.sampled_from(string.ascii_letters + string.digits + " -./:@_\n\u00e9"), max_size=15
)
TEXTS = st.lists(st.sampled_from(PIECES) | FILLER, min_size=1, max_size=6).map(" ".join)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=TEXTS)
def test_behind_candidates_equals_presidio_itself(text: str) -> None:
    found = everything()
    asked = candidates(found, text)
    value = Value(text.encode(), "text")
    for key, entry in found._entries.items():  # type: ignore[attr-defined]
        if "PhoneRecognizer" in key:  # takes most of the time, see its own test
            continue
        asked_for = found.confirm(value, key, ()) if key in asked else ()
        ours = [m for m in asked_for if isinstance(m, Match)]
        assert [(m.start, m.end, m.evidence[0]) for m in ours] == direct(entry, text)


COUNT = int(os.environ.get("LEAKGATE_EQUIVALENCE", "300"))


def test_generated_strings_give_the_same_spans_and_scores() -> None:
    """All of presidio's pattern recognizers; LEAKGATE_EQUIVALENCE=10000 for the long form."""
    found, rng = everything(), random.Random(2026)
    entries = found._entries  # type: ignore[attr-defined]
    for _ in range(COUNT):
        parts = [rng.choice(PIECES) if rng.random() < 0.6 else shaped(rng) for _ in range(3)]
        text = " ".join(parts)
        asked, value = candidates(found, text), Value(text.encode(), "text")
        for key in asked if rng.random() < 0.9 else entries:
            entry = entries[key]
            if "PhoneRecognizer" in key:
                continue
            ours = [m for m in found.confirm(value, key, ()) if isinstance(m, Match)]
            assert [(m.start, m.end, m.evidence[0]) for m in ours] == direct(entry, text), key


def shaped(rng: random.Random) -> str:
    """Letters and digits in the shapes that identifiers have."""
    shapes = (
        "AA999999A",
        "999-99-9999",
        "99999999999",
        "A9999999",
        "99.999.999-9",
        "9999 9999 9999",
    )
    kinds = {"A": string.ascii_uppercase, "9": string.digits}
    return "".join(rng.choice(kinds.get(c, c)) for c in rng.choice(shapes))


words_of = lru_cache(50)(_presidio_run.words_of)


@cache
def pristine(kind: type[Any]) -> Any:
    return kind()


def direct(entry: Any, text: str) -> list[tuple[int, int, str]]:
    """What presidio does: analyze, enhance by context, remove duplicates."""
    from presidio_analyzer import EntityRecognizer
    from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer

    recognizer = pristine(type(entry.runner.recognizer))
    words = words_of(text, recognizer.supported_language)
    raw = recognizer.analyze(text, recognizer.supported_entities, words)
    results = LemmaContextAwareEnhancer().enhance_using_context(
        text, raw, words, [recognizer], ["text"]
    )
    kept = EntityRecognizer.remove_duplicates(results)
    return sorted((r.start, r.end, f"presidio score {r.score:.2f}") for r in kept)


def test_context_words_raise_the_score() -> None:
    found = detector(recognizers=["UsSsnRecognizer"], min_score=0.7)
    number = "521-" + "44-" + "9081"
    assert scan(f"the ssn is {number}", found=found)
    assert scan(number, "social_security", found)
    assert scan(f"part no {number}", found=found) == []


def test_a_long_value_keeps_its_context_and_offsets() -> None:
    number = tfn()
    text = "x " * 80_000 + f"tax file number {number} " + "y " * 80_000
    (match,) = scan(text)
    assert match.secret == number == text[match.start : match.end]


PHRASES = sorted({phrase for need in QUIET.values() for phrase in need})


@settings(max_examples=300, deadline=None)
@given(
    phrase=st.sampled_from(PHRASES),
    before=st.text(st.sampled_from("aZ9_ -.\u00e9\u212a"), max_size=2),
    after=st.sampled_from(["", "s", "S", "Id", "_x", " y", "sX", "\u00e9", "ss", "1"]),
    style=st.sampled_from([str.title, str.upper, str.lower, str.capitalize]),
    glue=st.sampled_from(["", " ", "_", "-", "  \n", "\u00a0"]),
)
def test_phrase_anchors_are_wide_enough(
    phrase: str, before: str, after: str, style: Any, glue: str
) -> None:
    import re2

    text = before + style(phrase).replace(" ", glue) + after
    if Phrases([phrase]).near(text):
        (expression,) = _of_phrase(phrase).expressions
        assert re2.search(expression, text)


def test_phrase_anchors_leave_longer_words_alone() -> None:
    import re2

    (expression,) = _of_phrase("fin").expressions
    texts = ["final", "define", "muffin", "a fin", "nric_fin", "userFin", "finId"]
    assert [bool(re2.search(expression, t)) for t in texts] == [False] * 3 + [True] * 4


# --- quiet on machine text


def telemetry(size: int) -> list[str]:
    """Window titles, URLs, log lines with identifiers, times and hashes: no person in them."""
    rng, rows, total = random.Random(11), [], 0
    while total < size:
        ident = str(uuid.UUID(int=rng.getrandbits(128)))
        row = rng.choice(
            [
                f"{1_700_000_000_000 + rng.randrange(10**10)} focus {ident}",
                f"https://app.example.com/v{rng.randrange(9)}/items/{rng.randrange(10**11)}?s={ident}",
                f"commit {rng.getrandbits(160):040x} by build-{rng.randrange(10**6)}",
                f"report_{rng.randrange(10**9):09}.xlsx - Excel (pid {rng.randrange(99999)})",
                f"finished span {rng.getrandbits(64):016x} in {rng.random():.6f} ms, PAN left",
                f"mouse {rng.randrange(3840)},{rng.randrange(2160)} t={rng.randrange(10**13)}",
                f"{base64ish(rng)} nie nif fin: {rng.randrange(10**8)}",
            ]
        )
        rows.append(row)
        total += len(row) + 1
    return rows


def base64ish(rng: random.Random) -> str:
    return "".join(rng.choices(string.ascii_letters + string.digits + "+/", k=44))


def test_the_quiet_set_is_quiet_on_telemetry() -> None:
    rows = telemetry(200_000)
    found = quiet()
    batch = TextBatch(pa.array(rows), ColumnPlaces(len(rows), 0, "/text", "text"))
    hits = [
        (match.rule.id, c.row)
        for c in matcher(found).candidates(batch)
        for match in found.confirm(Value(rows[c.row].encode(), "text"), c.key, c.hits)
        if isinstance(match, Match)
    ]
    assert len(hits) <= 0.2


# --- the traps


def test_nothing_goes_to_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    found = detector(recognizers=["EmailRecognizer"])
    (match,) = scan("mail jane.doe@example.co.uk now", found=found)
    assert match.secret == "jane.doe@example.co.uk"


def test_a_time_out_is_an_error_and_says_nothing_of_the_value() -> None:
    found = detector(recognizers=["EmailRecognizer"], timeout=0.0)
    with pytest.raises(UnreadableError) as caught:
        scan("jane@example.com " + "a." * 3000 + "!" * 50, found=found)
    assert caught.value.code == "detector.timeout"
    assert "jane" not in caught.value.diagnostics()


def test_its_log_is_cut_off(capfd: pytest.CaptureFixture[str]) -> None:
    found = detector(recognizers=["IbanRecognizer"], min_score=0.0)
    logging.getLogger("presidio-analyzer").error("Failed to validate text %s", "SECRETVALUE")
    scan("DE89370400440532013000 or XX00" + "\u0661" * 20, found=found)
    shown = capfd.readouterr()
    assert "SECRETVALUE" not in shown.err + shown.out


def test_importing_the_module_imports_nothing_heavy() -> None:
    code = (
        "import sys, scanner.detectors.presidio, scanner.detectors.detect_secrets, "
        "scanner.detectors.terms\n"
        "heavy = {'presidio_analyzer', 'spacy', 'tldextract', 'detect_secrets', 'requests'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- the user's own

CUSTOM = """
from presidio_analyzer import Pattern, PatternRecognizer, RecognizerResult

class BadgeRecognizer(PatternRecognizer):
    def __init__(self):
        super().__init__("STAFF_BADGE", patterns=[Pattern("badge", r"BDG-\\\\d{6}", 0.6)])

class OddRecognizer(BadgeRecognizer):
    def analyze(self, text, entities, nlp_artifacts=None, regex_flags=None):
        return [RecognizerResult("STAFF_BADGE", 0, 3, 0.9)] if text.startswith("odd") else []
"""

REGISTRY = """
supported_languages: [en]
global_regex_flags: 26
recognizers:
  - name: Zip code
    type: custom
    supported_entity: ZIP
    supported_languages: [{language: en, context: [zip]}]
    patterns: [{name: zip, regex: '(\\b\\d{5}(?:\\-\\d{4})?\\b)', score: 0.2}]
  - name: Ranks
    type: custom
    supported_entity: RANK
    deny_list: [Wing Commander, Group Captain]
    supported_languages: [en]
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "my_recognizers.py").write_text(CUSTOM.replace("\\\\", "\\"), "utf-8")
    (tmp_path / "registry.yaml").write_text(REGISTRY, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_a_class_of_the_users_own(own: Path) -> None:
    found = detector(recognizers=["my_recognizers:BadgeRecognizer"])
    (match,) = scan("see BDG-123456.", found=found)
    assert (match.rule.id, match.secret) == ("presidio-staff-badge", "BDG-123456")


def test_a_class_in_a_file(own: Path) -> None:
    named = {"recognizers": ["my_recognizers.py:BadgeRecognizer"]}
    found = plugin.build(DetectorContext(named, folder=str(own)))
    assert [m.secret for m in scan("see BDG-123456.", found=found)] == ["BDG-123456"]


def test_phone_numbers_are_those_of_presidio() -> None:
    found = detector(recognizers=["PhoneRecognizer"], min_score=0.0)
    assert [m.secret for m in scan("call 212-555-0123 now", found=found)] == ["212-555-0123"]


@pytest.mark.parametrize(
    "text",
    ["." * 4000, "a@" + "." * 4000, "1" * 65_536, "1:1:" * 16_384, "a." * 2000, "0.25," * 13_000],
    ids=["dots", "mail-dots", "digits", "colons", "names", "numbers"],
)
def test_no_line_takes_long(text: str) -> None:
    found, value = hurried(), Value(text.encode(), "text")
    begun, unsearched = time.process_time(), 0
    for key in found._entries:  # type: ignore[attr-defined]
        try:
            list(found.confirm(value, key, ()))
        except UnreadableError as error:
            assert error.code == "detector.timeout"
            unsearched += 1
    assert time.process_time() - begun < 0.5  # 0.05 by the budget; the rest is for busy machines
    assert unsearched < 200


def test_a_class_that_finds_by_itself_sees_every_value(own: Path) -> None:
    found = detector(recognizers=["my_recognizers:OddRecognizer"])
    assert [p.always for p in found.patterns()] == [True]
    assert [m.secret for m in scan("odd one", found=found)] == ["odd"]


def test_a_registry_file(own: Path) -> None:
    found = plugin.build(DetectorContext({"registry": "registry.yaml"}, folder=str(own)))
    assert {rule.id for rule in found.rules()} == {"presidio-zip", "presidio-rank"}
    assert [m.secret for m in scan("zip 90210, Wing Commander Ito", found=found)] == [
        *("Wing Commander", "90210")
    ]
    assert scan("room 90210", found=found) == []


def test_languages_keep_those_only() -> None:
    ids = {rule.id for rule in detector(languages=["pl", "it"]).rules()}
    assert ids == {"presidio-pl-pesel", "presidio-it-fiscal-code"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"recognizer": []}, "'recognizer' is no option"),
        ({"recognizers": ["NhsRecogniser"]}, "no pattern recognizer 'NhsRecogniser'"),
        ({"recognizers": "NhsRecognizer"}, "must be a list"),
        ({"recognizers": ["SpacyRecognizer"]}, "no pattern recognizer 'SpacyRecognizer'"),
        ({"recognizers": ["no/such.py:X"]}, "could not be loaded"),
        ({"recognizers": ["no_such_module:X"]}, "could not be loaded"),
        ({"recognizers": ["json:JSONDecoder"]}, "not a pattern recognizer"),
        ({"registry": "no/such.yaml"}, "no such file"),
        ({"min_score": "high"}, "must be a number"),
        ({"timeout": -1}, "must be a number"),
        ({"languages": "en"}, "must be a list"),
    ],
)
def test_wrong_options_are_usage_errors(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        detector(**options)
    assert says in caught.value.what


def test_a_broken_registry_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("recognizers: [{name: Zip, patterns: [{regex: '(('}]}]", "utf-8")
    with pytest.raises(UsageError) as caught:
        detector(registry=str(path))
    assert caught.value.where == str(path)
