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
from scanner.rulepacks.examples import fill


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
MAC = dict(zip("asdfhgzxcv", range(10), strict=True)) | {"e": 14, "r": 15, "p": 35, "n": 45}
HID = {c: 4 + i for i, c in enumerate("abcdefghijklmnopqrstuvwxyz")}
LINUX = dict(zip("qwertyuiop", range(16, 26), strict=True))
LINUX |= dict(zip("asdfghjkl", range(30, 39), strict=True))
LINUX |= dict(zip("zxcvbnm", range(44, 51), strict=True))
SHAPES |= {
    "macOS codes": lambda i, c, up: {
        "type": "keyUp" if up else "keyDown",
        "keycode": MAC[c],
        "flags": 256,
        "timestamp": 10**9 * i,
    },
    "macOS numbers": lambda i, c, up: {"event_type": 11 if up else 10, "keycode": MAC[c], "t": i},
    "X11 codes": lambda i, c, up: {
        "event": "KeyRelease" if up else "KeyPress",
        "keycode": LINUX[c] + 8,
        "state": 16,
        "time": i,
    },
    "raw input": lambda i, c, up: {"sec": i, "type": 1, "code": LINUX[c], "value": 1 - up},
    "USB": lambda i, c, up: {"time": i, "usage": HID[c], "pressed": not up},
    "uiohook": lambda i, c, up: {"type": 5 if up else 4, "time": i, "keycode": LINUX[c]},
    "window messages": lambda i, c, up: {"wParam": 257 if up else 256, "vkCode": ord(c.upper())},
    "scan codes and names": lambda i, c, up: {
        "event_type": "up" if up else "down",
        "scan_code": LINUX[c],
        "name": c,
        "time": i,
    },
    "labels": lambda i, c, up: {"EventType": "KeyUp" if up else "KeyDown", "Key": c.upper()},
    "short": lambda i, c, up: {"dt": 0.05, "e": "ku" if up else "kd", "k": c},
    "no names": lambda i, c, up: [1790000000 + i / 10, "up" if up else "press", c],
    "other words": lambda i, c, up: {
        "Zeit": f"2026-10-05 12:00:00.{i:06d}",
        "Ereignis": "losgelassen" if up else "gedrückt",
        "Taste": c,
    },
    "JSON inside": lambda i, c, up: {
        "id": i,
        "event_type": "key_release" if up else "key_press",
        "payload": json.dumps({"key": c}),
    },
    "batches": lambda i, c, up: {
        "batch": i,
        "user": "u",
        "events": [{"type": "keyup" if up else "keydown", "key": c, "t": i}],
    },
}


SHAPES |= {
    "any wrapper": lambda i, c, up: {
        "Meta": {"UserId": "u1", "TS": 1790000000000 + i},
        "Kbd": {"What": {"Action": "Released" if up else "Pressed", "KeyName": c}},
    },
    "JSON in a text of any name": lambda i, c, up: {
        "topic": "keys",
        "key": "u1",
        "value": json.dumps({"evt": "release" if up else "press", "k": c, "t": i}),
    },
    "the act as a name": lambda i, c, up: {
        "time": {"secs_since_epoch": 1790000000 + i, "nanos_since_epoch": 5},
        "event_type": {"KeyRelease" if up else "KeyPress": "Key" + c.upper()},
    },
    "attributes": lambda i, c, up: {
        "timeUnixNano": str((1790000000 + i) * 10**9),
        "attributes": [
            {"key": "event.name", "value": {"stringValue": "keyup" if up else "keydown"}},
            {"key": "key", "value": {"stringValue": c}},
        ],
    },
    "keysyms": lambda i, c, up: {"ev": "release" if up else "press", "sym": hex(ord(c)), "ts": i},
    "seconds and microseconds": lambda i, c, up: {
        "tv_sec": "1790000000",
        "tv_usec": str(i),
        "code": "KEY_" + c.upper(),
        "value": str(1 - up),
    },
}


@pytest.mark.parametrize("shape", SHAPES)
def test_logs_of_many_shapes(shape, tmp_path):
    made = SHAPES[shape]
    rows = [made(2 * i + up, char, up) for i, char in enumerate("passphrase") for up in (0, 1)]
    assert "passphrase" in texts_of(lines(tmp_path / "a.jsonl", rows))


TIMES = {
    "press and release": {"press": 1.0, "release": 1.07},
    "down and up": {"downTime": 1000, "upTime": 1070},
    "PRESS_TIME": {"PRESS_TIME": 1000, "RELEASE_TIME": 1070, "KEYSTROKE_ID": 1, "KEYCODE": 65},
}


@pytest.mark.parametrize("shape", TIMES)
def test_a_row_with_the_times_of_press_and_release(shape, tmp_path):
    first = TIMES[shape]
    step = 200 * max(1, next(iter(first.values())) / 1000)
    rows = [
        {n: v + i * step if "e" in n.lower() and v != 65 else v for n, v in first.items()}
        | {"LETTER": c}
        for i, c in enumerate("passphrase")
    ]
    assert texts_of(lines(tmp_path / "a.jsonl", rows)) == ["passphrase"]


def pressed(text: str) -> list[dict]:
    return [{"type": "keyDown", "value": c} for c in text]


