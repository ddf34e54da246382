"""ZIP archives."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scanner import inputs, plugins
from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.sources import Unit, _archive
from scanner.sources import zip as module


def write_sample(stem: Path, strings: list[str]) -> Path:
    lines = "".join(json.dumps({"text": s}) + "\n" for s in strings)
    path = stem.with_suffix(".zip")
    path.write_bytes(archive({"first.txt": b"one\n", "a/b.jsonl": lines.encode()}))
    return path


def archive(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return out.getvalue()


def problems(reading, path: Path) -> list[str]:
    return [p.code for p in reading.all(path).log.problems]


@pytest.mark.parametrize("method", [0, 8, 12, 14])
def test_members_of_every_method(reading, tmp_path, method):
    path = tmp_path / "a.zip"
    inner = archive({"deep.txt": b"inmost\n"})
    files = {"../up.csv": b"h\ncell\n", "in.zip": inner, "p.jsonl.gz": gzip.compress(b'{"k":"v1"}')}
    path.write_bytes(archive(files, method))
    seen = reading.round_trip(path)
    assert {text for place, text in seen.texts if place.part == "value"} == {"cell", "inmost", "v1"}
    assert not seen.log.problems and not (tmp_path.parent / "up.csv").exists()


def test_comments_are_metadata(reading, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as packed:
        info = zipfile.ZipInfo("a.txt")
        info.comment = b"of the member"
        packed.writestr(info, "text\n")
        packed.comment = b"of the whole"
    seen = reading.round_trip(path)
    found = [text for place, text in seen.texts if place.part == "metadata"]
    assert found == ["of the whole", "of the member"]


def test_units_are_ranges_of_members(reading, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SPAN", 1_000)
    path = tmp_path / "a.zip"
    path.write_bytes(archive({f"{n}.txt": f"value {n}\n".encode() * 9 for n in range(50)}, 0))
    units = list(plugins.load("sources", "zip").units(reading.shard(path)))
    assert len(units) > 2 and [u.start for u in units[1:]] == [u.stop for u in units[:-1]]
    assert {text for _, text in reading.all(path).texts} >= {f"value {n}" for n in range(50)}


def test_what_is_not_read_is_told(reading, tmp_path):
    path = tmp_path / "a.zip"
    data = bytearray(archive({"a.txt": b"text\n"}))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1  # encrypted, as the directory has it
    path.write_bytes(data)
    assert problems(reading, path) == ["archive.encrypted"]
    data[at + 8] ^= 1
    data[at + 10] = 93  # a method that is not understood
    path.write_bytes(data)
    assert problems(reading, path) == ["archive.packed"]


def test_members_that_are_not_listed_are_told(reading, tmp_path):
    path = tmp_path / "a.zip"
    hidden = archive({"gone.txt": b"deleted but there\n"}, 0)
    path.write_bytes(hidden[: hidden.index(b"PK\x01\x02")] + archive({"a.txt": b"text\n"}))
    assert problems(reading, path) == ["archive.unlisted"]


def test_damage(reading, tmp_path):
    path = tmp_path / "a.zip"
    data = archive({"a.txt": b"good\n", "b.txt": b"x" * 5000}, 0)
    path.write_bytes(data.replace(b"xxxx", b"xxxy", 1))
    seen = reading.all(path)
    assert "good" in {text for _, text in seen.texts}
    assert [p.code for p in seen.log.problems] == ["source.corrupt"]
    path.write_bytes(data[:-30])
    with pytest.raises(UnreadableError):
        reading.all(path)


class _Pipe:
    """Cannot go back: sizes stand behind the members then."""

    def __init__(self, out: io.BytesIO) -> None:
        self.write, self.flush = out.write, out.flush


@pytest.mark.parametrize("streamed", [False, True])
def test_what_there_is_of_a_cut_archive_is_read(streamed, reading, tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(_Pipe(out) if streamed else out, "w", 8) as packed:
        for name in ("a", "b", "c"):
            packed.writestr(f"{name}.txt", f"of {name}\n" + "".join(map(str, range(3000))) + "\n")
    data = out.getvalue()
    path = tmp_path / "a.zip"
    path.write_bytes(data[: data.rindex(b"PK\x03\x04") + 60])
    found = []
    with pytest.raises(UnreadableError) as caught:
        for batch in module.plugin.batches(Unit(reading.shard(path), "zip"), UnitLog()):
            found += batch.values.to_pylist()
    assert {"of a", "of b"} <= set(found) and caught.value.code == "source.corrupt"


def test_a_bomb_is_given_up(reading, tmp_path, monkeypatch):
    monkeypatch.setattr(_archive, "_PLENTY", 1 << 20)
    path = tmp_path / "a.zip"
    path.write_bytes(archive({"a.txt": b"a line\n", "b.txt": bytes(64 << 20)}))
    with pytest.raises(UnreadableError) as caught:
        list(plugins.load("sources", "zip").batches(Unit(reading.shard(path), "zip"), UnitLog()))
    assert caught.value.code == "archive.bomb"


@pytest.mark.parametrize("suffix", ["bz2", "xz"])
def test_other_compressions(reading, tmp_path, suffix):
    import bz2
    import lzma

    pack = {"bz2": bz2.compress, "xz": lzma.compress}[suffix]
    path = tmp_path / f"a.jsonl.{suffix}"
    path.write_bytes(pack(b'{"k": "one"}\n') + pack(b'{"k": "two"}\n'))
    assert {text for _, text in reading.round_trip(path).texts} == {"k", "one", "two"}
    path.write_bytes(pack(b'{"k": "one"}\n' * 100_000)[:-8])
    with pytest.raises(UnreadableError):
        reading.all(path)
    path.write_bytes(path.read_bytes()[:20] + b"\xff" * 20)
    (found,) = inputs.discover([str(path)])
    assert isinstance(found, inputs.Unusable) and found.problem.code == "source.corrupt"


def test_a_wheel_of_this_system(reading, tmp_path):
    """Something that no test made."""
    folder = tmp_path / "w"
    folder.mkdir()
    code = "import zipfile, os, json; z = zipfile.ZipFile('w.zip', 'w', 8); at = json.__path__[0];"
    code += "[z.write(f'{at}/{n}', n) for n in os.listdir(at) if n.endswith('.py')]"
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)
    seen = reading.all(folder / "w.zip")
    assert seen.log.records > 300 and not seen.log.problems
