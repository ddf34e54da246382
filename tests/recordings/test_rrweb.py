"""Sessions of web pages as rrweb records them."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path

import pytest
from keyed import finds, recordings_of, rows_named, texts_of

NOW = 1790000000000


def element(tag: str, node: int, attributes: dict, *children: dict) -> dict:
    return {
        "type": 2,
        "tagName": tag,
        "attributes": attributes,
        "childNodes": [*children],
        "id": node,
    }


def session(text: str, attributes: dict | None = None) -> list[dict]:
    """A page with one field in which a text is typed."""
    field = element(
        "input", 7, {"type": "text", "name": "note"} if attributes is None else attributes
    )
    label = element("label", 8, {"for": "f1"}, {"type": 3, "textContent": "Field", "id": 9})
    page = {"type": 0, "childNodes": [element("html", 2, {}, label, field)], "id": 1}
    events = [
        {
            "type": 4,
            "data": {"href": "https://app.example/login", "width": 800, "height": 600},
            "timestamp": NOW,
        },
        {
            "type": 2,
            "data": {"node": page, "initialOffset": {"left": 0, "top": 0}},
            "timestamp": NOW + 1,
        },
        {"type": 3, "data": {"source": 2, "type": 5, "id": 7}, "timestamp": NOW + 2},
    ]
    for i in range(len(text)):
        data = {"source": 5, "text": text[: i + 1], "isChecked": False, "id": 7}
        events.append({"type": 3, "data": data, "timestamp": NOW + 100 * i})
        if i == 2:
            change = {
                "source": 0,
                "texts": [{"id": 9, "value": "3 typed"}],
                "attributes": [],
                "removes": [],
                "adds": [],
            }
            events.append({"type": 3, "data": change, "timestamp": NOW + 100 * i + 1})
    return events


def packed(event: dict) -> str:
    return zlib.compress(json.dumps({**event, "v": "v1"}).encode()).decode("latin-1")


def zipped(value: object) -> str:
    return gzip.compress(json.dumps(value).encode()).decode("latin-1")


def write_sample(stem: Path, text: str) -> Path:
    path = stem.with_suffix(".json")
    path.write_text(json.dumps(session(text)))
    return path


def _written(path: Path, events: list[dict], form: str) -> Path:
    if form == "array":
        path.write_text(json.dumps(events))
    elif form == "document":
        path.write_text(json.dumps({"id": "s1", "events": events}))
    elif form == "lines":
        path = path.with_suffix(".jsonl")
        path.write_text("".join(json.dumps(e) + "\n" for e in events))
    elif form == "wrapped lines":
        path = path.with_suffix(".jsonl")
        rows = [{"sessionId": "s", "seq": i, "event": e} for i, e in enumerate(events)]
        path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    elif form == "strings in lines":
        path = path.with_suffix(".jsonl")
        rows = [{"session_id": "s", "data": json.dumps(e)} for e in events]
        path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    elif form == "packed data":
        path = path.with_suffix(".jsonl")
        rows = [{**e, "cv": "2024-10", "data": zipped(e["data"])} for e in events]
        path.write_text("".join(json.dumps({"$snapshot_data": [r]}) + "\n" for r in rows))
    else:
        path.write_text(json.dumps([packed(e) for e in events], ensure_ascii=form == "packed"))
    return path


FORMS = [
    "array",
    "document",
    "lines",
    "wrapped lines",
    "strings in lines",
    "packed",
    "packed raw",
    "packed data",
]


@pytest.mark.parametrize("form", FORMS)
def test_prefixes_are_one_series_in_any_form(form, tmp_path):
    events = session("my plan is ready")
    path = _written(tmp_path / "a.json", events, form)
    (place,) = [
        p
        for p, t in recordings_of(path)[0]
        if t == "my plan is ready" and p.field.startswith("/value/")
    ]
    rows, beside = place.typed.rows(0, 16)
    assert rows.rpartition(":")[2] == "3-5,7-19"
    assert beside.rpartition(":")[2] == "6"  # the page that changed while it was typed


@pytest.mark.parametrize(
    "attributes",
    [
        {"type": "password"},
        {"type": "text", "autocomplete": "current-password"},
        {"type": "text", "aria-label": "Your PIN"},
    ],
)
def test_a_password_field_is_a_credential(attributes, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(session("sunflower", attributes)))
    found = [f for f in finds(path) if f.rule_id == "typed-secure-field"]
    assert len(found) == 1
    events = [
        e for i, e in enumerate(session("sunflower", attributes)) if i not in rows_named(found)
    ]
    path.write_text(json.dumps(events))
    assert not [f for f in finds(path) if f.category == "credential"]


def test_a_masked_field_holds_only_its_length(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(session("*********", {"type": "password"})))
    assert not [f for f in finds(path) if f.category == "credential"]


def test_an_emptied_field_begins_another_value(tmp_path):
    events = session("first value")
    events += [
        {"type": 3, "data": {"source": 5, "text": t, "id": 7}, "timestamp": NOW + 9999}
        for t in ("", "s", "se", "second")
    ]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(events))
    assert {"first value", "second"} <= set(texts_of(path))


def test_all_strings_of_packed_events_are_read(tmp_path):
    console = {
        "type": 6,
        "timestamp": NOW,
        "data": {
            "plugin": "rrweb/console@1",
            "payload": {
                "level": "log",
                "trace": ["a.js:1:2"],
                "payload": ['"said on the console"'],
            },
        },
    }
    path = _written(tmp_path / "a.json", [*session("abc"), console], "packed")
    assert '"said on the console"' in texts_of(path)


def test_a_packed_event_that_is_damaged_is_counted(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([packed(session("abc")[0]), packed(session("abc")[1])[:40]]))
    problems = recordings_of(path)[1].problems
    assert [(p.code, p.records) for p in problems] in (
        [("events.rejected", (1,))],
        [("events.truncated", (1,))],
    )


def test_members_packed_by_themselves(tmp_path):
    events = session("my plan is ready")
    change = {"source": 0, "adds": [], "texts": zipped([{"id": 9, "value": "from the page"}])}
    events.append({"type": 3, "timestamp": 1790000999000, "data": change})
    path = tmp_path / "a.json"
    path.write_text(json.dumps(events))
    assert "from the page" in texts_of(path)


def test_a_field_that_is_typed_on_in_the_next_file(tmp_path):
    events = [{"sessionId": "s1", "userId": "ann", "event": e} for e in session("my Zq8-pelican")]
    for number, some in enumerate((events[:9], events[9:])):
        lines = "".join(json.dumps(event) + "\n" for event in some)
        (tmp_path / f"part-{number}.jsonl").write_text(lines)
    ((place, text),) = recordings_of(tmp_path / "part-1.jsonl")[0]
    assert (text, place.typed.rows(0, 9)[1].partition(" ")[0]) == (
        "my Zq8-pelican",
        "before:1-2,4-6",
    )
    assert (place.typed.about["userId"], place.typed.about["session"]) == ("ann", "s1")
