"""Exit codes by real runs, and what is told of inputs that cannot be read."""

from __future__ import annotations

import gzip
import io
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from e2e_house import NOW, House, Result, jsonl

from scanner import plugins
from scanner.rulepacks.examples import fill

TOKENS = [fill("<<github:ghp_>>", f"exit{n}") for n in range(20)]
QUIET = ("--now", NOW, "-qj1")
ALLOW_ALL = "gate: {block: []}"
CLEAN = {"data/clean.jsonl": jsonl([{"n": n, "text": "nothing here"} for n in range(3)])}
LEAKY = {"data/leaky.jsonl": jsonl([{"text": f"token {TOKENS[0]}"}])}
CUT = {"data/cut.jsonl.gz": gzip.compress(jsonl([{"n": n} for n in range(5000)]).encode())[:-2000]}
Files = dict[str, Any]


def run(house: House, files: Files, *args: str | Path, more: str = "") -> Result:
    """`gate` over some files, with the slow detectors off."""
    for name, content in files.items():
        house.file(name, content)
    policy = house.policy(more=more)
    return house.run("gate", "data", "--policy", policy, *QUIET, *args)


# --- each code -----------------------------------------------------------------------------


def test_0_is_a_pass(house: House) -> None:
    result = run(house, CLEAN)
    assert result.code == 0, result.all
    assert result.out.startswith("PASS")


def test_1_is_a_block(house: House) -> None:
    result = run(house, LEAKY)
    assert result.code == 1
    assert result.out.startswith("BLOCK")


def test_3_is_incomplete(house: House) -> None:
    result = run(house, CLEAN | CUT)
    assert result.code == 3
    assert result.out.startswith("INCOMPLETE")
    assert "data/cut.jsonl.gz" in result.out


def test_1_wins_over_3_and_both_are_told(house: House) -> None:
    result = run(house, LEAKY | CUT, "-o", "json=r.json")
    assert result.code == 1
    outcomes = {r["outcome"] for r in house.json("r.json")["verdict"]["reasons"]}
    assert {"BLOCK", "INCOMPLETE"} <= outcomes


CRASHING = """
class Plugin:
    description = "fails"
    def write(self, report, out):
        raise ValueError("half of a sentence about the data")
plugin = Plugin()
"""


def test_4_is_a_crash(house: House) -> None:
    house.install("crashing", "formats", CRASHING)
    result = run(house, CLEAN, "-o", "crashing=out.bin")
    assert result.code == 4
    assert "leakgate crashed" in result.err
    assert "crashing.py:" in result.err
    assert "half of a sentence" not in result.all
    assert not (house.work / "out.bin").exists()


@pytest.mark.parametrize(("files", "code"), [(CLEAN, 0), (LEAKY, 1), (CUT, 3)], ids="013")
def test_outputs_do_not_change_the_code(house: House, files: Files, code: int) -> None:
    wanted = [a for n in plugins.names("formats") for a in ("-o", f"{n}={n}.out")]
    wanted[wanted.index("json=json.out")] = "json=-"
    result = run(house, files, *wanted)
    assert result.code == code, result.all
    assert result.out.startswith("{"), "standard output holds the one report and nothing else"
    assert len(list(house.work.glob("*.out"))) == len(plugins.names("formats")) - 1


# --- nothing scanned is not a pass ---------------------------------------------------------


def test_an_empty_folder_is_not_a_pass(house: House) -> None:
    (house.work / "data").mkdir()
    result = run(house, {})
    assert result.code == 3
    assert "nothing was scanned" in result.out


def test_an_empty_file_alone_is_not_a_pass(house: House) -> None:
    result = run(house, {"data/empty.jsonl": b""})
    assert result.code == 3
    assert "nothing was scanned" in result.out


@pytest.mark.parametrize(("path", "code"), [(".", 3), ("leakgate.yaml", 0)])
def test_a_policy_is_no_data_unless_it_is_named(house: House, path: str, code: int) -> None:
    house.policy(name="leakgate.yaml")
    assert house.run("scan", path, *QUIET).code == code


# --- usage: 2, before anything is scanned --------------------------------------------------


