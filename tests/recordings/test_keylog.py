"""Logs of single keys."""

from __future__ import annotations

import csv
import json
import random
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from keyed import finds, recordings_of, rows_named, texts_of
from typist import Typist

from scanner import inputs


def write_sample(stem: Path, text: str) -> Path:
    path = stem.with_suffix(".jsonl")
    typist = Typist(seed=3)
    typist.text(text)
    path.write_text("".join(json.dumps(row) + "\n" for row in typist.log()))
    return path


def lines(path: Path, records: list) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in records))
    return path


def browser(text: str) -> list[dict]:
    rows = []
    for i, char in enumerate(text):
        for kind in ("keydown", "keypress", "keyup"):
            rows.append({"type": kind, "key": char, "timeStamp": 1e3 + 100 * i, "ctrlKey": False})
    return rows


SHAPES = {
    "key_down": lambda i, c, up: {"event": "key_up" if up else "key_down", "key": c, "t": i},
    "on_press": lambda i, c, up: {"action": "on_release" if up else "on_press", "char": c, "ts": i},
    "pressed": lambda i, c, up: {"time_ns": (1790000000 + i) * 10**9, "pressed": not up, "key": c},
    "evdev": lambda i, c, up: {"ts": i, "code": "KEY_" + c.upper(), "value": 0 if up else 1},
    "dom code": lambda i, c, up: {
        "type": "keyup" if up else "keydown",
        "code": "Key" + c.upper(),
        "key": c,
        "timeStamp": i,
    },
    "nested": lambda i, c, up: {
        "event": "keyup" if up else "keydown",
        "data": {"key": c},
        "time": 1790000000000 + i,
    },
    "windows": lambda i, c, up: {
        "KeyEvent": "Up" if up else "Down",
        "VkCode": ord(c.upper()),
        "Timestamp": f"2026-10-05 12:00:00.{i:06d}",
    },
}


@pytest.mark.parametrize("shape", SHAPES)
def test_logs_of_many_shapes(shape, tmp_path):
    made = SHAPES[shape]
    rows = [made(2 * i + up, char, up) for i, char in enumerate("passphrase") for up in (0, 1)]
    assert "passphrase" in texts_of(lines(tmp_path / "a.jsonl", rows))


def test_keypress_between_keydown_and_keyup_is_the_same_key(tmp_path):
    assert texts_of(lines(tmp_path / "a.jsonl", browser("hello"))) == ["hello"]


@pytest.mark.parametrize("kind", ["csv", "tsv", "json", "parquet", "document"])
def test_any_format_with_members(kind, tmp_path):
    typist = Typist(seed=5)
    typist.text("the key is Zq8-pelican")
    rows, path = typist.log(), tmp_path / f"a.{kind}"
    if kind in ("csv", "tsv"):
        with path.open("w", newline="") as out:
            table = csv.DictWriter(out, rows[0], delimiter="," if kind == "csv" else "\t")
            table.writeheader()
            table.writerows(rows)
    elif kind == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        path = tmp_path / "a.json"
        path.write_text(json.dumps({"user": "u", "events": rows} if kind == "document" else rows))
    assert any("the key is Zq8-pelican" in text for text in texts_of(path))


def test_streams_of_users_are_told_apart(tmp_path):
    rows = []
    for user, text in (("ann", "alpha bravo"), ("bob", "charlie delta")):
        typist = Typist(seed=len(user) + len(text))
        typist.text(text)
        rows += [{**row, "user_id": user} for row in typist.log()]
    rows.sort(key=lambda row: row["ts"])
    assert texts_of(lines(tmp_path / "a.jsonl", rows)) == ["alpha bravo", "charlie delta"]


@pytest.mark.parametrize("scale", [1, 1000, 10**6, 10**9, "iso", "mixed"])
def test_times_in_any_unit_put_rows_in_order(scale, tmp_path):
    typist, dice = Typist(seed=6), random.Random(6)
    typist.text("ordering matters")
    rows = typist.log()
    for i, row in enumerate(rows):
        if scale == "iso":
            row["ts"] = datetime.fromtimestamp(row["ts"], UTC).isoformat()
        elif scale != "mixed":
            row["ts"] = row["ts"] if scale == 1 else int(row["ts"] * scale)
        elif i % 2:
            row["ts"] = int(row["ts"] * 10**9)
    dice.shuffle(rows)
    assert texts_of(lines(tmp_path / "a.jsonl", rows)) == ["ordering matters"]


