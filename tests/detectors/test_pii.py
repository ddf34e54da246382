# ruff: noqa: RUF001 - text in its own script
"""Personal data with a fixed form: what is found, what stays quiet."""

from __future__ import annotations

import random
import uuid

import pytest
from e2e_scanner import whole

from scanner import plugins
from scanner.batch import EachPlace, Place, TextBatch, text_array
from scanner.detectors import Detector, DetectorContext, Match, Value
from scanner.errors import UsageError
from scanner.model import Confidence, Part
from scanner.rulepacks.examples import fill
from scanner.rulepacks.proofs import PROOFS
from scanner.rulepacks.proofs_phone import _plainly_valid


@pytest.fixture(scope="module")
def detector() -> Detector:
    built: Detector = plugins.load("detectors", "pii").build(DetectorContext())
    return built


def matches(
    detector: Detector, text: str, label: str = "", part: Part = Part.VALUE
) -> dict[str, Match]:
    value = Value(text.encode(), label, part)
    every = (r for p in detector.patterns() for r in detector.confirm(value, p.key, ()))
    return {r.rule.id: r for r in every if isinstance(r, Match)}


@pytest.mark.parametrize(
    ("text", "secret", "confidence"),
    [
        ("mail jane@corp.internal please", "jane@corp.internal", Confidence.HIGH),
        ("jane.roe+x@acme.example,", "jane.roe+x@acme.example", Confidence.MEDIUM),
        ("bob@team.test", "bob@team.test", Confidence.MEDIUM),
        ("bob@example.com", "bob@example.com", Confidence.LOW),
        ("a@docs.example.org", "a@docs.example.org", Confidence.LOW),
        ("请联系jane@acme.io谢谢", "jane@acme.io", Confidence.MEDIUM),
        ("Jane@Acme.IO.", "Jane@Acme.IO", Confidence.MEDIUM),
        (r"x\njane@acme.io", "jane@acme.io", Confidence.MEDIUM),
    ],
)
def test_email(detector: Detector, text: str, secret: str, confidence: Confidence) -> None:
    match = matches(detector, text)["email-address"]
    assert (match.secret, match.confidence) == (secret, confidence)
    assert text[match.start : match.end] == secret
    assert match.normal == secret.lower()


def test_a_card_in_three_forms_is_one_card(detector: Detector) -> None:
    digits = fill("<<card:4/16>>", "c")
    groups = [digits[i : i + 4] for i in range(0, 16, 4)]
    forms = [digits, " ".join(groups), "-".join(groups)]
    found = [matches(detector, f"card {form}, exp 12/27")["payment-card"] for form in forms]
    assert {m.normal for m in found} == {digits}
    assert all(m.confidence is Confidence.HIGH for m in found)


def test_a_card_with_one_wrong_digit_is_no_card(detector: Detector) -> None:
    digits = fill("<<card:4/16>>", "c")
    wrong = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    assert matches(detector, f"card {wrong}") == {}


def test_numbers_count_only_under_a_name_that_agrees(detector: Detector) -> None:
    digits = fill("<<card:52/16>>", "c")
    assert "payment-card" in matches(detector, digits, "card_number", Part.NUMBER)
    assert matches(detector, digits, "amount_us", Part.NUMBER) == {}
    assert "us-ssn-plain" in matches(detector, "536228741", "ssn", Part.NUMBER)
    assert matches(detector, "536228741", "row", Part.NUMBER) == {}


def test_phone_in_national_form_needs_context(detector: Detector) -> None:
    assert matches(detector, "501 246 837") == {}
    assert "phone-grouped" in matches(detector, "020 624 1111")
    assert "phone-national" in matches(detector, "mijn telefoonnummer is 020 624 1111")
    assert "phone-national" in matches(detector, "020 624 1111", "homePhone")
    assert "phone-north-america" in matches(detector, "212-736-5000")
    assert "phone-international" in matches(detector, "+44 20 7946 0958")


