"""The sample story through the real gate, against what `samples/truth.json` says is in it."""

from __future__ import annotations

import json
import runpy
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from e2e_house import KEY, ROOT, House, Result

from scanner.seal import Sealer

SAMPLES = ROOT / "samples"
TRUTH: dict[str, Any] = json.loads((SAMPLES / "truth.json").read_text())
PLANTED: list[dict[str, Any]] = TRUTH["planted"]
STORES = {store["store"]: store for store in TRUTH["stores"]}
Row = dict[str, Any]


@dataclass(frozen=True)
class Demo:
    result: Result
    report: dict[str, Any]

    def incidents(self, store: str) -> list[Row]:
        """The incidents that lie in one store alone, so that their readers are the store's."""
        base = STORES[store]["resource"]
        return [
            i
            for i in self.report["incidents"]
            if i["store"] == store
            and i["resources"]
            and all(r.startswith(base) for r in i["resources"])
        ]

    def could_read(self, store: str) -> list[Row]:
        return [i["could_read"] for i in self.incidents(store)]

    def did_read(self, store: str) -> list[Row]:
        return [i["did_read"] for i in self.incidents(store)]


@pytest.fixture(scope="module")
def demo(new_house: Callable[[str], House]) -> Demo:
    house = new_house("demo")
    shutil.copytree(SAMPLES, house.work, dirs_exist_ok=True)
    args = ("--policy", "policy.yaml", "--now", TRUTH["as_of"], "-o", "json=report.json", "-q")
    result = house.run("gate", "deskmate", "-j1", *args)
    assert result.code in (0, 1, 3), result.err
    return Demo(result, house.json("report.json"))


def test_the_verdict(demo: Demo) -> None:
    assert demo.result.code == TRUTH["expected"]["exit_code"], demo.result.all
    assert demo.report["verdict"]["outcome"] == TRUTH["expected"]["verdict"]


def test_everything_was_read(demo: Demo) -> None:
    for record in demo.report["inputs"] + demo.report["evidence_inputs"]:
        assert record["status"] == "scanned", record
    reasons = [r["text"] for r in demo.report["verdict"]["reasons"] if r["outcome"] == "INCOMPLETE"]
    assert reasons == []


_READING = runpy.run_path(str(ROOT / "tests" / "test_samples.py"))


def _raw(entry: Row) -> str:
    """The planted value: it stands in the sample files only, truth has its digest."""
    value: str = _READING["raw"](entry)
    return value


# --- what was planted ----------------------------------------------------------------------


def _shown(file: str) -> set[str]:
    """The names by which outputs may call a file: a sensitive part of it is sealed."""
    sealer, parts = Sealer(KEY.encode(), None), file.split("/")  # type: ignore[arg-type]
    hidden = [
        "/".join([*parts[:i], sealer.name_of(p), *parts[i + 1 :]]) for i, p in enumerate(parts)
    ]
    return {file, *hidden}


def _is_at(finding: Row, entry: Row) -> bool:
    at = finding["location"]
    return (
        at["uri"] in _shown(entry["file"])
        and at["part"] == entry["part"]
        and at["record"] == entry["record"]
        and _same_field(at["field"], entry)
        and at["layers"][: len(entry["layers"])] == entry["layers"]
        and _overlap(at, entry)
    )


def _overlap(at: Row, entry: Row) -> bool:
    """True when they share characters; what stands there may have been decoded once more."""
    start, end = at["start"], at["end"]
    for step in at["layers"][len(entry["layers"]) :][:1]:
        start, end = map(int, step.partition(":")[2].split("-")) if "-" in step else (0, 0)
    return bool(start < entry["end"] and entry["start"] < end)


def _same_field(shown: str, entry: Row) -> bool:
    field = entry["field"]
    if field.endswith("/*"):
        return shown.startswith(field[:-1]) and "~h" in shown
    if entry["part"] == "statistics":
        return shown.startswith(f"{field}/")  # then row group, and min or max
    return shown == field


def _name(entry: Row) -> str:
    return f"{entry['id']}@{Path(entry['file']).name}:{entry['record']}{entry['field']}"


@pytest.mark.parametrize("entry", [e for e in PLANTED if not e["weak"]], ids=_name)
def test_every_planted_value_is_found_where_it_stands(demo: Demo, entry: Row) -> None:
    found = [f for f in demo.report["findings"] if _is_at(f, entry)]
    assert entry["category"] in {f["category"] for f in found}, found


