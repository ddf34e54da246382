"""What every grant reader keeps: its own samples only, our errors only, nothing quoted."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner import plugins
from scanner.batch import UnitLog
from scanner.errors import LeakgateError, UnreadableError
from scanner.grants import GrantExport, GrantReader
from scanner.model import Decision, Grant

NAMES = plugins.names("grants")
TYPES = {
    *("user", "group", "role", "service", "account"),
    *("public", "anonymous", "all_staff", "unknown"),
}


def reader(name: str) -> GrantReader:
    found: GrantReader = plugins.load("grants", name)
    return found


def sample(name: str, folder: Path) -> Path:
    """The sample that the plug-in's own test writes."""
    file = Path(__file__).parents[1] / "grants" / f"test_{name}.py"
    assert file.exists(), f"{name} has no test that defines write_sample(path)"
    spec = importlib.util.spec_from_file_location(f"sample_{name}", file)
    assert spec and spec.loader
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    path = folder / f"{name}.export"
    module.write_sample(path)
    return path


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_sniff_knows_its_own_sample_and_no_other(name: str, tmp_path: Path) -> None:
    path = sample(name, tmp_path)
    csv = path.rename(path.with_suffix(".csv"))  # a name that fits every text form
    head = csv.read_bytes()[:4096]
    assert [n for n in NAMES if reader(n).sniff(csv, head)] == [name]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_sniff_answers_for_anything(name: str, head: bytes) -> None:
    assert reader(name).sniff(Path("x.csv"), head) in (True, False)


def test_rows_are_whole(name: str, tmp_path: Path) -> None:
    log = UnitLog()
    rows = list(reader(name).read(GrantExport(sample(name, tmp_path)), log))
    assert rows and log.problems == []
    assert log.records > 0
    for row in rows:
        assert isinstance(row, Grant)
        assert row.principal and row.resource and row.via and row.system
        assert row.principal_type in TYPES
        assert row.access_level in {"read", "write", "list", "admin", "none"}
        assert isinstance(row.decision, Decision)
        assert row.access_level in ("read", "admin") or row.decision is Decision.NO
        for time in (row.granted_time, row.expiration_time):
            assert time is None or time.tzinfo is not None


def test_the_same_file_gives_the_same_rows(name: str, tmp_path: Path) -> None:
    export = GrantExport(sample(name, tmp_path))
    assert list(reader(name).read(export, UnitLog())) == list(reader(name).read(export, UnitLog()))


def test_a_cut_export_is_reported(name: str, tmp_path: Path) -> None:
    """Cut in the middle of its last line, every export errs or counts a problem."""
    path = sample(name, tmp_path)
    path.write_bytes(path.read_bytes().rstrip()[: -len(path.read_bytes().split()[-1]) - 3])
    log = UnitLog()
    try:
        list(reader(name).read(GrantExport(path), log))
    except LeakgateError as error:
        assert error.hint and error.where
    else:
        assert log.problems and all(p.hint for p in log.problems)


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 64, b"\xff\xfe\xff", b"{", b"[[[[", b"Sekret-value\n" * 3]
)
def test_garbage_raises_our_errors_and_is_not_quoted(
    name: str, tmp_path: Path, data: bytes
) -> None:
    path = tmp_path / "garbage"
    path.write_bytes(data)
    with pytest.raises(LeakgateError) as caught:
        list(reader(name).read(GrantExport(path), UnitLog()))
    assert caught.value.hint
    assert "Sekret" not in caught.value.diagnostics()
    assert caught.value.__cause__ is None


def test_a_missing_export(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError) as caught:
        list(reader(name).read(GrantExport(tmp_path / "none"), UnitLog()))
    assert str(tmp_path) in caught.value.where
