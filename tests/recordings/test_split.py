"""What is split over records is found, with the records that hold its parts."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keyed import finds, recordings_of

from scanner.keystrokes.views import expand
from scanner.rulepacks.examples import fill

TOKEN = fill("<<github:ghp_>>", "split")
PEM = fill("<<pem:RSA PRIVATE KEY>>", "split").strip()
OTHER = fill("<<pem:EC PRIVATE KEY>>", "split/other").strip()
Finding = Any


def write(path: Path, rows: Sequence[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def openai(text: str, who: str = "chatcmpl-1", index: int = 0) -> dict[str, Any]:
    choice = {"index": index, "delta": {"content": text}, "finish_reason": None}
    return {"id": who, "object": "chat.completion.chunk", "choices": [choice]}


def pieces(text: str, cuts: Sequence[int]) -> list[str]:
    marks = [0, *sorted(set(cuts)), len(text)]
    return [text[a:b] for a, b in pairwise(marks) if a < b]


def write_sample(stem: Path, text: str) -> Path:
    """Five characters a chunk, as models write."""
    return write(
        stem.with_suffix(".jsonl"), [openai(p) for p in pieces(text, range(5, len(text), 5))]
    )


def of(rule: str, found: Sequence[Finding]) -> list[Finding]:
    return [f for f in found if f.rule_id == rule]


def rows_of(finding: Finding) -> list[int]:
    return expand(finding.location.rows)


SHAPES = {
    "openai": openai,
    "completions": lambda t: {
        "id": "c1", "object": "text_completion", "choices": [{"text": t, "index": 0}]
    },
    "responses": lambda t: {"type": "response.output_text.delta", "item_id": "m1", "delta": t},
    "anthropic": lambda t: {
        "type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": t}
    },
    "tool arguments": lambda t: {
        "id": "c1",
        "object": "chat.completion.chunk",
        "choices": [
            {"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": t}}]}}
        ],
    },
    "gemini": lambda t: {
        "candidates": [{"content": {"parts": [{"text": t}], "role": "model"}, "index": 0}],
        "responseId": "r1",
    },
    "ai sdk": lambda t: {"type": "text-delta", "id": "t1", "delta": t},
    "wrapped": lambda t: {"ts": 1, "session_id": "s", "data": openai(t)},
    "events in a text": lambda t: {"ts": 1, "line": 2, "data": json.dumps(openai(t))},
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_a_streamed_token_is_found_with_its_chunks(shape: str, tmp_path: Path) -> None:
    parts = pieces(f"use {TOKEN} now", [9, 14, 22, 31, 40])
    (found,) = of(
        "github-token", finds(write(tmp_path / "a.jsonl", [SHAPES[shape](p) for p in parts]))
    )
    assert rows_of(found) == [0, 1, 2, 3, 4, 5]
    assert found.location.part == "typed"
    assert found.location.record == 0


def test_server_sent_events_of_a_log_are_joined(tmp_path: Path) -> None:
    lines = [f"data: {json.dumps(openai(p))}\n\n" for p in pieces(TOKEN, [7, 20])]
    path = tmp_path / "a.log"
    path.write_text("".join(lines) + "data: [DONE]\n")
    assert len(of("github-token", finds(path))) == 1


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.integers(1, 50), min_size=1, max_size=12), st.integers(1, 3))
def test_wherever_chunks_are_cut_offsets_and_rows_are_true(
    tmp_path: Path, cuts: list[int], streams: int
) -> None:
    text = f"my key: {TOKEN}."
    parts = pieces(text, [c for c in cuts if c < len(text)])
    rows = [openai(p, f"chat-{n}") for p in parts for n in range(streams)]
    path = write(tmp_path / "a.jsonl", rows)
    joined = [(p, t) for p, t in recordings_of(path)[0] if t == text]
    assert len(joined) == (streams if len(parts) > 1 else 0)
    at = text.index(TOKEN)
    for n, (place, _) in enumerate(joined):
        ends = [sum(map(len, parts[: i + 1])) for i in range(len(parts))]
        true = [
            i * streams + n
            for i, end in enumerate(ends)
            if end > at and end - len(parts[i]) < at + len(TOKEN)
        ]
        assert expand(place.typed.rows(at, at + len(TOKEN))[0]) == true


def pem_rows(pem: str, who: str) -> list[dict[str, Any]]:
    return [{"session": who, "n": n, "line": line} for n, line in enumerate(pem.split("\n"))]


def test_a_key_of_which_each_row_holds_a_line_is_found_whole(tmp_path: Path) -> None:
    rows = [
        {"session": "z", "line": "hello"},
        *pem_rows(PEM, "a"),
        {"session": "a", "line": "bye bye"},
    ]
    found = of("private-key", finds(write(tmp_path / "a.jsonl", rows)))
    assert [rows_of(f) for f in found] == [list(range(1, 1 + len(PEM.split("\n"))))]
    whole = of("private-key", finds(write(tmp_path / "b.jsonl", [{"line": PEM}])))
    assert whole[0].fingerprint == found[0].fingerprint


def test_keys_of_two_sessions_are_kept_apart(tmp_path: Path) -> None:
    one, other = pem_rows(PEM, "a"), pem_rows(OTHER, "b")
    rows = [row for pair in zip(one, other, strict=False) for row in pair]
    rows += one[len(other) :] + other[len(one) :]
    found = of("private-key", finds(write(tmp_path / "a.jsonl", rows)))
    assert len(found) == 2
    for finding in found:
        assert len({rows[n]["session"] for n in rows_of(finding)}) == 1


def test_a_key_in_a_column_of_a_table(tmp_path: Path) -> None:
    lines = PEM.split("\n")
    with (tmp_path / "a.csv").open("w", newline="") as out:
        csv.writer(out).writerows([("n", "text"), *enumerate(lines)])
    pq.write_table(pa.table({"n": list(range(len(lines))), "text": lines}), tmp_path / "a.parquet")
    for name in ("a.csv", "a.parquet"):
        found = of("private-key", finds(tmp_path / name))
        assert [rows_of(f) for f in found] == [list(range(len(lines)))], name


def test_a_key_in_log_lines_with_something_in_front(tmp_path: Path) -> None:
    rows = [
        {"msg": f"2026-10-01 12:00:0{n % 10} INFO dump: {line}"}
        for n, line in enumerate(PEM.split("\n"))
    ]
    assert len(of("private-key", finds(write(tmp_path / "a.jsonl", rows)))) == 1


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(4, 36), st.sampled_from(["", "export X="]), st.sampled_from(["", " && run"]))
def test_a_token_cut_at_the_end_of_a_row(tmp_path: Path, cut: int, before: str, after: str) -> None:
    rows = [
        {"session": "a", "text": before + TOKEN[:cut]},
        {"session": "b", "text": "something else"},
        {"session": "a", "text": TOKEN[cut:] + after},
    ]
    (found,) = of("github-token", finds(write(tmp_path / "a.jsonl", rows)))
    assert rows_of(found) == [0, 2]


def test_a_cut_token_far_behind_the_samples_is_seen(tmp_path: Path) -> None:
    rows = [
        {"session": "a", "text": f"a sentence of no interest, number {n}"} for n in range(20_000)
    ]
    rows[11_000:11_000] = [
        {"session": "a", "text": TOKEN[:17]},
        {"session": "a", "text": TOKEN[17:]},
    ]
    (found,) = of("github-token", finds(write(tmp_path / "a.jsonl", rows)))
    assert rows_of(found) == [11_000, 11_001]


def test_whole_tokens_are_found_once(tmp_path: Path) -> None:
    rows = [
        {"session": "a", "text": TOKEN},
        {"session": "a", "text": "and more"},
        {"session": "a", "text": "x"},
    ]
    assert len(of("github-token", finds(write(tmp_path / "a.jsonl", rows)))) == 1


def test_rows_of_other_sessions_are_not_joined(tmp_path: Path) -> None:
    rows = [{"session": "a", "text": TOKEN[:17]}, {"session": "b", "text": TOKEN[17:]}]
    assert not of("github-token", finds(write(tmp_path / "a.jsonl", rows)))


def test_a_word_in_the_next_row_does_not_make_a_token_longer(tmp_path: Path) -> None:
    live = "sk_" + "live_" + fill("<<alnum:24>>", "split")
    for after in (
        "continue and so on",
        "Yes and so on",
        "OK and so on",
        "1 and so on",
        "DEBUG=true",
    ):
        rows = [
            {"session": "a", "text": f"key {live}"},
            {"session": "a", "text": after},
        ]
        assert len(of("stripe-live-key", finds(write(tmp_path / "a.jsonl", rows)))) == 1