def test_two_clocks_leave_the_order_as_it_is(tmp_path):
    rows = [
        {"ts": 5.0 + i if i % 3 else 1.79e9 + i, "event": "press", "key": c}
        for i, c in enumerate("monotonic")
    ]
    assert texts_of(lines(tmp_path / "a.jsonl", rows)) == ["monotonic"]


def test_events_that_are_not_understood_are_counted(tmp_path):
    rows = [{"ts": i, "event": "press", "key": c} for i, c in enumerate("hello")]
    rows.insert(2, {"ts": 1.5, "event": "press", "key": "no such key at all"})
    problems = recordings_of(lines(tmp_path / "a.jsonl", rows))[1].problems
    assert [(p.code, p.count, p.records) for p in problems] == [("events.rejected", 1, (2,))]


def test_a_secret_typed_and_erased_is_found_and_its_rows_are_named(tmp_path):
    typist = Typist(seed=8)
    secret = "ghp_" + "".join(
        random.Random(8).choices("abcdefghijkmnpqrstuvwxyzABCDEF23456789", k=36)
    )
    typist.text("try " + secret)
    for _ in secret:
        typist.key("Key.backspace")
    typist.text("something else")
    path = lines(tmp_path / "a.jsonl", typist.log())
    found = [f for f in finds(path) if f.category == "credential"]
    assert found
    left = rows_named(found)
    rows = [row for i, row in enumerate(typist.log()) if i not in left]
    assert not [f for f in finds(lines(tmp_path / "b.jsonl", rows)) if f.category == "credential"]


def test_a_growing_column_is_one_series(tmp_path):
    text = "hunter pw Xk9-quail"
    rows = [
        {"ts": i, "key": c, "event": "press", "buffer": text[: i + 1]} for i, c in enumerate(text)
    ]
    path = lines(tmp_path / "a.jsonl", rows)
    texts, _ = recordings_of(path)
    (series,) = [place for place, text in texts if place.field.startswith("/value/")]
    assert series.typed.rows(11, 15)[0] == f"0-{len(text) - 1}"


def test_a_column_that_grows_without_keys_is_enough(tmp_path):
    rows = [{"ts": i, "app": "notes", "current_text": "my plan is"[: i + 1]} for i in range(10)]
    assert texts_of(lines(tmp_path / "a.jsonl", rows)) == ["my plan is"]


@pytest.mark.parametrize(
    "mark",
    [
        {"field": "password"},
        {"secure_input": True},
        {"input_type": "password", "field": "x"},
        {"element": "AXSecureTextField"},
        {"field_name": "Login password"},
    ],
)
def test_a_secure_field_is_a_credential_whatever_it_holds(mark, tmp_path):
    rows = [{"ts": i / 10, "event": "press", "key": c, **mark} for i, c in enumerate("sunflower")]
    (found,) = [
        f for f in finds(lines(tmp_path / "a.jsonl", rows)) if f.rule_id == "typed-secure-field"
    ]
    assert found.location.rows == "0-8"
    assert "sunflower" not in repr(found)


def test_screens_between_first_key_and_the_end_are_collateral(tmp_path):
    rows = [
        {"ts": i, "event": "press", "key": c, "field": "password"} for i, c in enumerate("tulips")
    ]
    shot = {"ts": 3.5, "event": "screenshot", "key": None, "field": "password"}
    rows.insert(4, shot)
    rows.append({"ts": 99, "event": "screenshot", "key": None, "field": "password"})
    (found,) = [
        f for f in finds(lines(tmp_path / "a.jsonl", rows)) if f.rule_id == "typed-secure-field"
    ]
    assert found.location.rows == "0-3,5-6"
    assert found.location.collateral.startswith("4")


def test_logs_in_archives_are_read_as_well(tmp_path):
    secret = "ghp_" + "".join(random.Random(9).choices("abcdefghijkmnpqrstuvwxyzABCDEF2345", k=36))
    write_sample(tmp_path / "member", f"the token is {secret}")
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        archive.add(tmp_path / "member.jsonl", "logs/member.jsonl")
    (found,) = [f for f in finds(path) if f.category == "credential"]
    assert (found.location.member, found.location.part) == ("logs/member.jsonl", "typed")
    (shard,) = inputs.discover([str(path)])
    assert inputs.value_at(shard, found.location, str) == secret
