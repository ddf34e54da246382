"""Runs that die go on where they stopped; runs after them scan only what changed.

Every report is compared, byte for byte, with that of a machine that scanned everything.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from e2e_house import NOW, House, Result, jsonl

from scanner.rulepacks.examples import fill

TOKENS = [fill("<<github:ghp_>>", f"resume/{n}") for n in range(60)]
HOLD = "HOLD-HERE"
# Waits while a file named `hold` is there: what comes after it is scanned after it is gone.
# It notes what it looks at, so that a test knows what was scanned.
SLOW = f"""
import os, pathlib, time
from scanner.detectors import Pattern

class Slow:
    def rules(self): return []
    def patterns(self): return [Pattern("hold", ("{HOLD}[0-9]*",))]
    def confirm(self, value, key, hits):
        with open(os.environ["SCANNED"], "a") as out:
            out.write(value.text.partition("{HOLD}")[2] + "\\n")
        pathlib.Path(os.environ["SCANNED"] + ".held").touch()
        while value.text.endswith("{HOLD}5") and os.path.exists(os.environ["SCANNED"] + ".hold"):
            time.sleep(0.02)
        return
        yield

class Factory:
    def build(self, context): return Slow()

plugin = Factory()
"""
# Parts of files are small, so that a small file has many.
SMALL_PARTS = "import scanner.sources._lines as lines\nlines.SPAN = 2000\n"
FILES = 10


class Store(House):
    """A machine with ten files of tokens, each of which says when it is scanned."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.install("slow", "detectors", SLOW)
        self.policy(more="rules: []")
        for number in range(FILES):
            self.file(f"data/{number}.jsonl", self.text(number))

    @staticmethod
    def text(number: int) -> str:
        head = [{"mark": f"{HOLD}{number}"}]
        return jsonl([*head, *({"t": f"n {t}"} for t in TOKENS[number * 4 : number * 4 + 4])])

    @property
    def log(self) -> Path:
        return self.root / "scanned"

    def environment(self) -> dict[str, str]:
        return super().environment() | {"SCANNED": str(self.log)}

    def scanned(self) -> list[str]:
        """Which files were scanned since the last call, by number."""
        names = self.log.read_text().split() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return sorted(names)

    def args(self, *more: str, name: str = "r") -> tuple[str, ...]:
        place = ("--policy", "policy.yaml", "--now", NOW, "-o", f"json={name}.json")
        return ("scan", "data", *place, "-qj1", *more)

    def scan(self, *more: str, **environment: str) -> Result:
        return self.run(*self.args(*more), **environment)

    def held(self, *more: str) -> subprocess.Popen[str]:
        """A run that is in the middle of the sixth file."""
        hold, seen = Path(f"{self.log}.hold"), Path(f"{self.log}.held")
        hold.touch()
        process = self.start(*self.args(*more))
        end = time.monotonic() + 120
        while "5" not in (self.log.read_text().split() if self.log.exists() else ()):
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.02)
        seen.unlink()
        return process

    def release(self) -> None:
        Path(f"{self.log}.hold").unlink()

    def clean(self) -> bytes:
        """The report of a scan of everything that is here, into an empty ledger."""
        given = [p for p in self._given() if p.is_file()]
        content = tuple((str(p.relative_to(self.root)), p.read_bytes()) for p in given)
        if content not in _CLEAN:
            result = self.run(*self.args("--ledger", "clean.ledger", name="clean"))
            assert result.code in (1, 3), result.err
            self.scanned()
            shutil.rmtree(self.work / "clean.ledger")
            _CLEAN[content] = (self.work / "clean.json").read_bytes()
        return _CLEAN[content]

    def _given(self) -> Iterator[Path]:
        """All that a scan has to go by, the program apart."""
        yield from sorted(self.packages.rglob("*"))
        for name in ("data", "rules", "policy.yaml", "terms.yaml"):
            yield from sorted([self.work / name, *(self.work / name).rglob("*")])

    def report(self) -> bytes:
        return (self.work / "r.json").read_bytes()

    def reused(self, result: Result) -> int:
        told = re.search(r"note: (\d+) of \d+ inputs are as an earlier run", result.err)
        return int(told[1]) if told else 0


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each test has its machine: whole paths stand in reports, which are compared."""
    return tmp_path_factory.mktemp("resume") / "house"


@pytest.fixture
def store(place: Path) -> Store:
    shutil.rmtree(place, ignore_errors=True)
    return Store(place)


@pytest.fixture(scope="module")
def first(place: Path) -> Path:
    """A copy of the working folder after its first scan."""
    shutil.rmtree(place, ignore_errors=True)
    store = Store(place)
    assert store.scan().code == 1
    assert store.scanned() == ALL
    return Path(shutil.copytree(store.work, place.parent / "scanned once"))


@pytest.fixture
def scanned_once(first: Path, store: Store) -> Store:
    shutil.copytree(first, store.work, dirs_exist_ok=True)
    return store


ALL = [str(n) for n in range(FILES)]
_CLEAN: dict[tuple[tuple[str, bytes], ...], bytes] = {}  # reports of what was scanned before


def test_a_second_run_scans_nothing_and_reports_the_same(scanned_once: Store) -> None:
    first = scanned_once.report()
    again = scanned_once.scan()
    assert (scanned_once.scanned(), scanned_once.reused(again)) == ([], FILES)
    assert scanned_once.report() == first == scanned_once.clean()
    report = json.loads(first)
    assert len(report["findings"]) == 40


def test_the_clock_of_a_report_is_that_of_its_run(scanned_once: Store) -> None:
    later = ("--now", "2026-10-16T00:00:00Z")
    assert scanned_once.reused(scanned_once.scan(*later)) == 0, "a foreign detector may know days"
    scanned_once.scanned()
    hour = ("--now", "2026-10-16T01:00:00Z")
    assert scanned_once.reused(scanned_once.scan(*hour)) == FILES
    observed = {f["observed_at"] for f in json.loads(scanned_once.report())["findings"]}
    assert observed == {"2026-10-16T01:00:00Z"}


def test_what_is_asked_for_fresh_is_scanned(scanned_once: Store) -> None:
    result = scanned_once.scan("--fresh")
    assert (scanned_once.scanned(), scanned_once.reused(result)) == (ALL, 0)
    assert scanned_once.report() == scanned_once.clean()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_run_that_died_goes_on_where_it_stopped(store: Store, number: signal.Signals) -> None:
    process = store.held()
    process.send_signal(number)
    store.release()
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert store.scanned() == ["0", "1", "2", "3", "4", "5"]
    assert not (store.work / "r.json").exists()
    result = store.scan()
    assert (result.code, store.reused(result)) == (1, 5), result.err
    assert store.scanned() == ["5", "6", "7", "8", "9"]
    assert store.report() == store.clean()


def test_a_large_file_goes_on_in_the_middle(store: Store) -> None:
    store.site(SMALL_PARTS)
    shutil.rmtree(store.work / "data")
    padding = jsonl([{"pad": " " * 1_500_000}])
    store.file("data/all.jsonl", "".join(Store.text(n) + padding for n in range(FILES)))
    process = store.held()
    process.kill()
    store.release()
    process.communicate(timeout=60)
    assert store.scanned() == ["0", "1", "2", "3", "4", "5"]
    assert store.scan().code == 1
    assert store.scanned() == ["5", "6", "7", "8", "9"]
    assert store.report() == store.clean()


def test_runs_beside_each_other_do_not_see_each_other(store: Store) -> None:
    process = store.held()
    beside = store.start(*store.args(name="beside"))  # the sixth file is held for both
    end = time.monotonic() + 200
    while store.log.read_text().split().count("5") < 2:
        assert beside.poll() is None and time.monotonic() < end
        time.sleep(0.05)
    store.release()
    assert process.wait(200) == beside.wait(200) == 1
    both = store.scanned()
    assert sorted(both) == sorted(ALL * 2)
    for each in (process, beside):
        each.communicate()
    beside_report = (store.work / "beside.json").read_bytes()
    assert store.report() == beside_report == store.clean()


def test_only_a_changed_file_is_scanned(scanned_once: Store) -> None:
    scanned_once.file("data/3.jsonl", scanned_once.text(3) + jsonl([{"t": f"x {TOKENS[50]}"}]))
    result = scanned_once.scan()
    assert (scanned_once.scanned(), scanned_once.reused(result)) == (["3"], 9)
    assert scanned_once.report() == scanned_once.clean()
    assert len(json.loads(scanned_once.report())["findings"]) == 41


def test_a_change_that_keeps_size_and_times_is_seen(scanned_once: Store) -> None:
    path = scanned_once.work / "data/3.jsonl"
    before = path.stat()
    path.write_text(path.read_text().replace(TOKENS[12], TOKENS[51]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    scanned_once.scan()
    assert scanned_once.scanned() == ["3"]
    assert scanned_once.report() == scanned_once.clean()


def test_a_moved_file_is_known_by_its_content(scanned_once: Store) -> None:
    data = scanned_once.work / "data"
    old = {f["id"] for f in json.loads(scanned_once.report())["findings"]}
    (data / "4.jsonl").rename(data / "moved.jsonl")
    shutil.copy(data / "6.jsonl", data / "copied.jsonl")
    (data / "7.jsonl").unlink()
    result = scanned_once.scan()
    assert (scanned_once.scanned(), scanned_once.reused(result)) == ([], FILES)
    assert scanned_once.report() == scanned_once.clean()
    report = json.loads(scanned_once.report())
    assert {i["uri"] for i in report["inputs"]} >= {"data/moved.jsonl", "data/copied.jsonl"}
    assert {f["id"] for f in report["findings"]} - old, "the ids are of the new places"


def test_a_name_that_says_another_format_is_scanned(scanned_once: Store) -> None:
    data = scanned_once.work / "data"
    (data / "4.jsonl").rename(data / "4.log")
    scanned_once.scan()
    assert scanned_once.scanned() == ["4"]
    assert scanned_once.report() == scanned_once.clean()


RULE = """family: acme
references: [https://docs.example/tokens]
rules:
  - id: acme-token
    name: Acme token
    severity: SEVERITY
    pattern: 'acme_[A-Za-z0-9]{32}'
    bounds: word
    anchors: ['acme_']
    remediation: Revoke it.
    examples: ['token: acme_<<alnum:32>>']
    counter_examples: ['acme_short']
"""


def _with_rules(store: Store) -> None:
    store.file("rules/credentials/acme.yaml", RULE.replace("SEVERITY", "high"))
    store.policy(more="rules: [rules]")


def _with_terms(store: Store, until: str = "2026-10-15") -> None:
    entry = {"id": "t1", "term": "Project Nadir", "embargo_until": until}
    store.file("terms.yaml", json.dumps({"version": 1, "terms": [entry]}))
    off = "presidio: false, detect_secrets: false, assignments: false, pii: false, names: false"
    store.policy(f"{{{off}, terms: {{files: [terms.yaml]}}}}")


def _change_rule(store: Store) -> None:
    store.file("rules/credentials/acme.yaml", RULE.replace("SEVERITY", "low"))


def _change_terms(store: Store) -> None:
    _with_terms(store, "2026-10-20")


def _change_code(store: Store) -> None:
    path = store.packages / "slow.py"
    path.write_text(f"{path.read_text()}\n# another version\n")


def _switch_off(store: Store) -> None:
    store.policy(f"{{{'presidio: false, detect_secrets: false, pii: false'}}}")


@pytest.mark.parametrize(
    ("before", "change"),
    [
        (_with_rules, _change_rule),
        (_with_terms, _change_terms),
        (lambda store: None, _change_code),
        (lambda store: None, _switch_off),
    ],
    ids=["rule", "terms", "plug-in", "detectors"],
)
def test_everything_is_scanned_when_what_decides_changed(
    store: Store, before: Callable[[Store], None], change: Callable[[Store], None]
) -> None:
    before(store)
    store.scan()
    store.scanned()
    assert store.reused(store.scan()) == FILES
    change(store)
    result = store.scan()
    assert (store.scanned(), store.reused(result)) == (ALL, 0)
    assert store.report() == store.clean()


def test_fingerprints_of_another_key_are_never_used(scanned_once: Store) -> None:
    result = scanned_once.scan(LEAKGATE_KEY="another deployment key for this")
    assert (scanned_once.scanned(), scanned_once.reused(result)) == (ALL, 0)
    other = {f["fingerprint"] for f in json.loads(scanned_once.report())["findings"]}
    assert scanned_once.reused(scanned_once.scan()) == FILES
    ours = {f["fingerprint"] for f in json.loads(scanned_once.report())["findings"]}
    assert len(ours) == len(other) == 40 and not ours & other


def test_an_embargo_that_ends_is_no_reason_to_reuse(tmp_path: Path) -> None:
    house = House(tmp_path / "house")  # no foreign detector: days as such play no part
    entry = {"id": "t1", "term": "Project Nadir", "embargo_until": "2026-10-15"}
    house.file("terms.yaml", json.dumps({"version": 1, "terms": [entry]}))
    off = "presidio: false, detect_secrets: false, assignments: false, pii: false, names: false"
    house.policy(f"{{{off}, terms: {{files: [terms.yaml]}}}}")
    house.file("data/a.jsonl", jsonl([{"t": "about Project Nadir"}]))
    found = []
    for day in ("13", "14", "15", "16"):
        clock = ("--now", f"2026-10-{day}T00:00:00Z")
        place = ("--policy", "policy.yaml", "-o", "json=r.json")
        result = house.run("scan", "data", *place, *clock)
        reused = "1 of 1 inputs" in result.err
        found.append((len(house.json("r.json")["findings"]), reused))
    assert found == [(1, False), (1, True), (0, False), (0, True)]


def _torn(store: Store) -> None:
    packed = gzip.compress(jsonl({"t": f"n {t}", "n": n} for n, t in enumerate(TOKENS)).encode())
    store.file("data/torn.jsonl.gz", packed[: len(packed) // 2])


def test_what_was_read_in_part_is_read_again(store: Store) -> None:
    _torn(store)
    assert store.scan().code == 1
    first = store.report()
    store.scanned()
    result = store.scan()
    assert store.reused(result) == FILES
    assert store.report() == first == store.clean()
    (torn,) = [i for i in json.loads(first)["inputs"] if "torn" in i["uri"]]
    assert (torn["status"], torn["problems"][-1]["code"]) == ("partial", "source.truncated")


def test_a_record_that_cannot_be_parsed_is_told_again(store: Store) -> None:
    store.file("data/odd.jsonl", '{"a": 1}\n{"broken\n' + jsonl([{"t": f"n {TOKENS[55]}"}]))
    store.scan()
    first = store.report()
    assert store.reused(store.scan()) == FILES + 1
    assert store.report() == first == store.clean()
    assert any(p["code"] == "record.invalid" for i in json.loads(first)["inputs"]
               for p in i["problems"])  # fmt: skip


def test_a_file_that_changes_under_the_scan_is_not_remembered(store: Store) -> None:
    process = store.held()
    store.file("data/5.jsonl", store.text(5) + jsonl([{"t": f"x {TOKENS[56]}"}]))
    store.release()
    process.communicate(timeout=60)
    (changed,) = [i for i in json.loads(store.report())["inputs"] if i["uri"] == "data/5.jsonl"]
    assert [p["code"] for p in changed["problems"]] == ["source.changed"]
    store.scanned()
    assert store.reused(store.scan()) == FILES - 1
    assert store.scanned() == ["5"]
    assert store.report() == store.clean()


def _kept(store: Store) -> Iterator[Path]:
    return (store.work / ".leakgate" / ".kept").glob("*/*/journal")


@pytest.mark.parametrize("damage", ["cut", "flip", "gone"])
def test_damaged_results_are_made_again(scanned_once: Store, damage: str) -> None:
    (journal,) = _kept(scanned_once)
    data = bytearray(journal.read_bytes())
    if damage == "gone":
        journal.unlink()
    else:
        data[len(data) // 2] ^= 1
        journal.write_bytes(data if damage == "flip" else data[: len(data) // 2])
    result = scanned_once.scan()
    assert result.code == 1, result.err
    assert scanned_once.scanned(), "what was damaged is scanned"
    assert scanned_once.report() == scanned_once.clean()


def test_a_full_disk_ends_the_run_and_the_next_goes_on(store: Store) -> None:
    full = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))\n"
    full += "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    store.site(full)
    result = store.scan()
    assert result.code == 4, result.err
    assert "cannot be kept" in result.err and "next:" in result.err
    first = store.scanned()
    assert 0 < len(first) < FILES
    store.site("")
    assert store.scan().code == 1
    assert len(store.scanned()) <= FILES - len(first) + 1
    assert store.report() == store.clean()


def test_folders_of_dead_runs_are_swept(scanned_once: Store) -> None:
    (journal,) = _kept(scanned_once)
    dead = journal.parent
    other = dead.parents[1] / ("0" * 32) / "1-2-3"
    shutil.copytree(dead, other)
    (other / "whole").unlink()
    day = time.time() - 100_000
    for path in (other, other / "lock", dead / "lock"):
        os.utime(path, (day, day))
    scanned_once.scan()
    assert dead.exists(), "it can be continued"
    assert not other.parent.exists(), "dead for a day, and of other rules"
    month = time.time() - 31 * 86_400
    os.utime(dead / "lock", (month, month))
    scanned_once.scan()
    assert not dead.exists(), "nobody used it for a month"
