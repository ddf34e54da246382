"""Tar archives."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import inputs, plugins
from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.pointer import path as shown_path
from scanner.pointer import same
from scanner.sources import Unit, _archive
from scanner.sources import tar as module


def write_sample(stem: Path, strings: list[str]) -> Path:
    lines = "".join(json.dumps({"text": s}) + "\n" for s in strings)
    return write(stem.with_suffix(".tar"), {"first.txt": b"one\n", "a/b.jsonl": lines.encode()})


def write(path: Path, files: dict[str, bytes], kind: int = tarfile.PAX_FORMAT, mode="w") -> Path:
    path.write_bytes(archive(files, kind))
    return path


def archive(files: dict[str, bytes], kind: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def read(reading, path: Path, named=same) -> tuple[list[tuple[str, str, str]], UnitLog]:
    """(member, field, text) of every value, each found again by its location."""
    shard, log, found = reading.shard(path), UnitLog(), []
    source = plugins.load("sources", "tar")
    for unit in source.units(shard):
        for batch in source.batches(unit, log):
            for row, text in enumerate(batch.values.to_pylist()):
                for place in batch.places.of(row):
                    if place.part != "value":
                        continue
                    found.append((batch.member, place.field, text))
                    at = reading.location(shard, place, named, shown_path(batch.member, named))
                    assert inputs.text_at(shard, at, named) == text
    return found, log


FILES = {
    "notes.txt": b"a note\n",
    "deep/" * 30 + "t.json": b'{"k": "long name"}',
    "../../etc/climbs.csv": b"h\ncell\n",
    "empty.txt": b"",
    "ok.jsonl.gz": gzip.compress(b'{"k": "packed"}\n'),
    "ok.jsonl.zst": zstandard.compress(b'{"k": "frozen"}\n'),
}
VALUES = {"a note", "long name", "cell", "packed", "frozen"}


@pytest.mark.parametrize("kind", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
@pytest.mark.parametrize(
    ("suffix", "pack"),
    [(".tar", bytes), (".tgz", gzip.compress), (".tar.zst", zstandard.compress), (".bin", bytes)],
)
def test_every_member_is_read_as_its_content_asks(reading, tmp_path, kind, suffix, pack):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(pack(archive(FILES, kind)))
    found, log = read(reading, path)
    assert {text for _, _, text in found} == VALUES
    assert {member for member, _, _ in found} == set(FILES) - {"empty.txt"}
    assert not [p for p in log.problems if p.is_failure]
    assert not (tmp_path / "etc").exists()


def test_archives_in_archives_are_followed_to_a_depth(reading, tmp_path):
    inner = {"x.txt": b"inmost\n"}
    for depth in range(3):
        inner = {f"in{depth}.tar": archive(inner), f"side{depth}.txt": b"beside\n"}
    found, log = read(reading, write(tmp_path / "a.tar", inner), lambda name: f"~h{hash(name)}")
    assert ("in2.tar!/in1.tar!/in0.tar!/x.txt", "", "inmost") in found
    assert not log.problems
    _, log = read(reading, write(tmp_path / "b.tar", {"more.tar": archive(inner)}))
    assert [p.code for p in log.problems] == ["archive.depth"]


def test_members_of_large_archives_are_units(reading, tmp_path, monkeypatch):
    files = {f"dir/{i:04}.txt": f"value {i}\n".encode() * 5 for i in range(100)}
    path = write(tmp_path / "a.tar", files)
    whole = read(reading, path)[0]
    monkeypatch.setattr(module, "SPAN", 10_000)
    units = list(plugins.load("sources", "tar").units(reading.shard(path)))
    assert len(units) > 5
    assert [u.start for u in units[1:]] == [u.stop for u in units[:-1]]
    found, log = read(reading, path)
    assert found == whole
    assert log.records == 100 * 5


def test_links_devices_and_sparse_files_are_told(reading, tmp_path):
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as tar:
        for name, kind in [
            ("s", tarfile.SYMTYPE),
            ("h", tarfile.LNKTYPE),
            ("d", tarfile.CHRTYPE),
            ("f", tarfile.DIRTYPE),
        ]:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
    log = read(reading, path)[1]
    assert [(p.code, p.count, p.records) for p in log.problems] == [
        ("note.link", 2, (0, 1)),
        ("note.device", 1, (2,)),
    ]
    data = bytearray(archive({"a": b"x"}))
    data[156:157] = b"S"
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    path.write_bytes(data)
    assert [p.code for p in read(reading, path)[1].problems] == ["archive.sparse"]


@pytest.mark.parametrize("cut", [1700, 512 * 3, 512 * 2 + 10])
def test_a_cut_archive_gives_what_there_is_and_fails(reading, tmp_path, cut):
    path = tmp_path / "a.tar"
    path.write_bytes(archive({"a.txt": b"first\n", "b.txt": b"second\n" * 200})[:cut])
    source, log, texts = plugins.load("sources", "tar"), UnitLog(), []
    with pytest.raises(UnreadableError) as caught:
        for batch in source.batches(Unit(reading.shard(path), "tar"), log):
            texts += batch.values.to_pylist()
    assert caught.value.code in ("source.truncated", "source.corrupt")
    assert "first" in texts
    assert cut != 1700 or "second" in texts


def test_one_bad_member_costs_no_other(reading, tmp_path):
    files = {
        "a.txt": b"good\n",
        "b.parquet": b"PAR1nonsense",
        "c.bin": b"\x7fELF" + bytes(range(256)) * 4,
    }
    found, log = read(reading, write(tmp_path / "a.tar", files | {"d.txt": b"also\n"}))
    assert {text for _, _, text in found} == {"good", "also"}
    assert {p.code: p.records for p in log.problems} == {
        "source.corrupt": (1,),
        "source.unknown": (2,),
    }
    assert [p.where for p in log.problems] == ["members of the archive", "*.bin"]


def test_what_pax_headers_say(reading, tmp_path):
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w", pax_headers={"comment": "of all"}) as made:
        member = tarfile.TarInfo("a.txt")
        member.pax_headers = {"comment": "of one", "mtime": "1.5", "SCHILY.xattr.user.tag": "x"}
        made.addfile(member, io.BytesIO())
    found = [text for place, text in reading.round_trip(path).texts if place.part == "metadata"]
    assert found == ["all comment=of all\ncomment=of one\nSCHILY.xattr.user.tag=x"]


def test_archives_behind_each_other_are_one(reading, tmp_path):
    path = tmp_path / "a.tar"
    path.write_bytes(archive({"a.txt": b"one\n"}) + archive({"b.txt": b"two\n"}))
    assert {text for _, _, text in read(reading, path)[0]} == {"one", "two"}
    path.write_bytes(archive({"a.txt": b"one\n"}) + b"something else" * 99)
    with pytest.raises(UnreadableError):
        read(reading, path)


def test_a_bomb_is_given_up(reading, tmp_path, monkeypatch):
    monkeypatch.setattr(_archive, "_PLENTY", 1 << 20)
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(archive({"a.txt": b"a line\n", "b.txt": bytes(8 << 20)})))
    log, texts = UnitLog(), []
    with pytest.raises(UnreadableError) as caught:
        for batch in plugins.load("sources", "tar").batches(Unit(reading.shard(path), "tar"), log):
            texts += [text[:99] for text in batch.values.to_pylist()]
    assert caught.value.code == "archive.bomb"
    assert "a line" in texts


def test_no_room_is_said(reading, tmp_path, monkeypatch):
    import resource

    path = write(tmp_path / "a.tar", {"a.txt": b"x y\n" * (10 << 20)})
    source = plugins.load("sources", "tar")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    import signal

    was = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        log = UnitLog()
        list(source.batches(Unit(reading.shard(path), "tar"), log))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, was)
    assert [p.code for p in log.problems] == ["source.no_room"]


@settings(max_examples=200)
@given(head=st.binary(min_size=600, max_size=700) | st.text(min_size=600).map(str.encode))
def test_other_data_is_no_archive(head):
    assert not plugins.load("sources", "tar").sniff(head)