def refused(house: House, *args: str | Path, **env: str) -> str:
    """What is told on stderr; nothing may have been scanned or written."""
    result = house.run(*args, *QUIET, **env)
    assert result.code == 2, result.all
    assert result.out == ""
    assert not (house.work / ".leakgate").exists()
    return " ".join(result.err.split())


def test_a_missing_path(house: House) -> None:
    told = refused(house, "gate", "no-such-folder")
    assert "where: no-such-folder" in told
    assert "next: check the path" in told


def test_one_missing_path_among_good_ones(house: House) -> None:
    house.file("data/a.jsonl", "{}\n")
    assert "where: datta" in refused(house, "scan", "data", "datta")


def test_a_pattern_that_matches_nothing(house: House) -> None:
    told = refused(house, "scan", "*.nothing")
    assert "no file matches" in told
    assert "*.nothing" in told


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("version: 1\ngate: [unclosed\n", ("p.yaml", "line")),
        ("version: 1\ngaet: {}\n", ("p.yaml, line 2", "'gaet'", "did you mean 'gate'")),
        ("version: 1\ndetectors: {credentails: false}\n", ("p.yaml", "did you mean 'credentials'")),
        ("version: 1\ngate: {block: [{category: secrets}]}\n", ("p.yaml, line 2", "category")),
        ("version: 1\nlimits: {jobs: many}\n", ("p.yaml, line 2", "jobs")),
        ("version: 9\n", ("p.yaml, line 1", "version")),
        ("", ("p.yaml",)),
        ("version: 1\ndetectors: {credentials: {disbled: []}}\n", ("did you mean 'disabled'",)),
        ("version: 1\ndetectors: {terms: {files: [gone.yaml]}}\n", ("gone.yaml", "next:")),
    ],
    ids=["yaml", "key", "detector", "value", "type", "version", "empty", "option", "terms"],
)
def test_a_broken_policy(house: House, policy: str, said: tuple[str, ...]) -> None:
    house.file("data/a.jsonl", "{}\n")
    told = refused(house, "gate", "data", "--policy", house.file("p.yaml", policy))
    assert [s for s in said if s not in told] == [], told
    assert "next:" in told


