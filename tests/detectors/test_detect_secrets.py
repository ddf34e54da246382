"""detect-secrets' plug-ins behind the matcher: spans are ours, traps are avoided."""

from __future__ import annotations

import base64
import json
import random
import string
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from scanner.batch import ColumnPlaces, TextBatch
from scanner.detectors import Detector, DetectorContext, Match, Value
from scanner.detectors.detect_secrets import plugin
from scanner.errors import UsageError
from scanner.matcher import Matcher

ALNUM = string.ascii_letters + string.digits


def made(length: int, alphabet: str = ALNUM, seed: int = 7) -> str:
    return "".join(random.Random(seed).choices(alphabet, k=length))


def part(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


JWT = f"{part({'alg': 'HS256'})}.{part({'sub': '1'})}.{made(43)}"
HEX = "0123456789abcdef"
# rule id, secret, text before it, text behind it
SECRETS = [
    ("aws-access-key", "AKIA" + made(16, string.ascii_uppercase + "234567"), "id=", " "),
    ("aws-access-key", made(40), "aws_secret_key = '", "'"),
    ("azure-storage-account-access-key", "AccountKey=" + made(86) + "==", "x;", ";y"),
    ("basic-auth-credentials", made(12), "https://user:", "@db.example.com/x"),
    ("cloudant-credentials", made(64, HEX), "https://acc:", "@acc.cloudant.com"),
    ("discord-bot-token", f"M{made(23)}.{made(6)}.{made(27)}", "token ", ""),
    ("github-token", "ghp" + "_" + made(36), "the token ", ", keep it"),
    ("github-token", "ghs" + "_" + made(36, seed=8), "\u00e9\u20ac ", "\n"),
    ("gitlab-token", "glpat" + "-" + made(20), "", ""),
    ("gitlab-token", "glcbt" + "-ab_" + made(20), " ", " "),
    ("ibm-cos-hmac-credentials", made(48, HEX), "cos_hmac_secret_access_key: '", "'"),
    ("json-web-token", JWT, "Bearer ", ""),
    ("mailchimp-access-key", made(32, HEX) + "-us12", "", ""),
    ("npm-tokens", "npm_" + made(36), "//registry.npmjs.org/:_authToken=", ""),
    ("openai-token", "sk-" + made(20) + "T3" + "BlbkFJ" + made(20), "k:", ""),
    ("pypi-token", "pypi-" + "AgEIcHlwaS5vcmc" + made(80), "", ""),
    ("sendgrid-api-key", f"SG.{made(22)}.{made(43)}", "", ""),
    ("slack-token", "xox" + f"b-{made(12, string.digits)}-{made(24)}", "", ""),
    ("softlayer-credentials", made(64, HEX), "softlayer_api_key = ", ""),
    ("square-oauth-secret", "sq0csp-" + made(43), "", ""),
    ("stripe-access-key", "sk" + "_live_" + made(24), "", ""),
    ("telegram-bot-token", f"{made(9, '123456789')}:{made(35)}", "", ""),
    ("twilio-api-key", "SK" + made(32, HEX), "", ""),
]


def detector(**options: Any) -> Detector:
    return plugin.build(DetectorContext(options))


@cache
def default() -> Detector:
    return detector()


@cache
def matcher(found: Detector) -> Matcher:
    return Matcher({"ds": found})


def candidates(found: Detector, text: str) -> set[str]:
    """The keys the real matcher makes this value a candidate for."""
    batch = TextBatch(pa.array(["", text]), ColumnPlaces(2, 0, "/text", "text"))
    return {c.key for c in matcher(found).candidates(batch) if c.row == 1}


def scan(text: str, found: Detector | None = None) -> list[Match]:
    found = found or default()
    value = Value(text.encode())
    hits = [m for key in candidates(found, text) for m in found.confirm(value, key, ())]
    return [m for m in hits if isinstance(m, Match)]


@pytest.mark.parametrize(("rule", "secret", "before", "after"), SECRETS)
def test_every_precise_plugin_with_exact_span(
    rule: str, secret: str, before: str, after: str
) -> None:
    matches = scan(f"{before}{secret}{after}")
    spans = {(m.rule.id, m.start, m.end) for m in matches}
    assert (f"detect-secrets-{rule}", len(before), len(before) + len(secret)) in spans
    assert all(m.secret == f"{before}{secret}{after}"[m.start : m.end] for m in matches)


def test_every_default_plugin_is_tried_above() -> None:
    tried = {f"detect-secrets-{rule}" for rule, *_ in SECRETS} | {"detect-secrets-private-key"}
    assert {rule.id for rule in detector().rules()} == tried


def test_seven_tokens_are_seven_secrets() -> None:
    tokens = ["ghp" + "_" + made(36, seed=i) for i in range(7)]
    matches = scan(" ".join(tokens))
    assert [m.secret for m in sorted(matches, key=lambda m: m.start)] == tokens
    assert len({(m.family, m.normal) for m in matches}) == 7


@pytest.mark.parametrize(
    "noise",
    [
        "x = foo(1) ",
        "onerror=alert(1) ",
        "pragma: allowlist secret ",
        "# noqa kingfisher:ignore ",
        "<!-- leakgate:ignore --> ",
    ],
)
def test_the_data_cannot_switch_it_off(noise: str) -> None:
    token = "ghp" + "_" + made(36)
    assert [m.secret for m in scan(noise + token + " " + noise)] == [token]


def pem(kind: str, newline: str, seed: int = 1) -> str:
    body = newline.join(made(64, seed=seed + i) for i in range(4))
    return f"-----BEGIN {kind}-----{newline}{body}{newline}-----END {kind}-----"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\\n"])
def test_a_private_key_is_the_whole_block(newline: str) -> None:
    block = pem("RSA " + "PRIVATE KEY", newline)
    (match,) = scan(f"cert: {block} and more")
    assert match.secret == block


def test_two_keys_in_one_value_and_a_torn_one() -> None:
    one, two = pem("EC " + "PRIVATE KEY", "\n"), pem("PRIVATE " + "KEY", "\n", seed=5)
    torn = two.partition("-----END")[0].strip()
    assert [m.secret for m in scan(f"{one}\n{two}\n{torn}")] == [one, two, torn]


def test_a_jwt_needs_json_inside() -> None:
    broken = JWT.replace(part({"sub": "1"}), "bm90IGpzb24")
    assert scan(f"a {broken}") == []
    assert scan(f"a {JWT} b {JWT}")[1].start == len(JWT) + 5


def test_our_own_rules_win() -> None:
    assert all(m.priority < 0 for m in scan("ghp" + "_" + made(36)))


def test_plain_text_gives_nothing() -> None:
    rng = random.Random(3)
    rows = [f"{rng.getrandbits(128):032x} {rng.random()} GET /v1/u?id={i}" for i in range(400)]
    assert scan("\n".join(rows)) == []


def test_entropy_and_keywords_on_request() -> None:
    text = f'password = "{made(24)}" and "{made(30, HEX)}" but "0000000000000000"'
    assert scan(text) == []
    weak = detector(plugins=["KeywordDetector", {"name": "HexHighEntropyString", "limit": 3.0}])
    found = {(m.rule.id, m.secret) for m in scan(text, weak)}
    assert ("detect-secrets-secret-keyword", made(24)) in found
    assert ("detect-secrets-hex-high-entropy-string", made(30, HEX)) in found
    assert not any("0000" in secret for _, secret in found)
    assert all(m.confidence == "low" for m in scan(text, weak))


def test_all_of_them_build_and_agree_with_their_own_analysis() -> None:
    every = detector(plugins="all")
    assert len(every.rules()) > 25
    found = {m.rule.id for m in scan("host 203.0.113.77 up", every)}
    assert found == {"detect-secrets-public-ip-ipv4"}


CUSTOM = """
import re
from detect_secrets.plugins.base import RegexBasedDetector

class AcmeDetector(RegexBasedDetector):
    '''Acme's own tokens.'''
    secret_type = 'Acme Token'
    denylist = [re.compile(r'acme-([a-z]{12})(?!\\\\w)')]

class OddDetector(RegexBasedDetector):
    secret_type = 'Odd'
    denylist = []
    def analyze_string(self, string):
        yield from (word for word in string.split() if word.startswith('odd:'))
"""


@pytest.fixture
def custom(tmp_path: Path) -> Path:
    path = tmp_path / "acme_plugins.py"
    path.write_text(CUSTOM, "utf-8")
    return path


def test_third_party_plugins_from_a_file(custom: Path) -> None:
    context = DetectorContext({"plugins": [], "custom": [custom.name]}, folder=str(custom.parent))
    found = plugin.build(context)
    text = "x acme-abcdefghijkl odd:thing acme-abcdefghijklm"
    assert {m.secret for m in scan(text, found)} == {"abcdefghijkl", "odd:thing"}
    assert [p.key for p in found.patterns() if p.always] == ["detect-secrets-odd"]


def test_third_party_plugin_from_a_module(custom: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(custom.parent))
    found = detector(plugins=[], custom=["acme_plugins:AcmeDetector"])
    assert [rule.id for rule in found.rules()] == ["detect-secrets-acme-token"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"plugin": []}, "'plugin' is no option"),
        ({"plugins": ["GithubTokenDetector"]}, "no plug-in 'GithubTokenDetector'"),
        ({"plugins": "GitHubTokenDetector"}, "must be a list"),
        ({"plugins": [{"name": "HexHighEntropyString", "limit": 99}]}, "cannot be built"),
        ({"plugins": [{"name": "SlackDetector", "nope": 1}]}, "cannot be built"),
        ({"custom": ["no/such.py"]}, "no such file"),
        ({"custom": ["no_such_module:X"]}, "could not be loaded"),
        ({"custom": ["detect_secrets.plugins.slack:Nope"]}, "no detect-secrets plug-in 'Nope'"),
        ({"custom": ["json"]}, "nothing in it"),
    ],
)
def test_wrong_options_are_usage_errors(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        detector(**options)
    assert says in caught.value.what
    assert caught.value.hint


def test_a_custom_file_that_fails_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text("raise RuntimeError('boom')", "utf-8")
    with pytest.raises(UsageError) as caught:
        detector(custom=[str(path)])
    assert "RuntimeError" in caught.value.what
    assert caught.value.where == str(path)
