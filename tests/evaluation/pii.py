"""Precision and recall of the pii detector on made-up text, and its false alarms on machine text.

    python tests/evaluation/pii.py                 # the tables of docs/pii.md
    python tests/evaluation/pii.py --presidio      # presidio's own patterns in the same run
    python tests/evaluation/pii.py --noise PATH... # false alarms per MB on files of your own

Every text is made by seed: templates of chat, prompts, mail, forms, logs, JSON and code with
values of Faker's locales, and texts with look-alikes that are none.  A finding is right when
it overlaps a value of its type, wrong when it overlaps none; a value is found when a finding
of its type overlaps it.
"""

from __future__ import annotations

import random
import sys
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from faker import Faker

from scanner import plugins
from scanner.detectors import Detector, DetectorContext, Match, Value
from scanner.rulepacks.examples import fill

LOCALES = (
    "en_US", "en_GB", "en_CA", "en_AU", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL",
    "sv_SE", "pt_BR", "pt_PT", "de_AT", "es_MX", "da_DK", "no_NO", "ja_JP",
)  # fmt: skip
WESTERN = LOCALES[:-1]

# Which rules answer for a type: by the family of the rule.
FAMILIES = {
    "EMAIL": {"email"}, "PHONE": {"phone"}, "CARD": {"card"}, "IBAN": {"iban"},
    "SSN": {"us-ssn"}, "IP": {"ip"}, "URL": {"url"}, "ADDRESS": {"address"},
    "BIRTH": {"date-of-birth"}, "CRYPTO": {"crypto-address"}, "MAC": {"mac"},
}  # fmt: skip
# Rules whose false alarms hurt: what blocks a run by the built-in policy.
HIGH_RISK = {"high", "critical"}

