"""A private folder of this process below a ledger, for what does not fit in memory."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
import weakref
from contextlib import suppress
from pathlib import Path

HOME = ".tmp"
_DEAD = 86_400.0  # seconds until what a killed process left is removed


class PrivateFolder:
    """Is there as long as this object, at most until the end of the process.

    `path` is None where there is no ledger, or one on a disk that can only be read.
    """

    def __init__(self, ledger: Path | None) -> None:
        self.path: Path | None = None
        if ledger is None:
            return
        home = ledger / HOME
        with suppress(OSError):
            home.mkdir(mode=0o700, exist_ok=True)
            folder = home / f"{os.getpid()}-{secrets.token_hex(4)}"
            folder.mkdir(mode=0o700)
            lock = os.open(folder, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.path = folder
            weakref.finalize(self, _remove, folder, lock)
            _sweep(home)


def _remove(folder: Path, lock: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        os.close(lock)


def _sweep(home: Path) -> None:
    """Remove what killed processes left."""
    for folder in home.iterdir():
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > _DEAD and _unlocked(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _unlocked(folder: Path) -> bool:
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True