DOCUMENTS = {  # with the array whose elements are the rows
    "nested": (
        {"actions": [{"type": "key", "actions": pressed("passphrase")}]},
        "/actions/0/actions:",
    ),
    "beside a longer one": (
        {"mouse": [{"x": n} for n in range(99)], "typing": {"list": pressed("passphrase")}},
        "/typing/list:",
    ),
    "with a name and a value": (
        {
            "log": [
                {"t": n, "type": "EV_KEY", "name": "KEY_" + c.upper(), "value": 1}
                for n, c in enumerate("passphrase")
            ]
        },
        "/log:",
    ),
    "by time": ({str(1790000000 + n): e for n, e in enumerate(pressed("passphrase"))}, ":"),
}


@pytest.mark.parametrize("shape", DOCUMENTS)
def test_documents_of_many_shapes(shape, tmp_path):
    path, (document, array) = tmp_path / "a.json", DOCUMENTS[shape]
    path.write_text(json.dumps(document))
    ((place, text),) = recordings_of(path)[0]
    assert (text, place.typed.rows(2, 4)[0]) == ("passphrase", array + "2-3")


def test_batches_say_whose_their_events_are(tmp_path):
    batches = [{"sid": "s1", "uid": "u1", "batch": pressed(text)} for text in ("pass", "phrase")]
    ((place, text),) = recordings_of(lines(tmp_path / "a.jsonl", batches))[0]
    assert (text, place.typed.rows(2, 6)[0]) == ("passphrase", "0-1")
    assert (place.typed.about["user"], place.typed.about["session"]) == ("u1", "s1")


def test_what_an_editor_is_told_to_insert_and_delete(tmp_path):
    rows = [{"type": "input", "inputType": "insertText", "data": c} for c in "pas"]
    rows += [{"type": "input", "inputType": "deleteContentBackward", "data": None}]
    rows += [{"type": "input", "inputType": "insertText", "data": c} for c in "ssword"]
    assert texts_of(lines(tmp_path / "a.jsonl", rows))[0] == "password"


def test_keys_that_are_not_known_are_counted_in_a_log_without_acts(tmp_path):
    rows = [{"t": i, "keystroke": c} for i, c in enumerate("correct horse")]
    rows += [{"t": 19, "keystroke": "[BACKSPACE]"}, {"t": 20, "keystroke": "[NO SUCH KEY]"}]
    texts, log = recordings_of(lines(tmp_path / "a.jsonl", rows))
    assert "correct hors" in [text for _, text in texts]
    assert [(p.code, p.records) for p in log.problems] == [("events.rejected", (14,))]


def test_keys_and_times_as_columns_of_one_document(tmp_path):
    path, keys = tmp_path / "a.json", list("passphrase")
    times = [i / 5 for i in range(len(keys))]
    path.write_text(
        json.dumps({"keys": keys, "press_times": times, "release_times": [t + 0.1 for t in times]})
    )
    ((place, text),) = recordings_of(path)[0]
    assert (text, place.typed.rows(2, 4)[0]) == ("passphrase", "/keys:2-3")


@pytest.mark.parametrize(
    ("name", "bits"), [("modifiers", 8), ("state", 1), ("flags", 0x20100), ("mod", 0x1001)]
)
def test_shift_as_a_bit_whatever_its_number(name, bits, tmp_path):
    usual = {0x20100: 0x100, 0x1001: 0x1000}.get(bits, 0)
    rows = [
        {"t": i / 5, "event": "press", "key": c.lower(), name: bits if c.isupper() else usual}
        for i, c in enumerate("correctHorseBattery")
    ]
    assert texts_of(lines(tmp_path / "a.jsonl", rows)) == ["correctHorseBattery"]


def test_a_table_without_a_header(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("".join(f"{c},down,{1790000000000 + 99 * i}\n" for i, c in enumerate("sesame")))
    assert texts_of(path) == ["sesame"]


def test_milliseconds_of_a_clock_that_began_at_zero(tmp_path):
    rows = []
    for i, code in enumerate([83, 69, 83, 65, 77, 69] * 3):
        rows.append({"type": "keydown", "keyCode": 16, "timeStamp": 300.5 * i})
        rows.append({"type": "keydown", "keyCode": code, "timeStamp": 300.5 * i + 60})
        rows.append({"type": "keyup", "keyCode": code, "timeStamp": 300.5 * i + 120})
        rows.append({"type": "keyup", "keyCode": 16, "timeStamp": 300.5 * i + 150})
    assert "SESAMESESAMESESAME" in texts_of(lines(tmp_path / "a.jsonl", rows))


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


def test_each_finding_says_whose_session_it_is(tmp_path):
    rows = []
    for number, user in enumerate(("ann", "bob", "")):
        typist = Typist(seed=9, start=1.79e9 + 3600 * number)
        typist.text("the token is " + fill("<<github:ghp_>>", user))
        rows += [{**row, "user": user} for row in typist.log()]
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"events": rows}))
    found = [f for f in finds(path) if f.category == "credential"]
    assert len({f.about.user for f in found}) == 3
    assert {f.about.time.hour: bool(f.about.user) for f in found} == {14: True, 15: True, 16: False}
