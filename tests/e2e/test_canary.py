"""200 canaries of every kind: nothing that a run leaves behind shows one of them.

The store is planted by `e2e_canaries`.  Every command runs over it as a user would run it,
with a detector and a source that crash while they hold a value, and then everything is
searched: both streams, every output, the ledger, the folders of the user, temporary files,
and what the process list shows.
"""

from __future__ import annotations

import base64
import html
import json
import re
import threading
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import hyperscan
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from e2e_canaries import CRASH, Canary, Plant, Store, canaries
from e2e_house import NOW, House, Result

from scanner import plugins

POLICY = """
rules: []
stores:
  - name: telemetry
    path: data/
    resource: s3://acme-telemetry/raw/
    landed: 2026-10-01T00:00:00Z
access:
  grants: [{path: access/bucket-policy.json, system: s3_policy}]
  logs: [{path: access/log.jsonl, format: generic}]
  coverage:
    - {resource: "s3://acme-telemetry/", from: 2026-10-01, to: 2026-10-15, source: test log}
"""
CRASHING_DETECTOR = f"""
from scanner.detectors import Pattern

class Crashing:
    def rules(self): return []
    def patterns(self): return [Pattern("crash", ("{CRASH}",))]
    def confirm(self, value, key, hits):
        raise ValueError(value.text)
        yield

class Factory:
    def build(self, context): return Crashing()

plugin = Factory()
"""
CRASHING_SOURCE = """
import pathlib
from scanner.batch import EachPlace, Place, TextBatch, text_array
from scanner.sources import Unit

class Boom:
    suffixes = frozenset({".boom"})
    def sniff(self, head): return False
    def units(self, shard): yield Unit(shard, "boom")
    def batches(self, unit, log):
        lines = pathlib.Path(unit.shard.path).read_text().splitlines()
        log.records = len(lines)
        yield TextBatch(text_array(lines), EachPlace([Place(n) for n in range(len(lines))]))
        try:
            int(lines[0])
        except ValueError as error:
            raise RuntimeError(lines[1]) from error
    def value_at(self, shard, location, named):
        return pathlib.Path(shard.path).read_text().splitlines()[location.record]

plugin = Boom()
"""
Blobs = dict[str, bytes]


# --- the runs ------------------------------------------------------------------------------


@dataclass
class Aviary:
    """The store, and everything that runs over it left behind or showed."""

    house: House
    store: Store
    results: dict[str, Result] = field(default_factory=dict)
    watched: Blobs = field(default_factory=dict)  # process list and temporary files

    def run(self, name: str, *args: str | Path) -> Result:
        self.results[name] = self.house.run(*args)
        return self.results[name]

    def report(self) -> dict[str, Any]:
        return self.house.json("out/r.json")

    def left(self) -> Blobs:
        """Everything there is now, by where: streams, files, their names, Parquet decoded."""
        streams = {
            f"{stream} of {name}": text.encode()
            for name, result in self.results.items()
            for stream, text in (("stdout", result.out), ("stderr", result.err))
        }
        files = dict(_contents(self._made()))
        names = {"names of files": "\n".join(map(str, self._made())).encode()}
        return streams | files | names | self.watched

    def _made(self) -> list[Path]:
        given = [
            self.house.packages,
            *(self.house.work / n for n in ("data", "access", "terms.yaml")),
        ]
        everything = sorted(p for p in self.house.root.rglob("*") if p.is_file())
        return [p for p in everything if not any(p.is_relative_to(g) for g in given)]


