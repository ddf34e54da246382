"""Looking before parsing finds what parsing everything finds, at the same places.

The scanner that parses every row is the oracle; whatever the rows look like, the one that
looks first must give the same findings and the same account of records.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from e2e_scanner import whole
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.batch import UnitLog
from scanner.files import streams
from scanner.look import _BLIND, Look
from scanner.model import Finding, Location
from scanner.rulepacks.examples import fill
from scanner.scan import Scanner, Tally
from scanner.sources import Shard, Unit
from scanner.sources.jsonl import plugin

_GITHUB = fill("<<github:ghp_>>", "glance")
_SECRETS = (
    _GITHUB,
    "AKIA" + "QZ7RT2WX4LMN6PB5",
    "jane.roe@corp.example.org",
    fill("<<card:4/16>>", "glance"),
    "password: Qz7wLx93pTk!",
    "-----BEGIN RSA PRIVATE KEY-----",
)
_PLAIN = ("", "x", "token", "password", "12345678", "C:\\src\\new", 'say "hi"', "é😀", "a\nb", "]}")
_KEYS = (
    *("a", "text", "id", "name", "key", "value", "db_password", "apiToken", "S", "stringValue"),
    *("args", "Password", 'q"k', "K\u212aey", _GITHUB, "lat", "coordinates"),
)
_TEXT = st.one_of(
    st.sampled_from(_PLAIN),
    st.sampled_from(_SECRETS),
    st.builds("{}{}{}".format, st.sampled_from(_PLAIN), st.sampled_from(_SECRETS), st.text()),
    st.text(max_size=8),
)
_NUMBER = st.one_of(
    st.integers(),
    st.sampled_from([4111111111111111, 1763690000168, 0.5, 12345678.25, 51.507351]),
)
_LEAF = st.one_of(_TEXT, _TEXT, _NUMBER, st.booleans(), st.none())


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4),
        st.builds(json.dumps, st.dictionaries(st.sampled_from(_KEYS), inner, max_size=2)),
        st.builds(json.dumps, inner),
    )


_VALUE = st.recursive(_LEAF, _nested, max_leaves=8)


@st.composite
def _line(draw: st.DrawFn) -> bytes:
    value = draw(_VALUE)
    spaced = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,", " :\t"), (",", "  : ")]))
    text = json.dumps(value, ensure_ascii=draw(st.booleans()), separators=spaced)
    text = text.replace("/", "\\/") if draw(st.booleans()) else text
    raw = text.encode("utf-8", "surrogatepass")
    kind = draw(st.integers(0, 12))
    if kind == 0:
        return raw[: draw(st.integers(0, len(raw)))]
    return {1: b"", 2: b" " + raw + b" \r", 3: raw + raw, 4: b"\xff" + raw}.get(kind, raw)


_LINES = st.lists(_line(), min_size=1, max_size=12)


def _exactly(scanner: Scanner, unit: Unit) -> tuple[list[Finding], UnitLog]:
    log, found = UnitLog(), list[Finding]()
    for batch in plugin.batches(unit, log):
        found += scanner.scan(batch, Location("x"), log, Tally())
    return found, log


def _looking(scanner: Scanner, unit: Unit, look: Look) -> tuple[list[Finding], UnitLog]:
    log, found = UnitLog(), list[Finding]()
    for block in plugin.undecoded(unit, log):
        look(block, Tally())
        for batch in block.batches():
            found += scanner.scan(batch, Location("x"), log, Tally())
    return found, log


def _order(finding: Finding) -> str:
    return repr((finding.location, finding.rule_id, finding.fingerprint, finding.confidence))


def _agree(scanner: Scanner, raw: bytes, folder: Path, look: Look) -> int:
    path = folder / "x.jsonl"
    path.write_bytes(raw)
    unit = Unit(Shard(str(path), "x.jsonl", ".jsonl", size=len(raw)), "jsonl")
    (exact, log), (looked, told) = _exactly(scanner, unit), _looking(scanner, unit, look)
    assert sorted(map(_order, looked)) == sorted(map(_order, exact))
    assert (told.records, told.failed_records) == (log.records, log.failed_records)
    assert {(p.code, p.count) for p in told.problems} == {(p.code, p.count) for p in log.problems}
    return len(exact)


class _Eager(Look):
    """Never gives up looking, however many rows need parsing."""

    def __call__(self, block: Any, tally: Tally) -> None:
        self._blind = 0
        super().__call__(block, tally)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("glance")


@given(_LINES)
@settings(max_examples=150, deadline=None)
def test_looking_first_changes_nothing(folder: Path, lines: list[bytes]) -> None:
    scanner = whole()
    _agree(scanner, b"\n".join(lines) + b"\n", folder, _Eager(scanner))


@given(_LINES, _LINES)
@settings(max_examples=30, deadline=None)
def test_nor_does_what_is_remembered(folder: Path, one: list[bytes], two: list[bytes]) -> None:
    scanner = whole()
    look = _Eager(scanner)
    for lines in (one, two, one + two):
        _agree(scanner, b"\n".join(lines), folder, look)


@given(_LINES)
@settings(max_examples=15, deadline=None)
def test_the_other_engine_sees_the_same(folder: Path, lines: list[bytes]) -> None:
    scanner = whole("re2")
    _agree(scanner, b"\n".join(lines), folder, _Eager(scanner))


@pytest.mark.parametrize(
    "line",
    [
        '{"password": "Qz7wLx93pTk!"}',
        '{"password"          :           "Qz7wLx93pTk!"}',
        '{"p\\u0061ssword": "Qz7wLx93pTk!"}',
        '{"passwords": ["Qz7wLx93pTk!", "Zk3vRq81mWd?"]}',
        '{"password": {"stringValue": "Qz7wLx93pTk!"}}',
        '{"name": "password", "type": 1, "value": "Qz7wLx93pTk!"}',
        '{"id": "password", "value": "Qz7wLx93pTk!"}',
        '{"n\\u0061me": "password", "value": "Qz7wLx93pTk!"}',
        '{"service": "mixpanel", "value": "4f0c1b9a7e2d83655a90c1de7b3f2468"}',
        '{"provider": "mixpanel", "key": "4f0c1b9a7e2d83655a90c1de7b3f2468"}',
        r'{"a": "{\"vendor\":\"mixpanel\",\"value\":\"4f0c1b9a7e2d83655a90c1de7b3f2468\"}"}',
        '{"args": "{\\"password\\": \\"Qz7wLx93pTk!\\"}"}',
        '{"a": "{\\"b\\": \\"{\\\\\\"password\\\\\\": \\\\\\"Qz7wLx93pTk!\\\\\\"}\\"}"}',
        '{"t": "first line\\nAKIA' + 'QZ7RT2WX4LMN6PB5"}',
        '{"t": "jane.roe\\u0040corp.example.org"}',
        '["jane.roe@corp.example.org", ["jane.roe@corp.example.org"]]',
        '"jane.roe@corp.example.org"',
        '{"jane.roe@corp.example.org": 1}',
        '{"card": 4111111111111111, "cards": [4111111111111111]}',
    ],
)
def test_every_way_to_write_it_is_seen(folder: Path, line: str) -> None:
    scanner = whole()
    raw = (line + "\n" + '{"t": "nothing"}\n' * 5).encode()
    assert _agree(scanner, raw, folder, _Eager(scanner)) > 0


def test_a_block_in_which_most_rows_hold_something_is_parsed_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "BLOCK", 1 << 15)
    look, line = Look(whole()), b'{"mail": "jane.roe%d@corp.example.org"}\n'
    raw = b"".join(line % i for i in range(4_000))
    assert _agree(whole(), raw, folder, look) == 4_000
    assert look._blind == _BLIND - len(raw) // streams.BLOCK, (
        "those behind the first were looked at"
    )