CARRIERS = {
    "EMAIL": ("Please write to {} about it.", "From: Ana <{}>", '{{"user": "{}"}}', "cc {}, thanks",
              "user={} action=login ok", "contact = '{}'", "mailto:{}?subject=Hi", "{}"),
    "PHONE": ("Call me at {} after six.", "My phone number is {}.", "Tel: {}", "mobile {}",
              '{{"phone": "{}"}}', "You can reach me on my cell {} today", "Fax: {} (office)",
              "text me: {}", "phone={} status=verified", "Telefon: {}", "Téléphone : {}"),
    "CARD": ("charge card {} please", "{} exp 12/27", '{{"card_number": "{}"}}', "cc: {}",
             "My Visa is {}, is that ok?", "paid with {}"),
    "IBAN": ("Transfer to {} by Friday", "IBAN: {}", '{{"iban": "{}"}}', "konto {}", "{}"),
    "SSN": ("My SSN is {}.", "ssn: {}", '{{"ssn": "{}"}}', "social security number {}", "SSN={}"),
    "IP": ("login from {} failed", "client {} connected", '{{"ip": "{}"}}', "http://{}:8080/x",
           "{} - - [21/Nov/2026:10:00:00 +0000] GET /"),
    "URL": ("see {} for more", "open {} now", '{{"url": "{}"}}', "[link]({})"),
    "ADDRESS": ("I live at {}.", "Ship it to {} please", "Address: {}", '{{"address": "{}"}}',
                "our office moved to {}", "billing address {}"),
    "BIRTH": ("born on {}", "DOB: {}", "date of birth: {}", '{{"birthdate": "{}"}}'),
    "CRYPTO": ("send it to {}", "wallet {}", '{{"btc": "{}"}}'),
    "MAC": ("wlan0 ether {} txq", "device {} joined"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    text: str
    kind: str = ""  # type of the value in it, "" when there is none
    start: int = 0
    end: int = 0


@dataclass
class Score:
    found: int = 0
    planted: int = 0
    right: int = 0
    wrong: int = 0

    @property
    def recall(self) -> float:
        return self.found / self.planted if self.planted else 1.0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0


def samples(seed: int = 7, each: int = 120) -> Iterator[Sample]:
    """`each` texts of every type, and as many look-alikes."""
    rng = random.Random(seed)
    fakers = {name: Faker(name) for name in LOCALES}
    for number, fake in enumerate(fakers.values()):
        fake.seed_instance(seed * 1000 + number)
    for kind, makers in _makers(fakers, rng).items():
        for number in range(each):
            value = makers[number % len(makers)]()
            carrier = CARRIERS[kind][rng.randrange(len(CARRIERS[kind]))]
            head, _, tail = carrier.replace("{{", "\0").replace("}}", "\1").partition("{}")
            head, tail = (part.replace("\0", "{").replace("\1", "}") for part in (head, tail))
            yield Sample(head + value + tail, kind, len(head), len(head) + len(value))
    yield from (Sample(text) for text in look_alikes(rng, each))


def _makers(fakers: dict[str, Faker], rng: random.Random) -> dict[str, list[Callable[[], str]]]:
    western = [fakers[name] for name in WESTERN]
    us = fakers["en_US"]
    filled = lambda what: lambda: fill(what, str(rng.random()))  # noqa: E731
    return {
        "EMAIL": [f.email for f in western] + [lambda: f"{us.user_name()}@corp.internal"],
        "PHONE": [f.phone_number for f in fakers.values()],
        "CARD": [filled(f"<<card:{c}>>") for c in ("4/16", "52/16", "37/15", "6011/16", "3530/16")]
        + [lambda: _grouped(fill("<<card:4/16>>", str(rng.random())), rng)],
        "IBAN": [fakers[n].iban for n in ("de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL")],
        "SSN": [us.ssn, lambda: us.ssn().replace("-", " "), lambda: us.ssn().replace("-", "")],
        "IP": [us.ipv4_public, us.ipv4_private, us.ipv6],
        "URL": [us.url, us.uri, lambda: "https://" + us.domain_name() + "/a?b=1"],
        "ADDRESS": [f.address for f in western],
        "BIRTH": [us.date, lambda: us.date("%d.%m.%Y"), lambda: us.date("%B %d, %Y")],
        "CRYPTO": [filled("<<bitcoin>>"), lambda: "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"],
        "MAC": [lambda: ":".join(["3c", *(f"{rng.randrange(256):02x}" for _ in range(5))])],
    }


def _grouped(digits: str, rng: random.Random) -> str:
    between = rng.choice(" -")
    return between.join(digits[i : i + 4] for i in range(0, 16, 4))


def look_alikes(rng: random.Random, count: int) -> Iterator[str]:
    """Texts that hold nothing personal: each line is of another kind of machine text."""
    for _ in range(count):
        yield from machine_lines(rng)
        number = rng.randrange(10**9, 10**10)
        yield f"order {number} shipped, tracking 1Z{rng.getrandbits(48):012X}"
        yield f"version {rng.randrange(20)}.{rng.randrange(40)}.{rng.randrange(9)}-rc1"
        yield f"npm i @scope/pkg@{rng.randrange(9)}.{rng.randrange(9)}.1"
        yield f"ISBN 978-{rng.randrange(10)}-{rng.randrange(10**4):04d}-{rng.randrange(9999)}-1"
        yield f"invoice {rng.randrange(100, 999)}-{rng.randrange(10, 99)}-{rng.randrange(10**5)}"
        yield f"{rng.randrange(3, 99)} New Messages and {rng.randrange(9)} Open Issues in View"


def machine_lines(rng: random.Random) -> Iterator[str]:
    """One line each of what must stay silent: times, ids, digests, versions, numbers, titles."""
    stamp = 1_763_690_000 + rng.randrange(10**6)
    digest = f"{rng.getrandbits(256):064x}"
    yield str(uuid.UUID(int=rng.getrandbits(128), version=4))
    yield f"{digest[:40]} {digest} {digest[:32]}"
    yield f"{stamp} {stamp * 1000 + rng.randrange(1000)} {stamp * 10**6} {stamp * 10**9}"
    yield f"2026-11-{rng.randrange(10, 29)}T10:{rng.randrange(60):02d}:59.{rng.randrange(10**6)}Z"
    yield f"x={rng.random() * 4000:.13f}, y={rng.random():.17f}, w=1920 h=1080"
    yield f"Chrome/{rng.randrange(90, 140)}.0.{rng.randrange(9999)}.{rng.randrange(250)} Safari"
    yield f"req {rng.getrandbits(64)} trace_id={rng.getrandbits(128):032x}"
    yield "[" + ", ".join(f"{rng.gauss(0, 1):.6f}" for _ in range(12)) + "]"
    yield f"/var/lib/{rng.randrange(10**12)}/part-{rng.randrange(10**5):05d}.parquet"
    yield f"commit {digest[:40]}"
    yield f"Q{rng.randrange(1, 5)} Report {rng.randrange(2019, 2030)}.xlsx - Excel"


def detector() -> Detector:
    """The pii detector with every optional rule on."""
    context = DetectorContext(options={"enabled": ["web-address"]}, proven=True)
    built: Detector = plugins.load("detectors", "pii").build(context)
    return built


Spans = list[tuple[str, str, int, int]]  # family, severity, start, end


def ours(built: Detector) -> Callable[[str], Spans]:
    """Every match of every rule, without the matcher: what could be found at all."""
    keys = [pattern.key for pattern in built.patterns()]

    def spans(text: str) -> Spans:
        value = Value(text.encode())
        found = (m for key in keys for m in built.confirm(value, key, ()))
        return [(m.family, m.severity.value, m.start, m.end) for m in found if isinstance(m, Match)]

    return spans


def scored(texts: Iterable[Sample], spans: Callable[[str], Spans]) -> dict[str, Score]:
    """Precision and recall by type; a finding of any family on the value's place is right."""
    scores: dict[str, Score] = defaultdict(Score)
    kinds = {family: kind for kind, families in FAMILIES.items() for family in families}
    for sample in texts:
        found = [(kinds[f], a, b) for f, _, a, b in spans(sample.text) if f in kinds]
        if sample.kind:
            hit = [k for k, a, b in found if a < sample.end and b > sample.start]
            scores[sample.kind].planted += 1
            scores[sample.kind].found += sample.kind in hit
        for kind, start, end in found:
            right = kind == sample.kind and start < sample.end and end > sample.start
            scores[kind].right += right
            # An e-mail in a URL, an address in a URL's host: two true things in one place.
            carried = sample.kind in ("URL", "EMAIL", "IP") and kind in ("URL", "EMAIL", "IP")
            scores[kind].wrong += not right and not carried
    return dict(scores)


def alarms(lines: Iterable[str], spans: Callable[[str], Spans]) -> tuple[float, Counter[str]]:
    """Findings of high risk per MB of text that holds nothing personal, and by family."""
    size, found = 0, Counter[str]()
    for line in lines:
        size += len(line.encode()) + 1
        found.update(f for f, severity, _, _ in spans(line) if severity in HIGH_RISK)
    return sum(found.values()) / max(1, size) * 1e6, found


# What presidio calls the same types.
PRESIDIO = {
    "EMAIL_ADDRESS": "email", "PHONE_NUMBER": "phone", "CREDIT_CARD": "card", "IBAN_CODE": "iban",
    "US_SSN": "us-ssn", "IP_ADDRESS": "ip", "URL": "url", "LOCATION": "address",
    "CRYPTO": "crypto-address", "MAC_ADDRESS": "mac",
}  # fmt: skip


def presidio() -> Callable[[str], Spans]:
    """presidio's own AnalyzerEngine with its patterns, on a blank English pipeline."""
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine

    class Blank(SpacyNlpEngine):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.nlp = {"en": spacy.blank("en")}

        def process_text(self, text: str, language: str) -> NlpArtifacts:
            return self._doc_to_nlp_artifact(self.nlp["en"](text), language)

    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    registry.remove_recognizer("SpacyRecognizer")
    engine = AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=["en"])

    def spans(text: str) -> Spans:
        results = engine.analyze(text, language="en", score_threshold=0.35)
        return [
            (PRESIDIO.get(r.entity_type, r.entity_type), "high", r.start, r.end) for r in results
        ]

    return spans


def table(scores: dict[str, Score]) -> Iterator[str]:
    yield "| type | values | precision | recall |"
    yield "|---|---|---|---|"
    for kind in FAMILIES:
        if kind in scores:
            s = scores[kind]
            yield f"| {kind} | {s.planted} | {s.precision:.3f} | {s.recall:.3f} |"


def machine_text(seed: int = 3, count: int = 300) -> list[str]:
    rng = random.Random(seed)
    return [line for _ in range(count) for line in machine_lines(rng)]


def main(arguments: list[str]) -> None:
    """Print the tables."""
    spans = ours(detector())
    if "--noise" in arguments:
        for name in arguments[arguments.index("--noise") + 1 :]:
            rate, found = alarms(Path(name).read_text("utf-8", "replace").splitlines(), spans)
            click.echo(f"{rate:8.1f} per MB  {name}  {dict(found.most_common(6))}")
        return
    texts = list(samples())
    click.echo("\n".join(table(scored(texts, spans))))
    click.echo(f"machine text: {alarms(machine_text(), spans)}")
    if "--presidio" in arguments:
        click.echo("\n".join(table(scored(texts, presidio()))))


if __name__ == "__main__":
    main(sys.argv[1:])
