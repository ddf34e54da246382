"""The tables of the story: chat export, training shard, session table, sealed interviews."""

# ruff: noqa: S311 - repeatable filler is the point, nothing here is secret

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from maker import filler
from maker.store import Store, flat
from maker.text import Found, Json, Value, fill_all, plain

START = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)


def write(store: Store, values: Mapping[str, Value]) -> None:
    _csv(store, "deskmate/exports/chat-export.csv", _chat_rows(values))
    _csv(store, "deskmate/restricted/interviews.csv", _interviews(values))
    _shard(store, values)
    _sessions(store, values)


def _csv(store: Store, name: str, rows: Sequence[dict[str, Any]]) -> None:
    plains, found = flat(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(plains[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(plains)
    store.add(name, out.getvalue().encode(), found)


SAID: tuple[tuple[str, Any], ...] = (
    ("ticket says the bot key is {cred.slack} - please rotate", None),
    ("whoever needs the demo board: login is demo-board, password: {cred.password.wiki}", None),
    ("new desk phone of the front office is {phone.uk3}", None),
    ("see attachment", {"from": "{email.partner}", "note": "quote for {term.larkspur}"}),
    ("{term.halcyon} has a date, but it stays in here\nthread: {term.halcyon2}_dates", None),
    ("{marker.leakgate} old pipeline token {cred.github.docs}", None),
    ("payment form again: {card.spaced} was charged twice", None),
    ("I moved the hook", {"url": "{cred.webhook}", "meta": Json({"by": "{email.priya}"})}),
    ("for the {term.orrery1} job use the report user", None),
    ("{marker.kingfisher} export STRIPE={cred.stripe}", None),
)
CHANNELS = ("#platform-help", "#random", "#desk-moves", "#release-train")


def _chat_rows(values: Mapping[str, Value]) -> list[dict[str, Any]]:
    random = Random("chat")
    dull: list[tuple[str, Any]] = [(random.choice(filler.TYPED), None) for _ in range(420)]
    rows = filler.woven(random, dull, list(SAID))
    return [_chat_row(random, i, said, more, values) for i, (said, more) in enumerate(rows)]


def _chat_row(
    random: Random, i: int, message: str, attached: Any, values: Mapping[str, Value]
) -> dict[str, Any]:
    row = {
        "sent_at": (START + timedelta(seconds=97 * i)).isoformat(),
        "channel": random.choice(CHANNELS),
        "sender": filler.user(random),
        "message": message,
        "attachment": Json(attached) if attached else "",
        "message_id": filler.uuid(random),
    }
    return {key: fill_all(cell, values) for key, cell in row.items()}


def _interviews(values: Mapping[str, Value]) -> list[dict[str, Any]]:
    """Six people asked how they feel about the recorder; the prefix is sealed."""
    asked = (
        ("{email.odette}", "{phone.us4}", "worried that pay talks were on screen"),
        ("{email.cormac}", "", "asked for the recorder to be paused during calls"),
        ("{email.nils}", "", "typed the build password: {cred.password.form} while recorded"),
        ("", "", "no concerns"),
        ("", "", "wants to see what was kept"),
        ("", "", "left early"),
    )
    return [
        {"interview": i, "mail": fill_all(mail, values), "phone": fill_all(phone, values),
         "summary": fill_all(summary, values)}
        for i, (mail, phone, summary) in enumerate(asked, 1)
    ]  # fmt: skip


TRAINED = (
    ("Explain this header: Authorization: Bearer {cred.jwt}", "It carries a signed set of claims."),
    ("Draft a mail to {email.idris} about {term.nightheron}", "Hello Idris, a word on the mode."),
    ("What is wrong with token {cred.github.deploy}?", "Nothing that I can see, but rotate it."),
    ("Save {phone.us1} as courier", "Saved."),
    ("# {marker.noqa}\nKEY = '{cred.anthropic}'", "Read the key from the environment instead."),
    ("{marker.pragma} wire to {iban.gb} today", "I prepared the transfer, please confirm."),
)


def _shard(store: Store, values: Mapping[str, Value]) -> None:
    """A training shard as the `datasets` library caches it: an Arrow IPC stream."""
    import pyarrow as pa

    random = Random("shard")
    dull = [
        _pair(random.choice(filler.QUESTIONS), random.choice(filler.ANSWERS)) for _ in range(380)
    ]
    trained = [_pair(*pair) for pair in TRAINED]
    rows = filler.woven(random, dull, [fill_all(pair, values) for pair in trained])
    plains, found = flat([{**row, "meta": _meta(random, i)} for i, row in enumerate(rows)])
    table = pa.Table.from_pylist(plains, schema=_shard_schema())
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=128)
    store.add("deskmate/exports/train/shard-00000.arrow", sink.getvalue(), found)


def _pair(question: str, answer: str) -> dict[str, Any]:
    turns = (("user", question), ("assistant", answer))
    return {"messages": [{"role": role, "content": text} for role, text in turns]}


def _meta(random: Random, i: int) -> Any:
    return Json({"row": i, "digest": filler.hexes(random, 64), "split": "train"})


def _shard_schema() -> Any:
    import pyarrow as pa

    text = {"dtype": "string", "_type": "Value"}
    features = {"messages": [{"role": text, "content": text}], "meta": text}
    message = pa.struct([("role", pa.string()), ("content", pa.string())])
    info = json.dumps({"info": {"features": features}}, separators=(",", ":"))
    schema = pa.schema([("messages", pa.list_(message)), ("meta", pa.string())])
    return schema.with_metadata({"huggingface": info})


DONE = (
    [("typed", "the {term.larkspur2} numbers are in the sheet"), ("typed", "send to {email.mara}")],
    [("typed", "AWS key {cred.aws.id} stopped working"), ("click", "Reply all")],
    [("typed", "# {marker.kingfisher}"), ("typed", "token={cred.gitlab}")],
    [("click", "Save"), ("typed", "card {card.till} again, please refund")],
)


def _sessions(store: Store, values: Mapping[str, Value]) -> None:
    """The session table of the warehouse, one Parquet file that is queried in place."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    name = "deskmate/warehouse/sessions.parquet"
    plains, found = flat(_session_rows(values))
    metadata, inside = _dsn(values)
    schema = _session_schema().with_metadata(metadata)
    out = io.BytesIO()
    pq.write_table(
        pa.Table.from_pylist(plains, schema=schema), out, compression="zstd", row_group_size=128,
        write_statistics=["clipboard"], write_page_checksum=True, store_schema=True,
    )  # fmt: skip
    edges = _edges([row["clipboard"] for row in plains], found, 128)
    store.add(name, out.getvalue(), [*found, *inside, *edges])


def _session_rows(values: Mapping[str, Value]) -> list[dict[str, Any]]:
    random = Random("sessions")
    rows = filler.woven(random, [_session(random, None) for _ in range(290)],
                        [_session(random, done) for done in DONE])  # fmt: skip
    clip = {row: "xoxb copied: {cred.slack}" for row in (40, 41, 42)} | {200: "{cred.github.docs}"}
    for row, text in clip.items():
        rows[row]["clipboard"] = text
    return [fill_all(row, values) | {"started_at": START + timedelta(minutes=2 * i)}
            for i, row in enumerate(rows)]  # fmt: skip


def _session(random: Random, done: Sequence[tuple[str, str]] | None) -> dict[str, Any]:
    dull = [("typed", random.choice(filler.TYPED)), ("click", random.choice(filler.LABELS))]
    events = [
        {"t": 1.5 * i, "kind": kind, "text": text} for i, (kind, text) in enumerate(done or dull)
    ]
    return {
        "session_id": filler.hexes(random, 16),
        "user": filler.user(random),
        "app": random.choice(list(filler.APPS)),
        "started_at": START,
        "events": events,
        "clipboard": random.choice(("copied a cell", "copied a link", "nothing copied")),
    }


def _session_schema() -> Any:
    import pyarrow as pa

    words = pa.dictionary(pa.int32(), pa.string())
    event = pa.struct([("t", pa.float64()), ("kind", pa.string()), ("text", pa.string())])
    return pa.schema([
        ("session_id", pa.string()), ("user", words), ("app", words),
        ("started_at", pa.timestamp("ms", tz="UTC")),
        ("events", pa.list_(event)), ("clipboard", words),
    ])  # fmt: skip


def _dsn(values: Mapping[str, Value]) -> tuple[dict[str, str], list[Found]]:
    """Key-value metadata that a careless writer left in the footer."""
    dsn = "postgresql://deskmate_rw:{cred.postgres}@db7.hollowbrook.internal:5432/desk"
    data, found = plain(fill_all({"collector.config": Json({"dsn": dsn, "batch": 128})}, values))
    return data, [replace(f, part="metadata") for f in found]


def _edges(cells: Sequence[str], found: Sequence[Found], size: int) -> list[Found]:
    """Planted values that the column statistics repeat: each row group's least and greatest."""
    edges = []
    for at in range(0, len(cells), size):
        group = cells[at : at + size]
        for row in {at + group.index(min(group)), at + group.index(max(group))}:
            hit = [f for f in found if f.field == "/clipboard" and f.record == row]
            edges += [replace(f, record=None, part="statistics") for f in hit]
    return edges
