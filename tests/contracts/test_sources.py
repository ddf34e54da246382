"""What every source promises.  tests/sources/test_<name>.py says how to write a sample:
`write_sample(stem, strings)` writes a file whose values include the strings, returns its path.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import random
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner import inputs, plugins
from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.model import InputStatus
from scanner.sources import Shard

NAMES = plugins.names("sources")
FOLDER = Path(__file__).parents[1] / "sources"
WORDS = [
    "plain",
    "héllo wörld",
    "日本語",
    "😀 emoji",
    'quo"te, comma;\ttab',
    "back\\slash",
    "~/~1~0",
    "{}",
]
STRINGS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\0"), min_size=1),
    min_size=1,
    max_size=8,
)

pytestmark = pytest.mark.parametrize("name", NAMES)


def _module(name: str) -> ModuleType:
    file = FOLDER / f"test_{name}.py"
    spec = importlib.util.spec_from_file_location(f"sample_{name}", file)
    assert spec and spec.loader, f"the source {name} has no tests: write {file.name}"
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MODULES = {name: _module(name) for name in NAMES}


def sample(name: str, stem: Path, strings: list[str]) -> Path:
    return MODULES[name].write_sample(stem, strings)


def hidden(key: str) -> str:
    """A `Named` that hides every name."""
    return "~h" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def test_every_string_is_seen_and_found_again(name, reading, tmp_path):
    path = sample(name, tmp_path / "sample", WORDS)
    seen = reading.round_trip(path)
    assert set(WORDS) <= {text for place, text in seen.texts if place.part == "value"}
    assert seen.log.records >= 1
    assert not [p for p in seen.log.problems if not p.code.startswith("note.")]
    reading.round_trip(path, hidden)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(strings=STRINGS)
def test_any_string_is_seen_and_found_again(name, reading, tmp_path, strings):
    seen = reading.round_trip(sample(name, tmp_path / "sample", strings))
    values = {text for place, text in seen.texts if place.part == "value"}
    # A text may take lines together, where one ends as if it went on (`name=`).
    assert set(strings) <= values | {line for text in values for line in text.split("\n")}


@pytest.mark.parametrize(
    ("suffix", "compress"), [(".gz", gzip.compress), (".zst", zstandard.ZstdCompressor().compress)]
)
def test_compressed_is_the_same(name, suffix, compress, reading, tmp_path):
    path = sample(name, tmp_path / "sample", WORDS)
    packed = path.with_name(path.name + suffix)
    packed.write_bytes(compress(path.read_bytes()))
    assert reading.round_trip(packed).texts == reading.all(path).texts


def test_it_is_the_source_of_its_own_sample(name, reading, tmp_path):
    path = sample(name, tmp_path / "sample", WORDS)
    assert inputs.source_for(reading.shard(path)) == name


def test_units_together_are_the_whole(name, reading, tmp_path):
    path = sample(name, tmp_path / "sample", WORDS)
    shard = reading.shard(path)
    units = list(plugins.load("sources", name).units(shard))
    assert units[0].start == 0
    assert [u.start for u in units[1:]] == [u.stop for u in units[:-1]]
    assert {u.source for u in units} == {name}


def test_damage_is_an_unreadable_error_or_a_problem_and_quotes_nothing(name, reading, tmp_path):
    canary = "canary" + "7f3a9"
    path = sample(name, tmp_path / "sample", [canary * 3] * 40)
    whole, dice = path.read_bytes(), random.Random(7)
    for _ in range(60):
        damaged = bytearray(whole[: dice.randrange(len(whole))] if dice.random() < 0.5 else whole)
        for _ in range(dice.randrange(1, 6)):
            if damaged:
                damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        path.write_bytes(damaged)
        assert canary not in _told(name, Shard(str(path), "shown", path.suffix, size=len(damaged)))


def _told(name: str, shard: Shard) -> str:
    """All that reading a shard says about it."""
    source, log = plugins.load("sources", name), UnitLog()
    try:
        for unit in source.units(shard):
            for batch in source.batches(unit, log):
                batch.values.validate(full=True)
    except UnreadableError as error:
        assert error.__suppress_context__ or error.__context__ is None
        return error.diagnostics() + repr(log)
    return repr(log)


@pytest.mark.parametrize("keep", [0.5, 0.95])
def test_a_truncated_gzip_gives_what_was_good_and_then_fails(name, keep, reading, tmp_path):
    strings = [f"value number {i} {random.Random(i).random()}" for i in range(3000)]
    path = sample(name, tmp_path / "sample", strings)
    packed = path.with_name(path.name + ".gz")
    data = gzip.compress(path.read_bytes())
    packed.write_bytes(data[: int(len(data) * keep)])
    (found,) = inputs.discover([str(packed)])
    if isinstance(found, inputs.Unusable):
        assert found.status is InputStatus.FAILED
        return
    source = plugins.load("sources", name)
    with pytest.raises(UnreadableError) as caught:
        for unit in source.units(found):
            list(source.batches(unit, UnitLog()))
    assert caught.value.code == "source.truncated"


def test_a_place_that_is_gone_is_said_to_be_gone(name, reading, tmp_path):
    path = sample(name, tmp_path / "sample", ["one", "two", "three"])
    seen = reading.all(path)
    path = sample(name, tmp_path / "sample", ["one"])
    place, _ = seen.texts[-1]
    with pytest.raises(UnreadableError):
        for place, _ in seen.texts:
            inputs.text_at(reading.shard(path), reading.location(seen.shard, place), str)


def test_it_loads_without_heavy_libraries(name):
    code = (
        f"import sys; from scanner import plugins; plugins.load('sources', {name!r}); "
        "print(*{'pyarrow', 'numpy', 'pandas', 'zstandard', 'isal'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""