RULE = """
family: acme
rules:
  - id: acme-token
    name: Acme token
    severity: high
    pattern: '{pattern}'
    remediation: Revoke it.
    examples: ['acme_<<alnum:20>>']
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RULE.format(pattern="acme_([A-Za-z0-9]{20}"), ("acme.yaml", "acme-token")),
        (RULE.format(pattern="acme_[0-9]{40}"), ("acme.yaml", "acme-token", "example")),
        (RULE.format(pattern="acme_[A-Za-z0-9]{20}") + "    paterns: x\n", ("acme.yaml", "patern")),
        (RULE.format(pattern="(a+)+\\1"), ("acme.yaml", "acme-token")),
        ("family: [\n", ("acme.yaml:2",)),
    ],
    ids=["pattern", "example", "key", "reference", "yaml"],
)
def test_a_broken_rule_file(house: House, text: str, said: tuple[str, ...]) -> None:
    house.file("data/a.jsonl", "{}\n")
    house.file("mine/credentials/acme.yaml", text)
    told = refused(house, "gate", "data", "--policy", house.policy(more="rules: [mine]"))
    assert [s for s in said if s not in told] == [], told
    assert "next:" in told


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("-o", "jsn=x.json"), "did you mean 'json'"),
        (("-o", "json=nowhere/x.json"), "mkdir -p nowhere"),
        (("-o", "json"), "FORMAT=PATH"),
        (("--baseline", "gone.jsonl"), "gone.jsonl"),
        (("--policy", "gone.yaml"), "gone.yaml"),
        (("--no-such-flag",), "--no-such-flag"),
    ],
)
def test_a_wrong_flag(house: House, args: tuple[str, ...], said: str) -> None:
    house.file("data/a.jsonl", "{}\n")
    assert said in refused(house, "gate", "data", *args)


@pytest.mark.parametrize(
    "access",
    [
        "directory: [access/gone.json]",
        "grants: [{path: access/gone.json}]",
        "logs: [{path: access/gone.json}]",
        "logs: [{path: 'access/*.json.gz'}]",
    ],
)
def test_evidence_that_is_not_there(house: House, access: str) -> None:
    house.file("data/a.jsonl", "{}\n")
    told = refused(house, "gate", "data", "--policy", house.policy(more=f"access: {{{access}}}"))
    assert "access/" in told
    assert "next:" in told


def test_a_weak_key(house: House) -> None:
    house.file("data/a.jsonl", "{}\n")
    told = refused(house, "gate", "data", LEAKGATE_KEY="short")
    assert "LEAKGATE_KEY" in told
    assert "openssl rand" in told


# --- inputs that cannot be read whole ------------------------------------------------------


def _corrupt_parquet() -> bytes:
    """Two row groups with checksums; a byte of the first one's data page is flipped."""
    rows = [f"row {n} {random.Random(n).getrandbits(64):x}" for n in range(2000)]
    rows[1500] = f"token {TOKENS[1]}"
    out = io.BytesIO()
    table = pa.table({"text": rows})
    pq.write_table(table, out, row_group_size=1000, write_page_checksum=True, use_dictionary=False)
    data = bytearray(out.getvalue())
    column = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(0).column(0)
    data[column.data_page_offset + column.total_compressed_size // 2] ^= 0x55
    return bytes(data)


def _cut(pack: Callable[[bytes], bytes], token: str) -> bytes:
    """Compressed lines that cannot be squeezed, the token early, the end missing."""
    noise = [{"n": f"{random.Random(n).getrandbits(256):x}"} for n in range(4000)]
    data = pack(jsonl([{"text": f"token {token}"}, *noise]).encode())
    return data[: len(data) * 2 // 3]


BAD: dict[str, tuple[bytes, str, str, int | None]] = {
    # name: content, status, code of its problem, token that must be found all the same
    "page.parquet": (_corrupt_parquet(), "partial", "", 1),
    "cut.jsonl.gz": (_cut(gzip.compress, TOKENS[2]), "partial", "source.truncated", 2),
    "cut.log.zst": (
        _cut(lambda d: zstandard.ZstdCompressor().compress(d), TOKENS[3]),
        "partial",
        "source.truncated",
        3,
    ),
    "text.parquet": (f"not parquet, but {TOKENS[4]}\n".encode(), "failed", "", None),
    "half.parquet": (_corrupt_parquet()[:3000], "failed", "", None),
    "text.arrow": (b"this is no arrow file\n", "failed", "", None),
    "lines.jsonl": (
        f'{{"t": "a"}}\n{{"t": "{TOKENS[5]}\n{{"t": "c"}}\n'.encode(),
        "partial",
        "record.invalid",
        5,
    ),
    "latin.csv": (f"name,note\nJos\xe9,{TOKENS[6]}\n".encode("latin-1"), "scanned", "", 6),
    "named.gz": (f"no gzip, but {TOKENS[7]}\n".encode(), "failed", "", None),
    "whole.jsonl": (jsonl([{"t": TOKENS[8]}]).encode(), "scanned", "", 8),
    "empty.csv": (b"", "scanned", "", None),
    "utf16.txt": (f"token {TOKENS[9]}\n".encode("utf-16"), "scanned", "", 9),
    "bad.json": (f'{{"t": "{TOKENS[10]}", '.encode(), "partial", "record.invalid", 10),
}


@pytest.fixture(scope="module")
def bad(new_house: Callable[[str], House]) -> tuple[Result, dict[str, Any]]:
    """One run over every bad input, with a policy that blocks nothing."""
    house = new_house("bad")
    files = {f"data/{name}": content for name, (content, *_) in BAD.items()}
    (house.work / "data").mkdir()
    os.mkfifo(house.work / "data" / "pipe.jsonl")
    (house.work / "data" / "dangling.jsonl").symlink_to("nowhere.jsonl")
    result = run(house, files, "-o", "json=r.json", "-o", "console=-", more=ALLOW_ALL)
    return result, house.json("r.json")


def test_bad_inputs_make_a_run_incomplete(bad: tuple[Result, dict[str, Any]]) -> None:
    result, report = bad
    assert result.code == 3, result.all
    assert report["verdict"]["outcome"] == "INCOMPLETE"
    assert len(report["inputs"]) == len(BAD) + 2


@pytest.mark.parametrize("name", BAD)
def test_each_bad_input_is_told_with_the_next_step(
    bad: tuple[Result, dict[str, Any]], name: str
) -> None:
    _, status, code, _ = BAD[name]
    (record,) = [i for i in bad[1]["inputs"] if i["uri"] == f"data/{name}"]
    assert record["status"] == status, record
    failures = [p for p in record["problems"] if not p["code"].startswith("note.")]
    assert bool(failures) == (status != "scanned")
    assert all(p["hint"] for p in failures), "no next step"
    assert code in {p["code"] for p in failures} | {""}
    if status != "scanned":
        assert record["reason"]


@pytest.mark.parametrize("name", [n for n in BAD if BAD[n][3] is not None])
def test_what_could_be_read_of_a_bad_input_is_found(
    bad: tuple[Result, dict[str, Any]], name: str
) -> None:
    found = [f["rule_id"] for f in bad[1]["findings"] if f["location"]["uri"] == f"data/{name}"]
    assert "github-token" in found


def test_what_is_no_file_is_told(bad: tuple[Result, dict[str, Any]]) -> None:
    fates = {i["uri"]: i for i in bad[1]["inputs"]}
    assert fates["data/pipe.jsonl"]["status"] == "skipped"
    assert fates["data/dangling.jsonl"]["status"] == "failed"


def test_no_bad_input_shows_its_content(bad: tuple[Result, dict[str, Any]]) -> None:
    result, report = bad
    told = result.all + str(report)
    assert [t[:6] for t in TOKENS if t[4:20] in told] == []


def test_a_digest_that_does_not_fit(house: House) -> None:
    house.file("data/a.jsonl", '{"t": "x"}\n')
    house.file("list.txt", f"{'0' * 64}  data/a.jsonl\n{'1' * 64}  data/gone.jsonl\n")
    policy = house.policy()
    result = house.run("gate", "@list.txt", "--policy", policy, *QUIET, "-o", "json=r.json")
    assert result.code == 3, result.all
    told = {i["uri"]: i["problems"][0]["code"] for i in house.json("r.json")["inputs"]}
    assert told == {"data/a.jsonl": "input.digest", "data/gone.jsonl": "source.missing"}


def test_evidence_that_is_cut(house: House) -> None:
    house.file("access/log.json.gz", gzip.compress(b'{"Records": [')[:-4])
    more = "access: {logs: [{path: access/log.json.gz, format: cloudtrail}]}"
    result = run(house, CLEAN, "-o", "json=r.json", more=more)
    assert result.code == 3, result.all
    (record,) = house.json("r.json")["evidence_inputs"]
    assert (record["uri"].endswith("access/log.json.gz"), record["status"]) == (True, "failed")
    assert all(p["hint"] for p in record["problems"])


def test_a_required_check_that_cannot_be_answered(house: House) -> None:
    result = run(house, CLEAN, more="gate: {block: [], checks: {required: [public-read]}}")
    assert result.code == 3
    assert "public-read" in result.out


# --- what happens while a run is under way -------------------------------------------------

SLOW = """
import pathlib, time
from scanner.batch import EachPlace, Place, TextBatch, text_array
from scanner.sources import Unit

class Slow:
    suffixes = frozenset({".slow"})
    def sniff(self, head): return False
    def units(self, shard): yield Unit(shard, "slow")
    def batches(self, unit, log):
        path = pathlib.Path(unit.shard.path)
        path.with_suffix(".reading").touch()
        for _ in range(600):
            if path.with_suffix(".go").exists(): break
            time.sleep(0.05)
        log.records += 1
        yield TextBatch(text_array([path.read_text()]), EachPlace([Place(0)]))
    def value_at(self, shard, location, named): return pathlib.Path(shard.path).read_text()

plugin = Slow()
"""


def meanwhile(house: House, act: Callable[[Path], None]) -> tuple[int, dict[str, dict[str, Any]]]:
    """Run over `data`, and `act` on it while `data/a.slow` is being read."""
    house.install("slow", "sources", SLOW)
    data = house.file("data/a.slow", f"token {TOKENS[11]}").parent
    house.file("data/z.jsonl", jsonl([{"t": TOKENS[12]}]))
    args = ("--policy", house.policy(more=ALLOW_ALL), *QUIET, "-o", "json=r.json")
    process = house.start("gate", "data/a.slow", "data/z.jsonl", *args)
    for _ in range(1200):
        if (data / "a.reading").exists() or process.poll() is not None:
            break
        time.sleep(0.05)
    act(data)
    (data / "a.go").touch()
    out, err = process.communicate(timeout=120)
    assert process.returncode in (0, 3), out + err
    report = house.json("r.json")
    assert report["findings"], "what could be read is kept"
    return process.returncode, {i["uri"]: i for i in report["inputs"]}


def test_nothing_happens_meanwhile(house: House) -> None:
    code, fates = meanwhile(house, lambda data: None)
    assert code == 0
    assert {f["status"] for f in fates.values()} == {"scanned"}


def test_a_shard_that_vanishes(house: House) -> None:
    code, fates = meanwhile(house, lambda data: (data / "z.jsonl").unlink())
    assert code == 3
    assert fates["data/a.slow"]["status"] == "scanned"
    assert fates["data/z.jsonl"]["status"] == "failed"
    assert fates["data/z.jsonl"]["problems"][0]["code"] == "source.gone"


def test_a_shard_that_changes(house: House) -> None:
    code, fates = meanwhile(house, lambda data: (data / "a.slow").write_text(f"x {TOKENS[11]} y"))
    assert code == 3
    assert "source.changed" in {p["code"] for p in fates["data/a.slow"]["problems"]}
    assert fates["data/z.jsonl"]["status"] == "scanned"


FATAL = """
import os, signal, time
from scanner.detectors import Pattern

class Fatal:
    def rules(self): return []
    def patterns(self): return [Pattern("fatal", ("FATAL-[KSX]",))]
    def confirm(self, value, key, hits):
        if b"FATAL-K" in value.data: os.kill(os.getpid(), signal.SIGKILL)
        if b"FATAL-S" in value.data: time.sleep(60)
        if b"FATAL-X" in value.data: raise RuntimeError(value.text)
        return iter(())

class Factory:
    def build(self, context): return Fatal()

plugin = Factory()
"""


@pytest.fixture(scope="module")
def fatal(new_house: Callable[[str], House]) -> tuple[Result, dict[str, Any]]:
    """One run in which a detector kills its worker, sleeps for ever, and raises."""
    house = new_house("fatal")
    house.install("fatal", "detectors", FATAL)
    files = {
        "data/a-killed.jsonl": jsonl([{"t": f"FATAL-K {TOKENS[13]}"}]),
        "data/b-stuck.jsonl": jsonl([{"t": f"FATAL-S {TOKENS[14]}"}]),
        "data/c-raises.jsonl": jsonl([{"t": f"FATAL-X {TOKENS[15]}"}]),
        "data/d-fine.jsonl": jsonl([{"t": TOKENS[16]}]),
    }
    more = f"{ALLOW_ALL}\nlimits: {{unit_seconds: 3}}"
    result = run(house, files, "-o", "json=r.json", more=more)
    assert result.code == 3, result.all
    return result, house.json("r.json")


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("a-killed", "failed", "unit.quarantined"),
        ("b-stuck", "failed", "unit.quarantined"),
        ("c-raises", "partial", "detector.crashed"),
        ("d-fine", "scanned", None),
    ],
)
def test_a_worker_that_dies_costs_only_its_input(
    fatal: tuple[Result, dict[str, Any]], name: str, status: str, code: str | None
) -> None:
    (record,) = [i for i in fatal[1]["inputs"] if name in i["uri"]]
    assert record["status"] == status
    assert [p["code"] for p in record["problems"]] == ([code] if code else [])


def test_what_the_others_held_is_found(fatal: tuple[Result, dict[str, Any]]) -> None:
    """A detector that raises costs no finding of the others."""
    found = {f["location"]["uri"] for f in fatal[1]["findings"]}
    assert found == {"data/c-raises.jsonl", "data/d-fine.jsonl"}


def test_a_killed_worker_tells_nothing_of_the_value(fatal: tuple[Result, dict[str, Any]]) -> None:
    told = fatal[0].all + str(fatal[1])
    assert [t[:6] for t in TOKENS if t[4:20] in told] == []
