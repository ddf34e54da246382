"""Provider rules on texts as people and programs write them."""

from __future__ import annotations

import pytest

from scanner import plugins
from scanner.detectors import Detector, DetectorContext, Match, Value
from scanner.model import Confidence
from scanner.rulepacks.examples import fill
from scanner.rulepacks.proofs import PROOFS


@pytest.fixture(scope="module")
def detector() -> Detector:
    built: Detector = plugins.load("detectors", "credentials").build(DetectorContext())
    return built


def matches(detector: Detector, text: str, label: str = "") -> list[Match]:
    value = Value(text.encode(), label)
    every = (r for p in detector.patterns() for r in detector.confirm(value, p.key, ()))
    return [r for r in every if isinstance(r, Match)]


def ids(detector: Detector, text: str, label: str = "") -> set[str]:
    return {m.rule.id for m in matches(detector, text, label)}


def test_a_github_checksum_lifts_confidence(detector: Detector) -> None:
    real, wrong = fill("<<github:ghp_>>", "s"), fill("ghp_<<alnum:36>>", "s")
    assert matches(detector, real)[0].confidence is Confidence.HIGH
    assert matches(detector, wrong)[0].confidence is Confidence.MEDIUM
    assert "github-crc32: checksum holds" in matches(detector, real)[0].evidence


def test_an_escaped_line_end_before_a_key_hides_nothing(detector: Detector) -> None:
    key = fill("AKIA<<base32:16>>", "s")
    for lead in ("\\n", "\n", "\\u0022", "%3D", "\x1b[31m", "key="):
        assert "aws-access-key-id" in ids(detector, lead + key)


def test_documentation_keys_stay_visible_at_low_confidence(detector: Detector) -> None:
    [match] = matches(detector, "AKIA" + "IOSFODNN7EXAMPLE")
    assert match.confidence is Confidence.LOW
    assert "placeholder" in match.evidence


def test_one_key_in_two_forms_is_one_secret(detector: Detector) -> None:
    block = fill("<<pem:RSA PRIVATE KEY>>", "s")
    plain = [m for m in matches(detector, block) if m.rule.id == "private-key"]
    escaped = block.replace("\n", "\\n")
    in_code = [m for m in matches(detector, f'"{escaped}"') if m.rule.id == "private-key"]
    assert len(plain) == len(in_code) == 1
    assert plain[0].normal == in_code[0].normal
    assert plain[0].secret == block and in_code[0].secret == escaped


def test_a_key_without_its_end_is_still_found(detector: Detector) -> None:
    block = fill("<<pem:EC PRIVATE KEY>>", "s")
    cut = block[: len(block) // 2]
    assert "private-key-cut" in ids(detector, cut)
    assert "private-key" not in ids(detector, cut)
    assert not ids(detector, fill("<<pem:PUBLIC KEY>>", "s"))


def test_the_span_is_the_secret_alone(detector: Detector) -> None:
    url = "postgres://app:Quietfox42!x@db.internal:5432/app"
    best = max(matches(detector, f"see {url} now"), key=lambda m: m.priority)
    assert best.secret == "Quietfox42!x"
    assert f"see {url} now"[best.start : best.end] == best.secret


def test_seven_tokens_are_seven(detector: Detector) -> None:
    tokens = [fill("<<github:ghp_>>", str(i)) for i in range(7)]
    found = matches(detector, ",".join(tokens))
    assert [m.secret for m in found] == tokens
    assert len({m.normal for m in found}) == 7


@pytest.mark.parametrize(
    "text",
    [
        "commit 4b825dc642cb6eb9a060e54bf8d69288fbee4904 in aws-sdk-go",
        "sha512-" + "q7Zt9XvB2mKp4LwR8sNd" * 4 + "q7Zt9X==",
        "Authorization: Bearer ${TOKEN}",
        "https://github.com/user/repo@v1.2.3",
        "postgres://localhost:5432/db",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
        "Basic training and bearer of good news",
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7" + "q7Zt9XvB2mKp4LwR8sNd" * 8,
    ],
)
def test_what_is_no_credential_is_left_alone(detector: Detector, text: str) -> None:
    assert ids(detector, text) == set()


def test_the_account_number_is_read_from_the_key_id() -> None:
    # The worked example of the article that described the encoding.
    assert PROOFS["aws-account"]("ASIA" + "Y34FZKBOKMUTVV7A") == "AWS account 609629065308"


def test_a_token_that_only_looks_like_a_jwt_is_refused(detector: Detector) -> None:
    assert "jwt" in ids(detector, fill("<<jwt>>", "s"))
    assert "jwt" not in ids(detector, fill("eyJ<<alnum:30>>.eyJ<<alnum:30>>.<<alnum:43>>", "s"))
