"""Text, line by line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner import inputs, longvalues, plugins
from scanner.batch import Piece, UnitLog
from scanner.pointer import same
from scanner.sources import _lines, _pieces


def write_sample(stem: Path, strings: list[str]) -> Path:
    path = stem.with_suffix(".txt")
    path.write_text("\n".join(["first", *strings]) + "\n", "utf-8", newline="")
    return path


def values(reading, path: Path) -> list[tuple[int, str]]:
    return [(p.record, text) for p, text in reading.round_trip(path).texts]


def test_lines_are_records_and_blank_lines_count(reading, tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(b"one\n\ntwo\r\n\r\nthree")
    assert values(reading, path) == [(0, "one"), (2, "two"), (4, "three")]


def test_bytes_of_a_line(reading, tmp_path):
    path = tmp_path / "a.md"
    path.write_bytes("é one\r\n日本\n".encode())
    data = path.read_bytes()
    for place, text in reading.round_trip(path).texts:
        assert data[place.record_start : place.record_end].decode() == text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings(reading, tmp_path, encoding):
    path = tmp_path / "a.txt"
    path.write_text("grüße 😀\nline two of it\n", encoding)
    assert values(reading, path) == [(0, "grüße 😀"), (1, "line two of it")]


def test_lines_that_are_not_utf8_are_read_and_noted(reading, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"ok \xc3\xa9\ncaf\xe9 \x93quoted\x94\nodd \x81\n")
    seen = reading.round_trip(path)
    assert [text for _, text in seen.texts] == ["ok é", "café “quoted”", "odd \x81"]
    (problem,) = seen.log.problems
    assert (problem.code, problem.count, problem.records) == ("note.encoding", 2, (1, 2))


def key_block(end: str = "\n") -> str:
    begin, stop = "-----" + "BEGIN TEST KEY-----", "-----" + "END TEST KEY-----"
    return end.join([begin, "QUJD", "", "REVG", stop])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_armoured_block_is_one_value(reading, tmp_path, end):
    path = tmp_path / "a.pem"
    path.write_bytes(end.join(["before", key_block(end), "after"]).encode())
    assert values(reading, path) == [(0, "before"), (1, key_block(end)), (6, "after")]


@pytest.mark.parametrize(
    "joined",
    [
        "- name: DB_PASSWORD\n  value: x", "password: >-\n  x", "api_key = (\n  'x'",
        "host,user,password\ndb01,root,x", "| a | token |\n|---|---|\n| b | x |",
        "<key>Token</key>\n<string>x</string>", "soft=\n is one", "a \\\n  b \\\n  c",
        "Q" * 76 + "\n" + "R" * 76 + "\n" + "S" * 20 + "==",
        "kind: Secret\ndata:\n  a: b", "[Interface]\nPrivateKey = x",
        "PuTTY-User-Key-File-3: a\n" + "Q" * 64 + "\n" + "R" * 20 + "\nPrivate-MAC: 0",
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_that_go_on_are_one_value(reading, tmp_path, joined, end):
    path, count = tmp_path / "a.txt", joined.count("\n") + 1
    path.write_bytes(f"before\n{joined}\n\nafter: 1".replace("\n", end).encode())
    texts = [(0, "before"), (1, joined.replace("\n", end)), (count + 2, "after: 1")]
    assert values(reading, path) == texts


def test_the_lines_below_the_name_of_a_service_are_read_with_it(reading, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text('# Mixpanel\nurl: x\n\nkey: y\nd\nsendgrid:\n{"a": 1}\nend')
    assert values(reading, path) == [
        (0, "# Mixpanel\nurl: x\n\nkey: y"),
        (4, "d"),
        (5, "sendgrid:"),
        (6, '{"a": 1}'),
        (7, "end"),
    ]


def test_lines_that_only_look_alike_stay_apart(reading, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("keep it\nname: x\nvalue: y\n" + "Q" * 76 + "\nno, this is prose")
    assert len(values(reading, path)) == 5


MARKED = st.one_of(
    st.from_regex(_pieces._WAITS),
    st.from_regex(_pieces._HEAD),
    st.from_regex(_pieces._WRAPPED),
    st.from_regex(_pieces._SOFT),
    st.from_regex(rb"-----BEGIN |api_key:|\\\\"),
    st.binary(max_size=40),
)


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(MARKED.map(lambda raw: raw.replace(b"\n", b"")), max_size=5))
def test_plain_lines_begin_nothing_that_goes_on(lines: list[bytes]) -> None:
    marked, at = set(_pieces._marked(b"\n".join(lines))), 0
    for line in lines:
        begins = _pieces._BEGIN in line or _pieces._kind(line) is not None
        assert at in marked or not begins
        at += len(line) + 1


def test_a_block_without_its_end_is_lines(reading, tmp_path):
    path = tmp_path / "a.pem"
    begin = "-----" + "BEGIN TEST KEY-----"
    path.write_text("\n".join([begin, "x", key_block(), begin, *["y" * 99] * 1000]))
    found = values(reading, path)
    assert found[:3] == [(0, begin), (1, "x"), (2, key_block())]
    assert len(found) == 3 + 1001


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    # A line whose end says that it goes on is one value with the next.
    lines=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r=\\"))),
    long=st.integers(12, 40),
)
def test_long_lines_are_cut_with_overlap(reading, tmp_path, lines, long):
    path = tmp_path / "a.txt"
    path.write_text("\n".join(["x", *lines]), "utf-8", newline="")
    was = _pieces.LONG, longvalues.OVERLAP
    _pieces.LONG, longvalues.OVERLAP = long, 4
    try:
        check_lines(reading, path, long)
    finally:
        _pieces.LONG, longvalues.OVERLAP = was


def check_lines(reading, path: Path, long: int) -> None:
    """Every line is seen, each character of it owned by one piece, and found again as a whole."""
    shard, source = reading.shard(path), plugins.load("sources", "text")
    owners = {i: [0] * len(line) for i, line in enumerate(path.read_text("utf-8").split("\n"))}
    for batch in source.batches(next(iter(source.units(shard))), UnitLog()):
        for row, text in enumerate(batch.values.to_pylist()):
            (place,) = batch.places.of(row)
            piece = batch.pieces[row] if batch.pieces else Piece(0)
            whole = inputs.text_at(shard, reading.location(shard, place), same)
            assert len(text.encode()) <= long
            assert whole == path.read_text("utf-8").split("\n")[place.record]
            assert whole.startswith(text, piece.offset)
            for i in range(len(text)):
                owners[place.record][piece.offset + i] += piece.owns(i)
    assert all(n == 1 for counts in owners.values() for n in counts)


def test_a_giant_line_needs_little_memory_and_hides_nothing(reading, tmp_path):
    path = tmp_path / "a.txt"
    needle = "needle-" + "42"
    path.write_text("é" * (1 << 20) + needle + "x" * (5 << 20) + needle + "\nnext\n")
    seen = reading.all(path)
    assert max(len(text.encode()) for _, text in seen.texts) <= 1 << 20
    assert sum(needle in text for _, text in seen.texts) >= 2
    assert seen.texts[-1][1] == "next"
    assert seen.texts[-1][0].record == 1


def test_large_files_are_cut_at_lines(reading, tmp_path, monkeypatch):
    monkeypatch.setattr(_lines, "SPAN", 1 << 20)
    path = tmp_path / "a.log"
    path.write_text("".join(f"line {i} {'x' * (i % 90)}\n" for i in range(60_000)))
    shard, log, seen = reading.shard(path), UnitLog(), []
    source = plugins.load("sources", "text")
    units = list(source.units(shard))
    assert len(units) > 2
    for unit in units:
        for batch in source.batches(unit, log):
            seen += [next(batch.places.of(r)).record for r in range(len(batch.values))]
    assert seen == list(range(60_000))
    assert (log.records, log.bytes) == (60_000, path.stat().st_size - len(units))


PROSE = b"a line of a log that is text\n"


@pytest.mark.parametrize(
    "rest",
    ["token = a-secret-value\n".encode("utf-16-le"), bytes(range(256)) * 8],
    ids=["another encoding", "binary"],
)
@pytest.mark.parametrize("name", ["a.log", "a.csv"])
def test_what_turns_out_to_be_no_text_is_a_failure(reading, tmp_path, rest, name):
    path = tmp_path / name
    path.write_bytes(PROSE * 400 + rest)
    log = reading.all(path).log
    assert {p.code for p in log.problems if p.is_failure} >= {"record.binary"}
    assert log.failed_records >= 1


def test_stray_control_characters_are_text(reading, tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(bytes(5000) + PROSE + b"na\xefve\x07 and \0 zero\n" + b"\x1b[31mred\x1b[0m\n")
    assert [p.code for p in reading.all(path).log.problems] == ["note.encoding"]
