"""presidio's recognizers behind the matcher, beside its own BatchAnalyzerEngine.

    python tests/benchmarks/presidio.py [STRINGS]

The same types on the same generated strings, in one process and one run: CPU seconds of each
and their ratio, by kind of text.  presidio gets a blank pipeline, as a gate without a model
download has; both look for context words in the text only.
"""

from __future__ import annotations

import random
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from scanner.batch import ColumnPlaces, TextBatch, UnitLog
from scanner.decoders import Decoder
from scanner.detectors import DetectorContext
from scanner.detectors.presidio import plugin
from scanner.scan import Scanner
from scanner.seal import Sealer
from scanner.tally import Tally

WANTED = {"telemetry strings": 300, "window titles": 100, "code": 100, "log lines": 50, "chat": 50}
_WORDS = "please send the plan for our next release and look at what they wrote about it".split()  # noqa: SIM905
Maker = Callable[[random.Random], str]


def telemetry(rng: random.Random) -> str:
    kinds = (
        f"evt-{rng.getrandbits(64):016x}",
        str(uuid.UUID(int=rng.getrandbits(128))),
        f"{1_700_000_000_000 + rng.randrange(10**10)}",
        f"{rng.randrange(3840)},{rng.randrange(2160)}",
        f"focus:{rng.choice(_WORDS)}",
    )
    return rng.choice(kinds)


def title(rng: random.Random) -> str:
    return (
        f"{rng.choice(_WORDS)}_{rng.randrange(99)}.py - {rng.choice(_WORDS)} - Visual Studio Code"
    )


def code(rng: random.Random) -> str:
    name = rng.choice(_WORDS)
    call = f"self._{rng.choice(_WORDS)}({name}[{rng.randrange(9)}:], key=os.sep)"
    return f"    {name}_{rng.randrange(99)} = {call}"


def log(rng: random.Random) -> str:
    day, minute = rng.randrange(10, 28), rng.randrange(10, 59)
    who, took = uuid.UUID(int=rng.getrandbits(128)), rng.randrange(900)
    stamp = f"2026-10-{day}T0{rng.randrange(9)}:{minute}:11.{rng.randrange(999)}Z"
    return f"{stamp} INFO worker-{rng.randrange(99)} request {who} took {took} ms"


def chat(rng: random.Random) -> str:
    text = " ".join(rng.choices(_WORDS, k=160))
    return (
        f"{text} my tax file number is {rng.randrange(10**8, 10**9)}"
        if rng.random() < 0.02
        else text
    )


KINDS: dict[str, Maker] = {
    "telemetry strings": telemetry,
    "window titles": title,
    "code": code,
    "log lines": log,
    "chat": chat,
}


def main(count: int) -> None:
    scanner, engine, entities = ours(), *theirs()
    sys.stdout.write(f"{count} strings of each kind, {len(entities)} types, CPU seconds\n")
    for name, make in KINDS.items():
        rng = random.Random(1)
        texts = [make(rng) for _ in range(count)]
        few = texts[: max(20, count // 20)]  # presidio is measured on a part, and scaled
        slow = cpu(lambda few=few: list(engine.analyze_iterator(few, "en", entities=entities)))
        slow *= len(texts) / len(few)
        batch = TextBatch(pa.array(texts), ColumnPlaces(len(texts), 0, "/text", "text"))
        fast = cpu(lambda batch=batch: sum(1 for _ in scanner.matches(batch, UnitLog(), Tally())))
        ratio, wanted = slow / fast, WANTED[name]
        line = f"{name:18} ours {fast:8.4f}  presidio {slow:8.2f}  {ratio:7.0f}x"
        sys.stdout.write(f"{line} (wanted {wanted}x)\n")


def cpu(work: Callable[[], Any]) -> float:
    work()
    begun = time.process_time()
    work()
    return max(time.process_time() - begun, 1e-6)


def ours() -> Scanner:
    from datetime import UTC, datetime

    none: dict[str, Decoder] = {}
    detectors = {"presidio": plugin.build(DetectorContext({"languages": ["en"]}))}
    return Scanner(detectors, none, Sealer(b"k" * 32, datetime.now(UTC)))


def theirs() -> tuple[Any, list[str]]:
    """presidio with the very recognizers that ours has."""
    import spacy
    from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    from scanner.detectors._presidio_choice import chosen

    class Blank(SpacyNlpEngine):
        def __init__(self) -> None:
            super().__init__()
            self.nlp = {"en": spacy.blank("en")}

    recognizers = [c.recognizer for c in chosen({"languages": ["en"]}, ".")]
    registry = RecognizerRegistry(recognizers=recognizers, supported_languages=["en"])
    engine = AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=["en"])
    entities = sorted({entity for r in recognizers for entity in r.supported_entities})
    return BatchAnalyzerEngine(analyzer_engine=engine), entities


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
