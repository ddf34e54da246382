"""What every recording promises.  tests/recordings/test_<name>.py says how to write a sample:
`write_sample(stem, text)` writes a recording in which `text` is typed, returns its path.
"""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from types import ModuleType

import pytest

from scanner import inputs, plugins, rereading
from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.keystrokes.views import expand
from scanner.model import Location
from scanner.sources import Shard

NAMES = plugins.names("recordings")
FOLDER = Path(__file__).parents[1] / "recordings"
TEXT = "correct horse 7f3a9 battery"

pytestmark = pytest.mark.parametrize("name", NAMES)


def _module(name: str) -> ModuleType:
    file = FOLDER / f"test_{name}.py"
    spec = importlib.util.spec_from_file_location(f"recording_{name}", file)
    assert spec and spec.loader, f"the recording {name} has no tests: write {file.name}"
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MODULES = {name: _module(name) for name in NAMES}


def _units(path: Path):
    (shard,) = inputs.discover([str(path)])
    assert isinstance(shard, Shard), shard
    return shard, list(rereading.units(shard, inputs.source_for(shard)))


def test_its_sample_is_recognised_and_the_text_is_found_again(name, tmp_path):
    shard, units = _units(MODULES[name].write_sample(tmp_path / "sample", TEXT))
    (unit,) = [unit for unit in units if unit.recording == name]
    log, found = UnitLog(), 0
    for batch in rereading.batches(unit, log):
        for row, text in enumerate(batch.values.to_pylist()):
            (place,) = batch.places.of(row)
            rows, _ = place.typed.rows(0, len(text))
            assert expand(rows.rpartition(":")[2])
            at = Location(shard.uri, record=place.record, field=place.field, part=place.part)
            assert inputs.text_at(shard, at, str) == text
            found += TEXT in text
    assert found
    assert not [p for p in log.problems if not p.code.startswith("note.")]
    assert log.values and not log.records


def test_nothing_is_made_of_ordinary_data(name, tmp_path):
    lines = [
        '{"ts": 1790000000.5, "event": "click", "key": "theme", "value": "dark", "user": "u1"}',
        '{"ts": 1790000001.5, "event": "view", "key": "page", "value": "settings", "user": "u1"}',
        '{"ts": 1790000002.5, "type": "press", "name": "release notes", "url": "https://a.example"}',
        '{"role": "user", "content": "press any key"}',
        '{"role": "assistant", "content": "press any key to go on"}',
    ]
    for suffix, text in (
        (".jsonl", "\n".join(lines * 30)),
        (".json", "[" + ",".join(lines) + "]"),
        (".csv", "key,value,time\ntheme,dark,1\nsize,12,2\n"),
        (".txt", "Key findings: press released a statement\n" * 20),
    ):
        path = tmp_path / f"plain{suffix}"
        path.write_text(text + "\n")
        assert name not in [unit.recording for unit in _units(path)[1]]


def test_damage_quotes_nothing_and_ends(name, tmp_path):
    path = MODULES[name].write_sample(tmp_path / "sample", "canary 7f3a9 canary")
    whole, dice = path.read_bytes(), random.Random(7)
    suffix, recording = path.suffix, plugins.load("recordings", name)
    for _ in range(40):
        data = bytearray(whole[: dice.randrange(len(whole))] if dice.random() < 0.5 else whole)
        for _ in range(dice.randrange(1, 6)):
            if data:
                data[dice.randrange(len(data))] = dice.randrange(256)
        path.write_bytes(data)
        shard, log = Shard(str(path), "shown", suffix, size=len(data)), UnitLog()
        try:
            source = inputs.source_for(shard)
            for _batch in recording.batches(rereading.look(shard, source), log):
                pass
        except UnreadableError as error:
            assert "canary" not in error.diagnostics()
        assert "canary" not in repr(log)
