"""From paths to shards."""

from __future__ import annotations

import gzip
import hashlib
import os
import socket
from pathlib import Path

import pytest

from scanner import inputs
from scanner.errors import UsageError
from scanner.inputs import Unusable
from scanner.model import InputStatus
from scanner.sources import Shard


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (
        "data/b.jsonl",
        "data/a.csv",
        "data/.hidden",
        "data/sub/deep/c.txt",
        "data/x[1].txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("content\n")
    return tmp_path


def uris(*paths: str) -> list[str]:
    return [found.uri for found in inputs.discover(paths)]


def problems(*paths: str) -> dict[str, tuple[str, str]]:
    found = inputs.discover(paths)
    return {f.uri: (f.status.value, f.problem.code) for f in found if isinstance(f, Unusable)}


def test_directories_are_walked_in_order_with_hidden_files(tree):
    expected = [
        "data/.hidden",
        "data/a.csv",
        "data/b.jsonl",
        "data/sub/deep/c.txt",
        "data/x[1].txt",
    ]
    assert uris("data") == uris("data/") == expected
    assert uris(".") == [f"./{uri}" for uri in expected]
    assert uris(str(tree / "data" / "a.csv")) == [f"{tree}/data/a.csv"]


def test_what_this_run_keeps_is_no_data_unless_it_is_named(tree):
    for name in ("data/.leakgate/run=1/findings.jsonl", "data/.leakgate-notes.txt"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("{}\n")
    ledger = Path("data/.leakgate")
    seen = [found.uri for found in inputs.discover(["data"], ledger)]
    assert "data/.leakgate-notes.txt" in seen
    assert not any("run=1" in uri for uri in seen)
    assert any("run=1" in uri for uri in uris("data"))
    for named in ("data/.leakgate", "data/.leakgate/run=1", "data/.leakgate/run=1/findings.jsonl"):
        assert [f.uri for f in inputs.discover([named], ledger)]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("data/*.csv", ["data/a.csv"]),
        (
            "data/*",
            ["data/.hidden", "data/a.csv", "data/b.jsonl", "data/sub/deep/c.txt", "data/x[1].txt"],
        ),
        ("**/*.txt", ["data/sub/deep/c.txt", "data/x[1].txt"]),
        ("data/**/c.*", ["data/sub/deep/c.txt"]),
        ("data/**/deep", ["data/sub/deep/c.txt"]),
        (
            "data/**",
            ["data/.hidden", "data/a.csv", "data/b.jsonl", "data/sub/deep/c.txt", "data/x[1].txt"],
        ),
        ("data/x[1].txt", ["data/x[1].txt"]),
        ("d?ta/**/[ab].*", ["data/a.csv", "data/b.jsonl"]),
    ],
)
def test_globs(tree, pattern, expected):
    assert uris(pattern) == expected


def test_each_file_comes_once(tree):
    assert uris("data/a.csv", "data", "./data/a.csv", "data/*.csv").count("data/a.csv") == 1
    assert len(uris("data", "data/**", "data/sub")) == 5


@pytest.mark.parametrize("path", ["missing", "data/*.none", "no/**/x", "@missing.txt"])
def test_what_the_user_names_must_exist(tree, path):
    with pytest.raises(UsageError) as caught:
        inputs.discover(["data", path])
    assert caught.value.where
    assert caught.value.hint


def test_links(tree):
    Path("data/sub/up").symlink_to("..")
    Path("data/alias").symlink_to("sub")
    Path("data/copy.csv").symlink_to("a.csv")
    Path("data/dangling").symlink_to("nowhere")
    found = uris("data")
    assert len(found) == 7
    assert "data/copy.csv" in found
    assert len(uris("data/**/c.txt")) == 1
    assert problems("data") == {"data/dangling": ("failed", "source.missing")}


def test_special_files_are_skipped_and_never_opened(tree):
    os.mkfifo("data/pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("data/sock")
        assert problems("data", "/dev/zero") == {
            "data/pipe": ("skipped", "source.special"),
            "data/sock": ("skipped", "source.special"),
            "/dev/zero": ("skipped", "source.special"),
        }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tree):
    Path("data/a.csv").chmod(0)
    Path("data/sub").chmod(0)
    try:
        assert problems("data") == {
            "data/a.csv": ("failed", "source.denied"),
            "data/sub": ("failed", "source.denied"),
        }
    finally:
        Path("data/sub").chmod(0o700)


def test_unknown_and_mismatching_content(tree):
    Path("data/program.dat").write_bytes(b"\x7fELF" + bytes(range(256)) * 4)
    Path("data/book.csv").write_bytes(b"\x7fELF" + bytes(range(256)) * 4)
    Path("data/t.json.gz").write_bytes(b"not gzip")
    Path("data/e.csv.zst").write_bytes(b"")
    Path("data/part.parquet").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"
    )
    Path("data/cut.csv.gz").write_bytes(gzip.compress(b"x", mtime=0)[:8])
    assert problems("data") == {
        "data/program.dat": ("skipped", "source.unknown"),
        "data/book.csv": ("failed", "source.mismatch"),
        "data/part.parquet": ("failed", "source.pointer"),
        "data/t.json.gz": ("failed", "source.corrupt"),
        "data/e.csv.zst": ("failed", "source.corrupt"),
        "data/cut.csv.gz": ("failed", "source.truncated"),
    }


