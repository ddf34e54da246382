"""What every log reader keeps: its own samples only, our errors only, nothing lost or quoted."""

from __future__ import annotations

import gzip
import importlib.util
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner import plugins
from scanner.batch import UnitLog
from scanner.errors import LeakgateError, UnreadableError
from scanner.logs import LogFile, LogReader
from scanner.model import AccessEvent

NAMES = plugins.names("logs")


def reader(name: str) -> LogReader:
    found: LogReader = plugins.load("logs", name)
    return found


def sample(name: str, folder: Path) -> Path:
    """The sample that the plug-in's own test writes, decompressed."""
    file = Path(__file__).parents[1] / "logs" / f"test_{name}.py"
    assert file.exists(), f"{name} has no test that defines write_sample(path)"
    spec = importlib.util.spec_from_file_location(f"sample_{name}", file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    path = folder / f"{name}.log"
    module.write_sample(path)
    data = path.read_bytes()
    path.write_bytes(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    return path


def read(name: str, path: Path) -> tuple[list[AccessEvent], UnitLog]:
    log = UnitLog()
    return list(reader(name).read(LogFile(path), log)), log


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_sniff_knows_its_own_sample_and_no_other(name: str, tmp_path: Path) -> None:
    path = sample(name, tmp_path)
    head = path.read_bytes()[:4096]
    assert [n for n in NAMES if reader(n).sniff(path, head)] == [name]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_sniff_answers_for_anything(name: str, head: bytes) -> None:
    assert reader(name).sniff(Path("x.csv"), head) in (True, False)


def test_events_are_whole(name: str, tmp_path: Path) -> None:
    path = sample(name, tmp_path)
    events, log = read(name, path)
    assert events and log.problems == []
    assert log.records >= 1 and log.bytes > 0
    for event in events:
        assert event.event_id and event.actor and event.resource and event.log_source
        assert event.time.utcoffset() is not None
        assert event.activity in {"Read", "List", "Write", "Delete", "Update", "Other"}
        assert event.status in {"Success", "Failure", "Unknown"}
        assert event.raw_file == str(path)
    assert len({(e.event_id, e.raw_offset) for e in events}) == len(events)
    assert [e.raw_offset for e in events] == sorted(e.raw_offset for e in events)


def test_compression_changes_nothing(name: str, tmp_path: Path) -> None:
    path = sample(name, tmp_path)
    plain, _ = read(name, path)
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert read(name, path)[0] == plain


@pytest.mark.parametrize("cut", [1, 4, 9, 20])
def test_a_cut_gzip_is_an_error_after_what_was_read(name: str, tmp_path: Path, cut: int) -> None:
    path = sample(name, tmp_path)
    plain, _ = read(name, path)
    path.write_bytes(gzip.compress(path.read_bytes())[:-cut])
    found: list[AccessEvent] = []
    with pytest.raises(UnreadableError) as caught:
        for event in reader(name).read(LogFile(path), UnitLog()):
            found.append(event)
    assert found == plain[: len(found)]
    assert caught.value.hint and caught.value.where == str(path)


@pytest.mark.parametrize(
    "data",
    [b"\0" * 64, b"\xff\xfe\xff", b"{", b"[[[[", b"Sekret-value\n" * 3, b"\x1f\x8b\x08Sekret"],
)
def test_garbage_is_reported_and_not_quoted(name: str, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "garbage"
    path.write_bytes(data)
    log = UnitLog()
    try:
        assert list(reader(name).read(LogFile(path), log)) == []
    except LeakgateError as error:
        assert error.hint
        assert "Sekret" not in error.diagnostics()
        assert error.__cause__ is None
    else:
        assert log.problems
    assert "Sekret" not in repr(log)


def test_a_missing_log(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(name, tmp_path / "none")
    assert str(tmp_path) in caught.value.where
