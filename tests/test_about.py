"""What records say of themselves is found by name, and sealed."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.about import NOTHING, Names, person_key, plain, said, time_from
from scanner.batch import Place, UnitLog
from scanner.model import About
from scanner.pointer import join, segment
from scanner.sources import Shard, Source, arrow, jsonl, parquet
from scanner.sources import csv as csv_source

WHEN = datetime(2026, 10, 5, 6, 0, tzinfo=UTC)
ROW = {
    "user_id": 42,
    "user_email": "Jane@Example.org",
    "session": "s-1",
    "app": "Slack",
    "window_title": "Inbox",
    "ts": WHEN.timestamp() * 1000,
}


def test_a_flat_row_says_all() -> None:
    found = said(ROW)
    assert found.person == (("email", "jane@example.org"), ("account", "42"))
    assert (found.session, found.application, found.window) == ("s-1", "Slack", "Inbox")
    assert found.time == WHEN
    assert "jane" not in repr(found)


@pytest.mark.parametrize(
    ("record", "pointer", "person"),
    [
        (
            {"user": {"id": 7, "email": "a@b.example"}},
            "",
            (("email", "a@b.example"), ("account", "7")),
        ),
        ({"userId": "U7"}, "", (("account", "u7"),)),
        (
            {"author": "ann", "messages": [{"author": "bob"}]},
            "/messages/0/text",
            (("account", "bob"),),
        ),
        (
            {"attributes": {"traceloop.association.properties.user_id": "u8"}},
            "",
            (("account", "u8"),),
        ),
        ({"from": "Mia", "from_id": "user77", "text": "x"}, "/text", (("account", "user77"),)),
        ({"requesterUsername": "mia", "requests": [{}]}, "/requests/0", (("account", "mia"),)),
        ({"subject": "Re: hello", "from": "gpt", "to": "b"}, "/subject", ()),
        (
            {"attributes": [{"key": "user.id", "value": {"stringValue": "u9"}}]},
            "",
            (("account", "u9"),),
        ),
        ({"employee_name": "Ann Lee"}, "", (("name", "ann lee"),)),
        ({"role": "user", "sender": "user", "text": "x"}, "", ()),
        ({"email": "Ann <ann@x.example>"}, "", (("email", "ann@x.example"),)),
        ({"user": "ann", "customer": "bob"}, "", (("account", "ann"),)),
        ({"user": None, "actor": "carl"}, "", (("account", "carl"),)),
        ([{"user": "ann"}], "/0/text", (("account", "ann"),)),
    ],
)
def test_persons(record: Any, pointer: str, person: tuple[tuple[str, str], ...]) -> None:
    assert said(record, pointer).person == person


def test_names_of_the_policy_come_first() -> None:
    record = {"user": "ann", "badge": "B-7", "screen": "s"}
    names = Names(user=("Badge",), window=("screen",))
    assert said(record, "", names).person == (("account", "b-7"),)
    assert said(record, "", names).window == "s"
    assert names.wanted("BADGE")
    assert not names.wanted("text")


def test_a_title_is_a_window_where_there_is_an_application() -> None:
    assert said({"app": "Word", "title": "plan.docx"}).window == "plan.docx"
    assert said({"title": "plan.docx"}) == NOTHING


@pytest.mark.parametrize("power", [1, 1e3, 1e6, 1e9])
def test_times_by_size(power: float) -> None:
    moment = time_from(int(WHEN.timestamp() * power))
    assert moment == WHEN
    assert time_from(str(int(WHEN.timestamp() * power))) == WHEN


@pytest.mark.parametrize(
    "value", [12.5, True, "12:30", "", None, [], float("nan"), 1e300, "x" * 50]
)
def test_what_is_no_time(value: Any) -> None:
    assert time_from(value) is None


def test_texts_of_times() -> None:
    assert time_from("2026-10-05T08:00:00+02:00") == WHEN
    assert time_from("2026-10-05 06:00:00") == WHEN
    assert time_from("2026-10-05T06:00:00Z") == WHEN


@given(st.sampled_from(["userId", "user_id", "User-ID", "user.id", "USER_ID"]))
def test_spelling_does_not_matter(name: str) -> None:
    assert plain(name) == "user_id"
    assert said({name: "x1"}).person == (("account", "x1"),)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["user", "id", "ts", "key", "value", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(JSON, st.lists(st.sampled_from(["user", "0", "x", "~h0", "-1"]), max_size=3))
def test_any_record_may_be_asked(record: Any, path: list[str]) -> None:
    found = said(record, join(segment(p) for p in path))
    assert found.time is None or found.time.tzinfo is UTC
    assert all(kind in ("email", "account", "name") and key for kind, key in found.person)


@given(st.text(max_size=40))
def test_person_keys_are_stable(text: str) -> None:
    key = person_key(text)
    assert key is None or person_key(key[1]) == key


# Sources ----------------------------------------------------------------------------------


def written(folder: Path, kind: str, rows: list[dict[str, Any]]) -> tuple[Source, Shard]:
    path = folder / f"a.{kind}"
    if kind == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    elif kind == "csv":
        out = io.StringIO()
        table = csv.DictWriter(out, rows[0].keys())
        table.writeheader()
        table.writerows(rows)
        path.write_text(out.getvalue(), "utf-8")
    elif kind == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=3)
    else:
        with (
            pa.OSFile(str(path), "wb") as file,
            pa.ipc.new_file(file, pa.Table.from_pylist(rows).schema) as out_file,
        ):
            out_file.write_table(pa.Table.from_pylist(rows), max_chunksize=3)
    modules = {"jsonl": jsonl, "csv": csv_source, "parquet": parquet, "arrow": arrow}
    source: Source = modules[kind].plugin
    return source, Shard(str(path), path.name, f".{kind}", size=path.stat().st_size)


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet", "arrow"])
def test_every_place_of_a_source_has_its_record(tmp_path: Path, kind: str) -> None:
    rows = [{**ROW, "user_id": f"u{i}", "text": f"text {i}"} for i in range(8)]
    source, shard = written(tmp_path, kind, rows)
    seen = set[str]()
    for unit in source.units(shard):
        for batch in source.batches(unit, UnitLog()):
            for row in range(len(batch.values)):
                for place in batch.places.of(row):
                    if place.record is None or batch.fields is None:
                        continue
                    found = said(batch.fields(place, Names().wanted), place.field)
                    assert ("account", f"u{place.record}") in found.person
                    assert found.time == WHEN
                    seen.add(place.field)
    assert {"/text", "/user_id"} <= seen


def test_a_place_without_record_is_about_nothing() -> None:
    assert About() == About("", "", "", "", None)
    assert Place().record is None
