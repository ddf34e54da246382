"""The sample story is what its script writes, and truth.json is true.

Read with plain Python only: nothing here leans on leakgate's own readers.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import subprocess
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
import zstandard

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
TRUTH: dict[str, Any] = json.loads((SAMPLES / "truth.json").read_text())
PLANTED: list[dict[str, Any]] = TRUTH["planted"]
MADE = ("deskmate", "access", "truth.json")
TAME = ("example", "sample", "dummy", "test", "placeholder", "changeme", "xxxx", "12345", "abcdef")


# --- reading the files ---------------------------------------------------------------------


def content(path: Path) -> bytes:
    """The bytes of a file without their compression."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(data)
    if path.suffix == ".zst":
        return zstandard.ZstdDecompressor().decompress(data)
    return data


def table(path: Path) -> pa.Table:
    if path.suffix == ".parquet":
        return pq.read_table(path, page_checksum_verification=True)
    return pa.ipc.open_stream(path.read_bytes()).read_all()


@cache
def records(name: str) -> list[Any]:
    """The records of a data file, by number."""
    path = SAMPLES / name
    if path.suffix in (".parquet", ".arrow"):
        rows: list[Any] = table(path).to_pylist()
        return rows
    text = content(path).decode()
    if ".jsonl" in name:
        return [json.loads(line) for line in text.splitlines()]
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(text, newline="")))
    return text.splitlines()


