"""Exports that are JSON: planted secrets are found where they stand, labelled, and with whom.

Samples are made up, in the schema that each format's own documentation gives.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from scanner import about, plugins
from scanner.about import Said
from scanner.batch import UnitLog

TIME = "2026-03-05T10:00:00.000Z"
NANO = str(1772704800 * 10**9)


def found(reading, path: Path, records: list | dict) -> dict[str, tuple[str, int, Said]]:
    """By planted text: its label, its record, and what is said of it."""
    lines = path.suffix == ".jsonl"
    text = "".join(json.dumps(r) + "\n" for r in records) if lines else json.dumps(records)
    path.write_text(text)
    shard, spots = reading.round_trip(path).shard, {}
    source = plugins.load("sources", "jsonl" if lines else "json")
    for unit in source.units(shard):
        for batch in source.batches(unit, UnitLog()):
            for row, value in enumerate(batch.values.to_pylist()):
                if "planted" in value:
                    place = next(batch.places.of(row))
                    said = about.said(batch.fields(place, lambda _: True), place.field)
                    spots[value] = place.label, place.record, said
    return spots


def text_attribute(key: str, value: str) -> dict:
    return {"key": key, "value": {"stringValue": value}}


def test_har(reading, tmp_path):
    """HTTP Archive 1.2."""
    request = {
        "method": "POST",
        "url": "https://app.example/login?x=1",
        "headers": [{"name": "Authorization", "value": "planted header"}],
        "cookies": [{"name": "sid", "value": "planted cookie"}],
        "queryString": [{"name": "token", "value": "planted query"}],
        "postData": {
            "mimeType": "application/x-www-form-urlencoded",
            "params": [{"name": "password", "value": "planted param"}],
        },
    }
    entries = [{"startedDateTime": TIME, "request": request, "response": {"status": 200}}]
    spots = found(reading, tmp_path / "a.har", {"log": {"version": "1.2", "entries": entries}})
    assert {value: spot[0] for value, spot in spots.items()} == {
        "planted header": "Authorization",
        "planted cookie": "sid",
        "planted query": "token",
        "planted param": "password",
    }
    said = spots["planted param"][2]
    assert said.application == "https://app.example" and said.time == datetime.fromisoformat(TIME)


@pytest.mark.parametrize("kind", ["resourceSpans", "resourceLogs"])
def test_opentelemetry(reading, tmp_path, kind):
    """OTLP JSON with the attributes of the GenAI and the OpenInference conventions."""
    attributes = [
        text_attribute("session.id", "s9"),
        text_attribute("enduser.id", "jane"),
        text_attribute("db.password", "planted attribute"),
        text_attribute("llm.input_messages.0.message.content", "planted message"),
        {"key": "tags", "value": {"arrayValue": {"values": [{"stringValue": "planted tag"}]}}},
        {
            "key": "m",
            "value": {"kvlistValue": {"values": [text_attribute("api_key", "planted in")]}},
        },
    ]
    at = {"startTimeUnixNano": NANO} if kind == "resourceSpans" else {"timeUnixNano": NANO}
    scope, rows = (
        ("scopeSpans", "spans") if kind == "resourceSpans" else ("scopeLogs", "logRecords")
    )
    record = {
        kind: [
            {
                "resource": {"attributes": [text_attribute("service.name", "chat")]},
                scope: [{rows: [{"name": "x", **at, "attributes": attributes}]}],
            }
        ]
    }
    spots = found(reading, tmp_path / "a.jsonl", [{}, record])
    assert {value: spot[0] for value, spot in spots.items()} == {
        "planted attribute": "db.password",
        "planted message": "llm.input_messages.0.message.content",
        "planted tag": "values",
        "planted in": "api_key",
    }
    for _, row, said in spots.values():
        assert row == 1 and said.person == (("account", "jane"),)
        assert (said.session, said.application, said.time.year) == ("s9", "chat", 2026)


def test_langfuse(reading, tmp_path):
    record = {
        "id": "t1", "timestamp": TIME, "userId": "jane@corp.example", "sessionId": "s1",
        "input": {"messages": [{"role": "user", "content": "planted input"}]},
        "metadata": {"api_key": "planted metadata"},
    }  # fmt: skip
    spots = found(reading, tmp_path / "a.jsonl", [record])
    assert {spot[0] for spot in spots.values()} == {"content", "api_key"}
    for _, _, said in spots.values():
        assert said.person == (("email", "jane@corp.example"),) and said.session == "s1"


def test_chats(reading, tmp_path):
    """OpenAI's chat format with parts and tool calls; ShareGPT."""
    call = {"type": "function", "function": {"name": "f", "arguments": '{"key": "planted call"}'}}
    chat = {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "planted part"}]},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "c", **call}]},
            {"role": "tool", "tool_call_id": "c", "content": "planted result"},
        ]
    }
    share = {"id": "x", "conversations": [{"from": "human", "value": "planted turn"}]}
    spots = found(reading, tmp_path / "a.jsonl", [chat, share])
    rows = {value: spot[1] for value, spot in spots.items()}
    assert rows == {
        "planted part": 0,
        '{"key": "planted call"}': 0,
        "planted result": 0,
        "planted turn": 1,
    }


def test_coding_agents(reading, tmp_path):
    """Transcripts with a line for each message, results of tools among them."""
    result = {"type": "tool_result", "tool_use_id": "t", "content": "KEY=planted result"}
    lines = [
        {"type": "summary", "summary": "x"},
        {
            "type": "user", "sessionId": "abc", "cwd": "/src", "timestamp": TIME,
            "message": {"role": "user", "content": [result]},
        },
    ]  # fmt: skip
    ((_, row, said),) = found(reading, tmp_path / "a.jsonl", lines).values()
    assert row == 1 and said.session == "abc" and said.time.year == 2026 and not said.person


def test_slack(reading, tmp_path):
    """A day of a channel: messages with attachments, blocks and files."""
    element = {"type": "rich_text_section", "elements": [{"type": "text", "text": "planted block"}]}
    message = {
        "type": "message", "user": "U012AB3CD", "ts": "1772704800.000100", "text": "planted text",
        "attachments": [{"fields": [{"title": "Password", "value": "planted field"}]}],
        "blocks": [{"type": "rich_text", "elements": [element]}],
        "files": [{"id": "F1", "name": "a.txt", "preview": "planted preview"}],
    }  # fmt: skip
    spots = found(reading, tmp_path / "2026-03-05.json", [{"type": "message"}, message])
    assert len(spots) == 4
    for _, row, said in spots.values():
        assert row == 1 and said.person == (("account", "u012ab3cd"),) and said.time.year == 2026


def test_activitywatch(reading, tmp_path):
    """The export of all buckets."""
    event = {"timestamp": TIME, "duration": 4, "data": {"app": "Firefox", "title": "planted"}}
    bucket = {"type": "currentwindow", "client": "aw-watcher-window", "hostname": "h"}
    export = {"buckets": {"b1": {**bucket, "events": [event]}}}
    ((label, _, said),) = found(reading, tmp_path / "a.json", export).values()
    assert label == "title" and (said.application, said.window) == ("Firefox", "planted")
    assert not said.person and said.time == datetime.fromisoformat(TIME)