def test_one_value_one_fingerprint(demo: Demo) -> None:
    """The same secret has one fingerprint wherever it stands, and no two secrets share one.

    A private key is one secret with and without its line ends.
    """
    owners: dict[str, set[str]] = {}
    for entry in PLANTED:
        if entry["category"] == "credential" and not entry["weak"]:
            secret = "pem" if entry["id"].startswith("cred.pem") else entry["sha256"]
            for finding in demo.report["findings"]:
                if _is_at(finding, entry) and finding["category"] == "credential":
                    owners.setdefault(finding["fingerprint"], set()).add(secret)
    assert len(owners) > 20
    assert [o for o in owners.values() if len(o) > 1] == []


def test_the_clean_part_is_clean(demo: Demo) -> None:
    found = [f for f in demo.report["findings"] if f["location"]["uri"] in TRUTH["clean"]]
    assert [(f["rule_id"], f["location"]) for f in found] == []


def test_no_planted_value_is_shown(demo: Demo) -> None:
    """Spot check; tests/e2e/test_canary.py looks at everything a run leaves behind."""
    told = json.dumps(demo.report, ensure_ascii=False) + demo.result.all
    values = [_raw(e) for e in PLANTED if e["category"] in ("credential", "term")]
    assert len(values) > 50
    assert all(len(v) > 7 for v in values)
    assert [v[:3] for v in values if v in told] == []


# --- who could and did read ----------------------------------------------------------------


@pytest.mark.parametrize("store", sorted(STORES))
def test_who_could_read(demo: Demo, store: str) -> None:
    truth, answers = STORES[store]["could_read"], demo.could_read(store)
    assert answers, "no incident lies in this store alone"
    assert {a["public"] for a in answers} == {truth["public"]}
    assert {a["all_staff"] for a in answers} == {truth["all_staff"]}
    if "people" in truth:
        assert {a["people"] for a in answers} == {truth["people"]}


@pytest.mark.parametrize(
    "store", [s for s in sorted(STORES) if STORES[s]["could_read"].get("readers")]
)
def test_the_readers_by_name(demo: Demo, store: str) -> None:
    truth = STORES[store]["could_read"]
    known = {*truth["readers"], *truth.get("conditional", ())}
    for answer in demo.could_read(store):
        named = {r["principal"] for r in answer["readers"] if r["type"] not in _EVERYBODY}
        assert named, "nobody is named"
        assert named <= known
        assert len(named) == len(known) or len(answer["readers"]) >= 8, "a short list is whole"


_EVERYBODY = ("public", "anonymous", "all_staff")


@pytest.mark.parametrize("store", sorted(STORES))
def test_who_did_read(demo: Demo, store: str) -> None:
    """Of all objects of a store together: each reader that truth names is named, no other."""
    truth, answers = STORES[store]["did_read"], demo.did_read(store)
    states = {a["state"] for a in answers}
    named = {r["principal"]: r for a in answers for r in a["readers"]}
    assert truth["state"] in states
    if truth["state"] == "read":
        expected = {r["actor"]: r for r in truth["readers"]}
        outsiders = {name for name, r in expected.items() if not r["granted"]}
        assert set(named) <= set(expected)
        assert outsiders <= {name for name, r in named.items() if not r["explained"]}
        assert {n for n, r in expected.items() if not r["ok"]} <= set(named)
    else:
        assert named == {}
        assert states == {truth["state"]}


def test_what_no_log_covers_is_unknown(demo: Demo) -> None:
    """The shared copy is logged by nothing; exports/ only from a day and a half after landing."""
    assert {a["state"] for a in demo.did_read("deskmate-shared-copy")} == {"unknown"}
    exports = demo.did_read("deskmate-exports")
    assert exports
    for answer in exports:
        assert answer["state"] in ("read", "unknown"), "a gap in the log is never `not read`"
        assert "2026-10-08" in answer["coverage"], answer["coverage"]


@pytest.mark.parametrize("check", ["public-read", "all-staff-read", "read-while-exposed"])
def test_the_required_checks_fire(demo: Demo, check: str) -> None:
    results = {c["id"]: c for c in demo.report["checks"]}
    assert results[check]["state"] == "violated"
    told = [r for r in demo.report["verdict"]["reasons"] if fnmatchcase(r["rule"], f"*{check}")]
    assert [r["outcome"] for r in told] == ["BLOCK"]


def test_markers_in_the_data_are_reported(demo: Demo) -> None:
    found = [f for f in demo.report["findings"] if f["category"] == "integrity"]
    assert len(found) >= sum(e["category"] == "integrity" for e in PLANTED) > 0