def at(node: Any, pointer: str) -> Any:
    """What a JSON pointer points to."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        node = node[int(key)] if isinstance(node, list) else node[key]
    return node


def texts(entry: dict[str, Any]) -> Iterator[str]:
    """The texts in which an entry of the truth may count its span; mostly one."""
    part, field = entry["part"], entry["field"]
    if part == "path":
        yield Path(entry["file"]).name
    elif part == "statistics":
        yield from edges(entry["file"], field)
    elif part == "key":
        yield from at(records(entry["file"])[entry["record"]], field.removesuffix("/*"))
    else:
        record = metadata(entry["file"]) if part == "metadata" else records(entry["file"])
        found = record if part == "metadata" else record[entry["record"]]
        yield str(through(at(found, field), entry["layers"]))


def through(text: Any, layers: list[str]) -> Any:
    for layer in layers:
        text = at(json.loads(text), layer.removeprefix("json:"))
    return text


def metadata(name: str) -> dict[str, str]:
    found = pq.read_schema(SAMPLES / name).metadata
    return {key.decode(): value.decode() for key, value in found.items()}


def edges(name: str, field: str) -> Iterator[str]:
    """Least and greatest value of a column, of every row group."""
    meta = pq.read_metadata(SAMPLES / name)
    for group in range(meta.num_row_groups):
        for column in range(meta.num_columns):
            chunk = meta.row_group(group).column(column)
            if f"/{chunk.path_in_schema}" == field and chunk.statistics:
                yield from (chunk.statistics.min, chunk.statistics.max)


def raw(entry: dict[str, Any]) -> str:
    """The planted value, read from the file by the span that truth gives."""
    spans = [text[entry["start"] : entry["end"]] for text in texts(entry)]
    return next((s for s in spans if sha256(s) == entry["sha256"]), "")


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def of_kind(kind: str) -> set[str]:
    return {raw(entry) for entry in PLANTED if entry["kind"] == kind}


def data_files() -> list[Path]:
    found = [
        SAMPLES / "truth.json",
        *(SAMPLES / "deskmate").rglob("*"),
        *(SAMPLES / "access").rglob("*"),
    ]
    return sorted(path for path in found if path.is_file())


# --- the script ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("samples")
    command = [sys.executable, "-W", "error", str(SAMPLES / "make.py"), "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    return out


def test_the_script_writes_exactly_the_committed_files(made: Path) -> None:
    new = sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file())
    assert new == [path.relative_to(SAMPLES) for path in data_files()]


def test_the_script_writes_the_same_content(made: Path) -> None:
    for path in data_files():
        again = made / path.relative_to(SAMPLES)
        if path.suffix in (".parquet", ".arrow"):  # the writer's version stands in the bytes
            assert table(path).equals(table(again), check_metadata=True), path
        else:  # zlib and zstd may pack otherwise from version to version
            assert content(path) == content(again), path


def test_the_samples_are_small() -> None:
    sources = [*SAMPLES.glob("*.*"), *SAMPLES.glob("maker/*.py")]
    files = {*data_files(), *(path for path in sources if path.is_file())}
    assert 100_000 < sum(path.stat().st_size for path in files) < 2_000_000


# --- the planted values --------------------------------------------------------------------


@pytest.mark.parametrize("entry", PLANTED, ids=lambda e: f"{e['id']}@{Path(e['file']).name}")
def test_the_span_holds_the_value(entry: dict[str, Any]) -> None:
    assert raw(entry)


def test_no_occurrence_is_missing_from_the_truth() -> None:
    """Every planted value is counted as often as it stands in the decoded files."""
    values = {raw(e): e["id"] for e in PLANTED if e["category"] in ("credential", "pii")}
    told = Counter(e["id"] for e in PLANTED if e["part"] not in ("statistics", "path"))
    seen: Counter[str] = Counter()
    for path in (SAMPLES / "deskmate").rglob("*.*"):
        decoded = [records(str(path.relative_to(SAMPLES)))]
        if path.suffix == ".parquet":
            decoded.append(list(metadata(str(path.relative_to(SAMPLES))).values()))
        leaves = [leaf for node in decoded for leaf in strings(node)]
        seen.update(
            i for leaf in leaves for value, i in values.items() for _ in range(leaf.count(value))
        )
    assert {i: told[i] for i in values.values()} == dict(seen)


def strings(node: Any) -> Iterator[str]:
    """Every string below a node, keys and numbers too, and those inside JSON strings."""
    if isinstance(node, dict):
        for key, item in node.items():
            yield str(key)
            yield from strings(item)
    elif isinstance(node, list):
        for item in node:
            yield from strings(item)
    elif isinstance(node, str) and node.startswith("{"):
        yield from strings(json.loads(node))
    elif node is not None:
        yield str(node)


def test_every_kind_of_place_is_used() -> None:
    parts = {e["part"] for e in PLANTED}
    assert parts == {"value", "number", "key", "path", "metadata", "statistics"}
    assert max(len(e["layers"]) for e in PLANTED) == 2
    assert {e["category"] for e in PLANTED} == {"credential", "pii", "term", "integrity"}
    ends = {"".join(Path(e["file"]).suffixes[-2:]) for e in PLANTED}
    assert ends >= {
        ".jsonl",
        ".jsonl.gz",
        ".jsonl.zst",
        ".csv",
        ".parquet",
        ".arrow",
        ".md",
        ".log",
    }


def test_no_planted_value_looks_like_a_placeholder() -> None:
    for entry in PLANTED:
        value = raw(entry).lower()
        if entry["kind"] == "email":  # a reserved domain is the one honest choice
            value = value.partition("@")[0]
        assert not [word for word in TAME if word in value], entry["id"]


def test_checksums_are_valid() -> None:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    for token in of_kind("github-token") | of_kind("npm-token"):
        number = 0
        for char in token[-6:]:
            number = number * 62 + digits.index(char)
        assert number == zlib.crc32(token[4:-6].encode())
    for card in of_kind("payment-card"):
        numbers = [int(c) for c in reversed(card.replace(" ", ""))]
        assert (
            sum(n if i % 2 == 0 else sum(divmod(2 * n, 10)) for i, n in enumerate(numbers)) % 10
            == 0
        )
    for iban in of_kind("iban"):
        assert int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1
    assert len(of_kind("github-token")) == 3
    assert len(of_kind("payment-card")) == 4
    assert len(of_kind("iban")) == 2


def test_the_json_is_written_the_hard_way() -> None:
    line = content(SAMPLES / "deskmate/telemetry/2026-10-05.jsonl").decode()
    assert "\\nAKIA" in line
    assert "\\u0040" in line
    assert "\\/" in line
    assert '\\\\\\"' in content(SAMPLES / "deskmate/telemetry/2026-10-06.jsonl.gz").decode()


def test_every_marker_stands_beside_a_planted_value() -> None:
    by_place: dict[tuple[str, int | None], set[str]] = {}
    for entry in PLANTED:
        by_place.setdefault((entry["file"], entry["record"]), set()).add(entry["id"].split(".")[0])
    assert len(of_kind("in-band-marker")) == 4
    marked = [kinds for kinds in by_place.values() if "marker" in kinds]
    alone = [kinds for kinds in marked if kinds == {"marker"}]
    assert len(marked) >= 12
    assert not alone


def test_clean_files_hold_nothing_planted() -> None:
    values = {raw(entry) for entry in PLANTED}
    clean = [path for path in data_files() if "clean" in path.parts]
    assert TRUTH["clean"] == [str(path.relative_to(SAMPLES)) for path in clean]
    for path in clean:
        assert not [v for v in values if v in content(path).decode()]


def test_the_truth_gives_nothing_away() -> None:
    told = (SAMPLES / "truth.json").read_text()
    secret = {raw(e) for e in PLANTED if e["category"] in ("credential", "pii")}
    assert not [value for value in secret if value in told]


def test_terms_are_those_of_the_terms_file() -> None:
    terms = {t["id"]: t for t in yaml.safe_load((SAMPLES / "terms.yaml").read_text())["terms"]}
    used = {e["kind"].removeprefix("term.") for e in PLANTED if e["category"] == "term"}
    launched = {i for i, t in terms.items() if str(t.get("embargo_until", "9")) < TRUTH["as_of"]}
    assert used == set(terms) - launched
    assert launched == {"quillstone"}


# --- access --------------------------------------------------------------------------------


def stores() -> dict[str, Any]:
    return {store["store"]: store for store in TRUTH["stores"]}


def trail() -> list[dict[str, Any]]:
    """All CloudTrail events, each once."""
    events = {}
    for path in (SAMPLES / "access/cloudtrail").rglob("*.json.gz"):
        for event in json.loads(content(path))["Records"]:
            events[event["eventID"]] = event
            assert event["eventTime"][:10] <= "-".join(path.parts[-4:-1])
    return list(events.values())


def actor(event: dict[str, Any]) -> str:
    who = event["userIdentity"]
    if who["type"] == "AWSAccount":
        return str(who["accountId"])
    return str(who.get("arn", who.get("invokedBy"))).rpartition("/")[2].partition("@")[0]


def reads() -> Iterator[tuple[str, str, str]]:
    """Successful reads of both logs: time, actor, resource."""
    for event in trail():
        if event["eventName"] == "GetObject" and "errorCode" not in event:
            asked = event["requestParameters"]
            yield event["eventTime"], actor(event), f"s3://{asked['bucketName']}/{asked['key']}"
    for row in records("access/warehouse-access.csv"):
        if row["activity"] == "Read" and row["status"] == "Success":
            yield row["finished_at"].replace(" ", "T") + "Z", row["user_name"], row["object"]


@pytest.mark.parametrize("name", stores())
def test_who_did_read_is_counted_right(name: str) -> None:
    store = stores()[name]
    seen = [read for read in reads() if read[2].startswith(store["resource"])]
    told = {reader["actor"]: reader["reads"] for reader in store["did_read"]["readers"]}
    assert dict(Counter(who for _, who, _ in seen)) == told
    assert store["did_read"]["reads"] == len(seen)
    after = [time for time, _, _ in seen if time >= store["landed"]]
    assert store["did_read"].get("first_read_after_landing") == min(after, default=None)


def test_the_wrong_people_are_in_the_story() -> None:
    wrong = {
        name: {r["actor"] for r in store["did_read"]["readers"] if not r["ok"]}
        for name, store in stores().items()
    }
    assert wrong["deskmate-telemetry"] == {"cormac.teague", "wren.ashdown", "ext-rowan-ives"}
    assert wrong["deskmate-exports"] == {"anonymous", "bram.ekker"}
    assert wrong["deskmate-restricted"] == set()
    assert wrong["deskmate-sessions"] == {"cormac.teague", "odette.farrow"}


def test_every_read_of_a_store_names_an_object_that_is_here() -> None:
    for _, _, resource in reads():
        for store in TRUTH["stores"]:
            if resource.startswith(store["resource"]):
                assert (
                    SAMPLES / store["path"] / resource.removeprefix(store["resource"])
                ).is_file()


def test_exports_are_logged_from_the_eighth_and_one_event_comes_twice() -> None:
    exports = [e for e in trail() if e["requestParameters"].get("key", "").startswith("exports/")]
    assert min(e["eventTime"] for e in exports) >= "2026-10-08"
    files = (SAMPLES / "access/cloudtrail").rglob("*.json.gz")
    ids = [e["eventID"] for path in files for e in json.loads(content(path))["Records"]]
    assert len(ids) == len(set(ids)) + 1
    assert {e["eventName"] for e in trail()} == {"GetObject", "ListObjects", "PutObject"}
    assert any(e.get("errorCode") == "AccessDenied" for e in trail())


def test_the_groups_nest_in_a_circle_and_open_the_raw_data_to_all() -> None:
    directory = json.loads((SAMPLES / "access/directory.json").read_text())
    groups = {group["id"]: set(group["members"]) for group in directory["groups"]}
    assert "data-platform" in groups["analysts"]
    assert "all-staff" in groups["data-platform"]
    assert "data-platform" in groups["all-staff"]
    people = {user["id"] for user in directory["users"] if user["type"] == "user"}
    could = stores()["deskmate-telemetry"]["could_read"]
    assert people - set(could["readers"]) == {"ext-rowan-ives"}
    assert could["people"] == len(people) - 1
    assert len(groups["deskmate-core"]) == 6


def test_every_member_and_grantee_is_in_the_directory() -> None:
    directory = json.loads((SAMPLES / "access/directory.json").read_text())
    known = {one["id"] for one in directory["users"] + directory["groups"]}
    aliases = {a for one in directory["users"] + directory["groups"] for a in one["aliases"]}
    assert {m for group in directory["groups"] for m in group["members"]} <= known
    assert {row["principal"] for row in records("access/warehouse-grants.csv")} <= known
    policy = json.loads((SAMPLES / "access/bucket-policy.json").read_text())
    named = [s["Principal"] for s in policy["Statement"] if s["Principal"] != "*"]
    assert {p["AWS"] for p in named} <= aliases


def test_the_policy_and_the_truth_speak_of_the_same_stores() -> None:
    policy = yaml.safe_load((SAMPLES / "policy.yaml").read_text())
    told = {s["store"]: (s["path"], s["resource"], s["landed"]) for s in TRUTH["stores"]}
    assert told == {
        s["name"]: (s["path"], s["resource"], f"{s['landed']:%Y-%m-%dT%H:%M:%SZ}")
        for s in policy["stores"]
    }
    access = policy["access"]
    named = [*access["directory"], *(e["path"] for e in access["grants"] + access["logs"])]
    assert all((SAMPLES / path).exists() for path in named)
    assert {r["path"] for r in TRUTH["stores"]} == {
        f"deskmate/{path.name}/" for path in (SAMPLES / "deskmate").iterdir()
    }
    assert TRUTH["expected"] == {"verdict": "BLOCK", "exit_code": 1}