@pytest.mark.parametrize(
    ("name", "data", "source", "suffix", "compression"),
    [
        ("a.JSONL", b'{"a": 1}\n', "jsonl", ".jsonl", ""),
        ("a.jsonl.gz", gzip.compress(b'{"a": 1}\n', mtime=0), "jsonl", ".jsonl", "gzip"),
        ("a.csv", gzip.compress(b"a,b\n", mtime=0), "csv", ".csv", "gzip"),
        ("app.log.1", b"a line\n", "text", ".1", ""),
        ("README", b"text\n", "text", "", ""),
        (".env", b"A=b\n", "text", "", ""),
        ("latin.txt", "café\n".encode("latin-1"), "text", ".txt", ""),
        ("empty.jsonl", b"", "jsonl", ".jsonl", ""),
        ("empty", b"", "text", "", ""),
    ],
)
def test_the_source_of_a_shard(reading, tmp_path, name, data, source, suffix, compression):
    (tmp_path / name).write_bytes(data)
    shard = reading.shard(tmp_path / name)
    assert inputs.source_for(shard) == source
    assert (shard.suffix, shard.compression, shard.size) == (suffix, compression, len(data))
    assert inputs.sha256_of(shard) == hashlib.sha256(data).hexdigest()


def test_parquet_under_another_name(reading, tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"t": ["x"]}), tmp_path / "a.jsonl")
    assert inputs.source_for(reading.shard(tmp_path / "a.jsonl")) == "parquet"


@pytest.mark.parametrize("name", ["empty.jsonl", "empty.csv", "empty.json", "empty.txt", "empty"])
def test_an_empty_file_has_no_records(reading, tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    seen = reading.all(tmp_path / name)
    assert (seen.texts, seen.log.records, seen.log.problems) == ([], 0, [])


def test_names_that_are_not_text(tmp_path):
    strange = os.fsencode(tmp_path) + b"/a\xff\n\x1b.txt"
    Path(os.fsdecode(strange)).write_text("x\n")
    (found,) = inputs.discover([str(tmp_path)])
    assert isinstance(found, Shard)
    assert found.uri == f"{tmp_path}/a\ufffd%0A%1B.txt"
    assert inputs.sha256_of(found) == hashlib.sha256(b"x\n").hexdigest()


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("named", ["@data/list.txt", "data/x.manifest", "data/SHA256SUMS"])
def test_manifests_as_sha256sum_writes_them(tree, named):
    wanted = digest("content\n")
    lines = [
        f"{wanted}  a.csv",
        f"{wanted.upper()} *sub/deep/c.txt",
        "",
        "# comment",
        f"{wanted}  gone.csv",
    ]
    Path(named.removeprefix("@")).write_text("\n".join(lines) + "\n")
    found = list(inputs.discover([named]))
    shards = [(f.uri, f.expected_sha256) for f in found if isinstance(f, Shard)]
    itself = [] if named.startswith("@") else [(named, "")]  # data may look like a list
    assert shards == [("data/a.csv", wanted), ("data/sub/deep/c.txt", wanted), *itself]
    (missing,) = [f for f in found if isinstance(f, Unusable)]
    assert (missing.uri, missing.status) == ("data/gone.csv", InputStatus.FAILED)
    assert missing.problem.code == "source.missing"


@pytest.mark.parametrize(
    "text",
    [
        "path,sha256\na.csv,{0}\nb.jsonl,{0}\n",
        "size,sha256,path\n8,{0},a.csv\n8,{0},b.jsonl\n",
        "a.csv,{0}\nb.jsonl,{0}\n",
        "\ufeffpath,sha256\r\na.csv,{0}\r\nb.jsonl,{0}\r\n",
    ],
)
def test_manifests_as_tables(tree, text):
    wanted = digest("content\n")
    Path("data/m.manifest").write_text(text.format(wanted), "utf-8", newline="")
    found = [(f.uri, f.expected_sha256) for f in inputs.discover(["@data/m.manifest"])]
    assert found == [("data/a.csv", wanted), ("data/b.jsonl", wanted)]


def test_manifest_names_with_escapes_and_without_digests(tree):
    Path("data/new\nline.txt").write_text("content\n")
    Path("list").write_text(f"\\{digest('x')}  data/new\\nline.txt\ndata/a.csv\n")
    found = [(f.uri, f.expected_sha256) for f in inputs.discover(["@list"])]
    assert found == [("data/new%0Aline.txt", digest("x")), ("data/a.csv", "")]


def test_a_digest_counts_even_when_the_file_is_named_before(tree):
    Path("data/m.manifest").write_text(f"{digest('y')}  a.csv\n")
    (found,) = inputs.discover(["data/a.csv", "@data/m.manifest"])
    assert isinstance(found, Shard)
    assert found.expected_sha256 == digest("y")


def test_a_manifest_that_lists_nothing_is_an_error(tree):
    Path("empty.manifest").write_text("# nothing\n")
    with pytest.raises(UsageError):
        inputs.discover(["empty.manifest"])


def test_a_manifest_inside_a_directory_is_scanned_as_text(tree):
    Path("data/MANIFEST.sha256").write_text(f"{digest('y')}  a.csv\n")
    assert "data/MANIFEST.sha256" in uris("data")


def test_compressed_twice_is_skipped_and_said_so(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(gzip.compress(b"short text\n", mtime=0)))
    (found,) = inputs.discover([str(path)])
    assert isinstance(found, inputs.Unusable) and found.problem.is_failure