def _contents(paths: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        where = "/".join(path.parts[-2:])
        yield where, path.read_bytes()
        if path.suffix == ".parquet":
            yield f"{where}, decoded", "\n".join(_strings(pq.read_table(path).to_pylist())).encode()
        if path.suffix == ".arrow":
            with path.open("rb") as file, pa.ipc.open_stream(file) as stream:
                decoded = _strings(stream.read_all().to_pylist())
                yield f"{where}, decoded", "\n".join(decoded).encode()


def _strings(node: Any) -> Iterator[str]:
    """Every string in nested rows."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        yield from (s for item in node.items() for s in _strings(item))
    elif isinstance(node, list | tuple):
        yield from (s for item in node for s in _strings(item))


class _Watch(threading.Thread):
    """Notes what anybody on this machine could see while a run is under way."""

    def __init__(self, house: House) -> None:
        super().__init__(daemon=True)
        self._house, self._done = house, threading.Event()
        self.seen: Blobs = {}
        self.processes = 0

    def run(self) -> None:
        while not self._done.wait(0.1):
            self._processes()
            self._temporary_files()

    def stop(self) -> Blobs:
        self._done.set()
        self.join()
        return self.seen

    def _processes(self) -> None:
        mark = str(self._house.root).encode()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                environment = (process / "environ").read_bytes()
                arguments = (process / "cmdline").read_bytes()
            except OSError:
                continue
            if mark in environment:
                self.processes += 1
                self.seen[f"process {process.name}"] = environment + arguments

    def _temporary_files(self) -> None:
        for path in self._house.tmp.rglob("*"):
            try:
                self.seen[f"temporary file {path.name}"] = path.read_bytes()
            except OSError:
                self.seen[f"temporary name {path.name}"] = path.name.encode()


def _aviary(house: House, off: str = "") -> Aviary:
    store = Store(house)
    store.build()
    house.install("crashing", "detectors", CRASHING_DETECTOR)
    house.install("boom", "sources", CRASHING_SOURCE)
    house.policy(f"{{{off} terms: {{files: [terms.yaml]}}}}", POLICY)
    (house.work / "out").mkdir()
    return Aviary(house, store)


def _gate(aviary: Aviary, name: str, *more: str) -> Result:
    """`gate` with every output there is: Markdown on standard output, the others in files."""
    wanted = [f"{n}=out/r.{n}" for n in plugins.names("formats") if n != "markdown"]
    outputs = [a for spec in ("markdown=-", *wanted) for a in ("-o", spec)]
    args = ("--policy", "policy.yaml", "--now", NOW, "-j1")
    result = aviary.run(name, "gate", "data", *args, *outputs, *more)
    assert result.code == 1, result.err
    return result


@pytest.fixture(scope="session")
def aviary(new_house: Callable[[str], House]) -> Aviary:
    made = _aviary(new_house("canary"))
    watch = _Watch(made.house)
    watch.start()
    _gate(made, "gate")
    made.watched = watch.stop()
    assert watch.processes > 2, "no process was seen"
    policy = ("--policy", "policy.yaml")
    made.run("scan", "scan", "data", *policy, "-j1", "--ledger", "second")
    made.run("audit", "audit", *policy, "-o", "json=out/audit.json")
    made.run("report", "report", "out/r.json", "-o", "html=out/again.html")
    made.run("baseline", "baseline", "out/r.json", "-o", "out/baseline.jsonl", "--reason", "known")
    for number, finding in enumerate(_to_explain(made.report())):
        name = f"explain {number}"
        made.run(name, "explain", finding, "data", "--report", "out/r.json", *policy)
    return made


def _to_explain(report: dict[str, Any]) -> list[str]:
    """Findings in a value, under a hidden key, in a hidden file, beside a crash."""
    found = [(f["id"], f["location"]) for f in report["findings"]]
    return [
        next(i for i, at in found if at["uri"] == "data/values.jsonl"),
        next(i for i, at in found if at["part"] == "key" and at["layers"]),
        next(i for i, at in found if "~h" in at["uri"] and at["part"] == "value"),
        next(i for i, at in found if at["uri"] == "data/crash.jsonl"),
    ]


# --- the search ----------------------------------------------------------------------------


def _spellings(text: str) -> Iterator[bytes]:
    """The ways in which a text may be written down."""
    yield text.encode()
    yield re.sub(r"[\W_]+", "", text).encode()  # normalised
    yield text.encode("utf-16-le")[:-1]  # without its last byte it stands in big-endian too
    yield text.encode().hex().encode()
    yield json.dumps(text)[1:-1].encode()
    yield "".join(f"\\u{ord(c):04x}" for c in text).encode()
    yield html.escape(text).encode()
    yield urllib.parse.quote(text, safe="").encode()
    yield urllib.parse.quote_plus(text).encode()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + text.encode()).rstrip(b"=")
        yield encoded[4 if shift else 0 : -1]
        yield encoded[4 if shift else 0 : -1].translate(bytes.maketrans(b"+/", b"-_"))


def _pieces(secret: str) -> Iterator[str]:
    """A value, and its halves or thirds where these still say what they are of."""
    yield secret
    if len(secret) >= 16:
        size = max(8, min(len(secret) // 2, 20))
        yield from (secret[:size], secret[-size:])


@cache
def _needles(canary: Canary) -> set[bytes]:
    """What must not be seen of a canary, in small letters: a change of case hides nothing."""
    spelt = {s.lower() for piece in _pieces(canary.secret) for s in _spellings(piece)}
    return {s for s in spelt if len(s) >= 8}


def leaks(blobs: Blobs, searched: Iterable[Canary]) -> dict[str, set[str]]:
    """The kinds of canaries that are to be seen, by where."""
    pairs = [(needle, canary) for canary in searched for needle in _needles(canary)]
    found: dict[str, set[str]] = {}

    def note(number: int, start: int, end: int, flags: int, where: str) -> None:
        canary = pairs[number][1]
        found.setdefault(where, set()).add(f"{canary.kind}: {canary.secret[:3]}...")

    every = hyperscan.Database()
    flags = [hyperscan.HS_FLAG_SINGLEMATCH] * len(pairs)
    # Byte by byte: in an expression a zero would end it. What is very long is cut to fit.
    plain = [b"".join(b"\\x%02x" % byte for byte in needle[:500]) for needle, _ in pairs]
    every.compile(plain, [*range(len(pairs))], len(pairs), flags)
    for where, blob in blobs.items():
        every.scan(blob.lower(), note, context=where)
    return found


# --- the tests -----------------------------------------------------------------------------


def test_the_search_finds_every_spelling() -> None:
    canary = Canary("x", "credential", 'Ab"c/<dé>+f gh"1jK', "")
    for spelling in _spellings(canary.secret):
        for blob in (b"x" + spelling + b"y", spelling.upper()):
            assert leaks({"here": blob}, [canary]), spelling
    assert not leaks({"here": b"nothing of it"}, [canary])
    table = pa.table({"a": [{"b": [canary.secret]}]})
    assert leaks({"here": "\n".join(_strings(table.to_pylist())).encode()}, [canary])


def test_there_are_200_canaries_of_every_kind(aviary: Aviary) -> None:
    planted = canaries(aviary.store)
    assert len({c.secret for c in planted}) >= 200
    assert {c.category for c in planted} == {"credential", "pii", "term"}
    assert len({c.kind for c in planted}) > 80
    parts = {plant.part for plant in aviary.store.plants}
    assert parts >= {"value", "number", "key", "name", "path", "metadata", "raw"}


def test_every_canary_is_found(aviary: Aviary) -> None:
    findings = aviary.report()["findings"]
    missed = [p for p in aviary.store.plants if p.part != "path" and not _found(p, findings)]
    assert [(p.canary.kind, p.file, p.record, p.part) for p in missed] == []
    assert "statistics" in {f["location"]["part"] for f in findings}


def _found(plant: Plant, findings: list[dict[str, Any]]) -> bool:
    spot = (f"data/{plant.file}", plant.record, plant.part, plant.canary.category)
    return any(
        (f["location"]["uri"], f["location"]["record"], f["location"]["part"], f["category"])
        == spot
        for f in findings
    )


def test_every_name_that_is_a_canary_is_found(aviary: Aviary) -> None:
    wanted = sorted(p.canary.category for p in aviary.store.plants if p.part == "path")
    found = [f for f in aviary.report()["findings"] if f["location"]["part"] == "path"]
    hidden = {f["location"]["uri"] for f in found}
    assert sorted(f["category"] for f in found) == wanted
    assert all("~h" in uri for uri in hidden)


def test_no_canary_is_to_be_seen_anywhere(aviary: Aviary) -> None:
    left = aviary.left()
    assert len(left) > 40
    assert leaks(left, canaries(aviary.store)) == {}


def test_the_crashes_are_told_without_their_values(aviary: Aviary) -> None:
    fates = {i["uri"]: i for i in aviary.report()["inputs"]}
    crashed = [p for p in fates["data/crash.jsonl"]["problems"] if p["code"] == "detector.crashed"]
    assert "ValueError" in crashed[0]["what"]
    (stopped,) = fates["data/part.boom"]["problems"]
    assert "RuntimeError at boom.py" in stopped["what"]


def test_the_commands_did_their_work(aviary: Aviary) -> None:
    codes = {name: result.code for name, result in aviary.results.items()}
    explained = {name for name in codes if name.startswith("explain")}
    assert len(explained) == 4
    assert {codes[name] for name in explained} == {0}, [aviary.results[n].all for n in explained]
    assert (codes["scan"], codes["audit"], codes["report"], codes["baseline"]) == (1, 1, 0, 0)
    assert all("around it:" in aviary.results[name].out for name in explained)


def test_outputs_are_for_the_owner_only(aviary: Aviary) -> None:
    made = [p for p in (aviary.house.work / "out").iterdir()]
    made += [p for name in (".leakgate", "second") for p in (aviary.house.work / name).rglob("*")]
    assert len(made) > 30
    loose = [p.name for p in made if p.stat().st_mode & 0o077]
    assert loose == []


def test_no_temporary_file_stays(aviary: Aviary) -> None:
    assert list(aviary.house.tmp.rglob("*")) == []


@pytest.mark.parametrize(
    ("patch", "places"),
    [
        (
            "import scanner.seal\nscanner.seal.preview = lambda secret, reveal: secret",
            (
                "stdout of gate",
                "out/r.json",
                "out/r.html",
                "out/r.sarif",
                "findings.parquet, decoded",
            ),
        ),
        (
            "from scanner.seal import Sealer\nSealer.name_of = lambda self, key: key",
            ("out/r.json", "out/r.html", "findings.parquet, decoded", "inputs.parquet, decoded"),
        ),
    ],
    ids=["preview", "names"],
)
def test_the_search_sees_when_sealing_is_removed(
    new_house: Callable[[str], House], patch: str, places: tuple[str, ...]
) -> None:
    made = _aviary(new_house("unsealed"), "presidio: false, detect_secrets: false, names: false,")
    made.house.site(patch)
    _gate(made, "gate")
    seen = leaks(made.left(), canaries(made.store))
    missing = [p for p in places if not any(where.endswith(p) for where in seen)]
    assert missing == []
    report = seen["out/r.json"]
    assert len(report) > (150 if "preview" in patch else 10)