def test_phone_regions_are_an_option() -> None:
    factory = plugins.load("detectors", "pii")
    french = factory.build(DetectorContext(options={"phone_regions": ["FR"]}))
    assert "phone-national" in matches(french, "tél, mobile: 06 12 34 56 78")
    assert "phone-national" not in matches(french, "phone 2127365000")
    for wrong in ("US", [], ["usa"], [1], None):
        with pytest.raises(UsageError, match="phone_regions"):
            factory.build(DetectorContext(options={"phone_regions": wrong}))


def test_public_and_private_addresses_are_told_apart(detector: Detector) -> None:
    assert set(matches(detector, "from 81.2.69.142 to 10.1.2.3")) == {
        "ip-address-public",
        "ip-address-private",
    }
    assert matches(detector, "127.0.0.1 0.0.0.0 169.254.1.1 224.0.0.251 255.255.255.255") == {}
    assert set(matches(detector, "2a02:810a:8240:1d0::7c1f")) == {"ipv6-address-public"}


@pytest.mark.parametrize(
    ("proof", "good", "bad"),
    [
        ("iban", "GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 33"),
        ("iban", "NO9386011117947", "NO93860111179470"),
        ("nhs", "943 476 5919", "943 476 5918"),
        ("steuer-id", "86095742719", "86095742718"),
        ("bech32", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
         "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"),
        ("base58check", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3"),
        ("luhn", "79927398713", "79927398710"),
        ("ssn", "536-22-8741", "900-22-8741"),
        ("nino", "AB123456C", "GB123456C"),
        ("phone", "+442079460958", "+442079460"),
        ("ip-public", "81.2.69.142", "192.168.1.1"),
        ("date-of-birth", "1984-03-17", "1784-03-17"),
        ("mac", "3c:22:fb:9a:41:0e", "ff:ff:ff:ff:ff:ff"),
        ("email", "a@b.co", "a@b..co"),
    ],
)  # fmt: skip
def test_proofs_on_published_vectors(proof: str, good: str, bad: str) -> None:
    assert PROOFS[proof](good) is not None
    assert PROOFS[proof](bad) is None


def noise(seed: int) -> list[str]:
    """Lines as logs and telemetry hold them, without any personal data."""
    rng = random.Random(seed)
    stamp = 1_763_690_000
    return [
        str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        f"{rng.getrandbits(160):040x} {rng.getrandbits(256):064x} {rng.getrandbits(64):016x}",
        f"{stamp + rng.randrange(10**6)} {stamp * 1000 + rng.randrange(10**9)}",
        f"ts={stamp * 10**6 + rng.randrange(10**12)} ns={stamp * 10**9 + rng.randrange(10**15)}",
        f"v{rng.randrange(30)}.{rng.randrange(30)}.{rng.randrange(300)}.{rng.randrange(99)}",
        f"Chrome/{rng.randrange(90, 140)}.0.{rng.randrange(9999)}.{rng.randrange(250)} Safari",
        f"x={rng.random() * 4000:.13f}, y={rng.random():.17f}",
        f"2026-11-{rng.randrange(1, 31):02d}T10:{rng.randrange(60):02d}:59.{rng.randrange(10**6)}Z",
        f"req {rng.getrandbits(64)} trace_id={rng.getrandbits(128):032x} order {10**15 + seed}",
        f"[{', '.join(f'{rng.gauss(0, 1):.6f}' for _ in range(12))}]",
        f"/var/lib/{rng.randrange(10**12)}/part-{rng.randrange(10**5):05d}-{uuid.UUID(int=rng.getrandbits(128))}.parquet",
    ]  # fmt: skip


def test_machine_text_stays_quiet(detector: Detector) -> None:
    lines = [line for seed in range(150) for line in noise(seed)]
    batch = TextBatch(text_array(lines), EachPlace([Place()] * len(lines)))
    asked = [c for c in whole().matcher.candidates(batch) if c.detector == "pii"]
    assert len(asked) > 300  # what no anchor stands in need not be asked: see the contract tests
    alarms = [
        (one.rule.id, lines[c.row])
        for c in asked
        for one in detector.confirm(Value(lines[c.row].encode()), c.key, c.hits)
        if isinstance(one, Match)
    ]
    assert alarms == []


@pytest.mark.parametrize(
    ("proof", "good", "bad"),
    [
        ("bitcoin", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLz"),
        ("bitcoin", "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfm"),
        ("bech32", "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr",
         "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcq"),
        ("eip55", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
         "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d35A"),
        ("cryptonote", "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2"
         "VBBEt7f2wfn3RVGQBEP3A", "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsa"
         "BYBb98uNbr2VBBEt7f2wfn3RVGQBEP3B"),
        ("ripple", "rEb8TK3gBgk5auZkwc6sHnwrGVJH8DuaLh", "rEb8TK3gBgk5auZkwc6sHnwrGVJH8DuaLj"),
        ("fr-rib", "20041010050500013M02606", "20041010050500013M02607"),
        ("date-of-birth", "17-Mar-84", "19841332"),
        ("ipv6-private", "fe80::1c2f:3bff:fe4d:5e6f%en0", "2a02::1"),
    ],
)  # fmt: skip
def test_checksums_on_published_vectors(proof: str, good: str, bad: str) -> None:
    assert PROOFS[proof](good) is not None
    assert PROOFS[proof](bad) is None


@pytest.mark.parametrize(
    ("text", "rule", "secret"),
    [
        ("שלום, הטלפון שלי: טלפון 050-123-4567 תודה", "phone-national", "050-123-4567"),
        ("اتصل بي على هاتف 0501234567 شكرا", "phone-national", "0501234567"),
        ("\u202bטלפון: 03-123-4567\u202c", "phone-national", "03-123-4567"),
        ("תאריך לידה: 17.03.1984, חיפה", "date-of-birth", "17.03.1984"),
        ("تاريخ الميلاد: 17/03/1984", "date-of-birth", "17/03/1984"),
        ("البريد sara@acme.io أو", "email-address", "sara@acme.io"),
        (
            "\u200fחשבון \u200eGB82 WEST 1234 5698 7654 32\u200f",
            "iban",
            "GB82 WEST 1234 5698 7654 32",
        ),
        ("رقم الجواز A5234617 صالح", "passport-number", "A5234617"),
        ("e\u0301\u0301 81.2.69.142 \U0001f600", "ip-address-public", "81.2.69.142"),
    ],
)
def test_text_from_right_to_left_and_marks_are_located(
    detector: Detector, text: str, rule: str, secret: str
) -> None:
    match = matches(detector, text)[rule]
    assert text[match.start : match.end] == match.secret == secret


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("ts=1763690000 level=info phone=+14155552671", {"phone-international"}),
        ("amount=2127365000 phone=2127365001", {"phone-national"}),
        ("account ok, id=536228741 ssn=", set()),
    ],
)
def test_a_number_with_a_key_of_its_own_is_what_that_says(
    detector: Detector, text: str, rules: set[str]
) -> None:
    found = matches(detector, text)
    assert {r for r in found if not r.endswith("-grouped")} == rules
    assert all(not m.secret.startswith(("1763", "2127365000")) for m in found.values())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("account number: 70872490", {"bank-account"}),
        ("account number (2024 statement): 70872490", {"bank-account"}),
        ("Account Number 2024 statement total (764885)", set()),
        ("ssn column loaded 413915992 rows", set()),
        ("SSN 219-09-5177, passport no. 548820117", {"us-ssn", "us-passport"}),
        ("medical record export, job 88213907", set()),
    ],
)
def test_a_word_is_about_the_next_number_and_no_further(
    detector: Detector, text: str, found: set[str]
) -> None:
    asked = ("bank-account", "us-ssn", "us-ssn-plain", "us-passport", "us-medical-record")
    assert {rule for rule in matches(detector, text) if rule in asked} == found


def test_numbers_of_plain_plans_are_those_of_the_library() -> None:
    """Whatever is held valid without a parse is so for the library as well."""
    import phonenumbers

    rng, wrong = random.Random(8), []
    for region in ("US", "GB", "DE", "FR", "IT", "PL", "IN", "ZA"):
        for _ in range(40):
            head = rng.choice(("", "0", "1", "07", "8"))
            text = head + "".join(rng.choices("0123456789", k=rng.randrange(8, 11)))
            held = _plainly_valid(text, (region,))
            if held and not phonenumbers.is_valid_number(phonenumbers.parse(text, region)):
                wrong.append((region, text))
    assert wrong == []
