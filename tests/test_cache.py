"""Nothing is taken from the cache that this deployment did not put there whole."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from scanner import cache
from scanner.cache import Cache

KEY = b"a deployment key for the tests"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "compiled"


@pytest.fixture
def kept(folder: Path) -> Cache:
    made = Cache(folder, KEY)
    made.put("database", b"facts", b"content")
    assert made.get("database", b"facts") == b"content"
    return made


def entry(folder: Path) -> Path:
    (only,) = folder.iterdir()
    return only


def test_entries_are_private_and_by_key(kept: Cache, folder: Path) -> None:
    assert (folder.stat().st_mode & 0o777, entry(folder).stat().st_mode & 0o777) == (0o700, 0o600)
    assert kept.get("database", b"other facts") is None
    assert kept.get("detector", b"facts") is None
    assert Cache(folder, b"the key of somebody else").get("database", b"facts") is None
    assert b"facts" not in entry(folder).name.encode()


@pytest.mark.parametrize("at", [0, 20, 40, -1])
def test_a_damaged_entry_is_ignored(kept: Cache, folder: Path, at: int) -> None:
    data = bytearray(entry(folder).read_bytes())
    data[at] ^= 1
    entry(folder).write_bytes(data)
    assert kept.get("database", b"facts") is None
    kept.put("database", b"facts", b"made again")
    assert kept.get("database", b"facts") == b"made again"


def test_a_torn_and_an_empty_entry_are_ignored(kept: Cache, folder: Path) -> None:
    whole = entry(folder).read_bytes()
    for size in (0, 10, 30, len(whole) - 1):
        entry(folder).write_bytes(whole[:size])
        assert kept.get("database", b"facts") is None
    entry(folder).write_bytes(whole + b"more")
    assert kept.get("database", b"facts") is None


def test_an_entry_under_another_name_is_ignored(kept: Cache, folder: Path) -> None:
    old = entry(folder)
    kept.put("database", b"other facts", b"other")
    (new,) = [p for p in folder.iterdir() if p != old]
    new.replace(old)
    assert kept.get("database", b"facts") is None


def test_links_are_refused(kept: Cache, folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    entry(folder).rename(elsewhere)
    (folder / elsewhere_name(kept)).symlink_to(elsewhere)
    assert kept.get("database", b"facts") is None
    (folder / elsewhere_name(kept)).unlink()
    elsewhere.rename(folder / elsewhere_name(kept))
    assert kept.get("database", b"facts") == b"content"
    folder.rename(tmp_path / "moved")
    folder.symlink_to(tmp_path / "moved")
    assert kept.get("database", b"facts") is None


def elsewhere_name(kept: Cache) -> str:
    return kept._name("database", b"facts")


def test_what_others_may_touch_is_refused(kept: Cache, folder: Path) -> None:
    for path, mode in ((entry(folder), 0o640), (folder, 0o750)):
        good = path.stat().st_mode
        path.chmod(mode)
        assert kept.get("database", b"facts") is None
        path.chmod(good)
    assert kept.get("database", b"facts") == b"content"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give")
def test_what_belongs_to_somebody_else_is_refused(kept: Cache, folder: Path) -> None:
    os.chown(entry(folder), 12345, -1)
    assert kept.get("database", b"facts") is None


def test_a_pipe_in_the_place_of_an_entry_holds_up_nobody(kept: Cache, folder: Path) -> None:
    path = entry(folder)
    path.unlink()
    os.mkfifo(path, 0o600)
    assert kept.get("database", b"facts") is None


def test_it_does_not_grow_for_ever(kept: Cache, folder: Path) -> None:
    torn = folder / ".database-x.0123"
    torn.write_bytes(b"half")
    os.utime(torn, (time.time() - 7200,) * 2)
    young = folder / ".database-y.0123"
    young.write_bytes(b"being written")
    kept.put("database", b"read often", b"x")
    for number in range(100):
        kept.put("database", b"%d" % number, b"x")
        assert kept.get("database", b"read often") == b"x", "it is newer than what nobody reads"
    assert not torn.exists() and young.exists()
    assert len(list(folder.glob("database-*"))) <= 64
    assert kept.get("database", b"99") == b"x"


def test_no_folder_and_no_room_cost_nothing(folder: Path, tmp_path: Path) -> None:
    for made in (Cache(None, KEY), Cache(folder, b""), Cache(Path("/proc/none"), KEY)):
        made.put("database", b"facts", b"content")
        assert made.get("database", b"facts") is None
    blocked = tmp_path / "file"
    blocked.write_text("")
    Cache(blocked / "compiled", KEY).put("database", b"facts", b"content")
    assert not folder.exists()


def test_where_it_lies(tmp_path: Path) -> None:
    where = cache.folder_of
    assert where({"LEAKGATE_CACHE": "off", "HOME": "/h"}) is None
    assert where({"LEAKGATE_CACHE": "/c", "HOME": "/h"}) == Path("/c/compiled")
    assert where({"XDG_CACHE_HOME": "/x", "HOME": "/h"}) == Path("/x/leakgate/compiled")
    assert where({"XDG_CACHE_HOME": "not/absolute", "HOME": "/h"}) == Path(
        "/h/.cache/leakgate/compiled"
    )


def test_it_prints_nothing_of_the_key(kept: Cache) -> None:
    assert KEY.decode() not in repr(kept)
