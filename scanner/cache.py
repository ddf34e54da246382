"""What is costly to derive, kept on disk between runs.

What is confidential (term lists, and databases made of them) is encrypted under the deployment
key: SHAKE-256 over key and a fresh nonce gives the key stream, the MAC covers what is written.

A folder for the owner only (0700), files too (0600), written aside and renamed.  A serialised
database from a hostile file could do anything to the engine that loads it, so nothing is
trusted: the folder and each file must be ours alone, a symbolic link is refused, and content
counts only under a MAC made with the deployment key.  Whatever does not fit is ignored and
made again; a cache that cannot be written costs time and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

import scanner
from scanner.versions import version

_MAGIC = b"leakgate cache 1\n"
_MAC = 32  # bytes
_NONCE = 16  # bytes
_MOST = 64 << 20  # bytes of one entry; what is larger is not kept
_KEPT, _KEPT_BYTES = 64, 256 << 20  # entries that stay, newest first
_TORN = 3600.0  # seconds after which a file aside was left by a killed writer
_HOW = os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0) if hasattr(os, "O_CLOEXEC") else 0


def folder_of(env: Mapping[str, str]) -> Path | None:
    """Where entries lie: LEAKGATE_CACHE (`off`, or a folder), else the user's cache folder."""
    given = env.get("LEAKGATE_CACHE", "")
    if given.lower() in ("off", "0", "no", "false") or not hasattr(os, "geteuid"):
        return None
    if given:
        return Path(given) / "compiled"
    base = env.get("XDG_CACHE_HOME", "")
    home = Path(base) if base.startswith("/") else Path(env.get("HOME") or Path.home()) / ".cache"
    return home / "leakgate" / "compiled"


# Packages of which rules and patterns are made, and our own modules that make them.
_MADE_WITH = (
    "presidio-analyzer",
    "detect-secrets",
    "google-re2",
    "regex",
    "phonenumbers",
    "python-stdnum",
)
_CODE = ("detectors", "rulepacks", "regexes", "assigned", "model.py")


@lru_cache(maxsize=1)
def made_with() -> list[str]:
    """Python, the libraries, and our own code: it changes without a new version in a checkout."""
    package = Path(scanner.__file__).parent
    own = [path for name in _CODE for path in sorted(_modules(package / name))]
    code = hashlib.sha256(b"".join(hashlib.sha256(p.read_bytes()).digest() for p in own))
    return [sys.version, scanner.__version__, code.hexdigest(), *map(version, _MADE_WITH)]


def _modules(path: Path) -> Iterator[Path]:
    yield from [path] if path.is_file() else path.glob("*.py")


class Cache:
    """Entries by what they were made of; without a folder it is always empty."""

    def __init__(self, folder: Path | None, key: bytes) -> None:
        self._folder = folder if key else None
        self._key = hmac.digest(key, b"leakgate cache", "sha256")

    def __repr__(self) -> str:
        return f"<Cache in {self._folder}>"

    def get(self, kind: str, made_of: bytes, secret: bool = False) -> bytes | None:
        """The content that was kept for this, or None."""
        name = self._name(kind, made_of)
        with suppress(OSError), self._opened() as folder:
            content = self._checked(name, _read(folder, name))
            return (
                self._masked(content[:_NONCE], content[_NONCE:]) if secret and content else content
            )
        return None

    def put(self, kind: str, made_of: bytes, content: bytes, secret: bool = False) -> None:
        """Keep a content, encrypted if it is secret; silently not, where that fails."""
        if self._folder is None or len(content) > _MOST:
            return
        name = self._name(kind, made_of)
        if secret:
            nonce = secrets.token_bytes(_NONCE)
            content = nonce + self._masked(nonce, content)
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._opened() as folder:
                _write(folder, name, _MAGIC + self._mac(name, content) + content)
                _sweep(folder)

    def _masked(self, nonce: bytes, content: bytes) -> bytes:
        """The content under the stream of a nonce: there, and back again."""
        import numpy as np

        seed = hmac.digest(self._key, b"stream\0" + nonce, "sha256")
        stream = hashlib.shake_256(seed).digest(len(content))
        return (np.frombuffer(content, np.uint8) ^ np.frombuffer(stream, np.uint8)).tobytes()

    def _name(self, kind: str, made_of: bytes) -> str:
        """Keyed: nobody can try out on a name what an entry was made of."""
        return f"{kind}-{hmac.digest(self._key, made_of, 'sha256').hex()[:32]}"

    def _mac(self, name: str, content: bytes) -> bytes:
        head = f"{name}\0{len(content)}\0".encode()
        return hmac.digest(self._key, head + content, "sha256")

    def _checked(self, name: str, stored: bytes) -> bytes | None:
        head = len(_MAGIC) + _MAC
        content, mac = stored[head:], stored[len(_MAGIC) : head]
        whole = stored.startswith(_MAGIC) and hmac.compare_digest(mac, self._mac(name, content))
        return content if whole else None

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The folder, if it is ours alone.  Raises OSError when it is not."""
        if self._folder is None:
            raise FileNotFoundError
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | _HOW)
        try:
            _require_ours(os.fstat(descriptor))
            yield descriptor
        finally:
            os.close(descriptor)


def _require_ours(status: os.stat_result) -> None:
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
        raise PermissionError


def _read(folder: int, name: str) -> bytes:
    # Not blocking: a named pipe in the place of a file must not hold us.
    descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | _HOW, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        _require_ours(status)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MOST + 100:
            raise PermissionError
        with suppress(OSError):
            os.utime(descriptor)  # in use: the sweep takes those first that nobody reads
        return file.read()


def _write(folder: int, name: str, content: bytes) -> None:
    aside = f".{name}.{secrets.token_hex(8)}"
    how = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _HOW
    try:
        with os.fdopen(os.open(aside, how, 0o600, dir_fd=folder), "wb") as file:
            file.write(content)
        os.rename(aside, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with suppress(OSError):
            os.unlink(aside, dir_fd=folder)
        raise


def _sweep(folder: int) -> None:
    """Remove what killed writers left, and the entries that nobody has read for longest."""
    found = []
    for entry in os.scandir(folder):
        with suppress(OSError):
            found.append((entry.stat(follow_symlinks=False), entry.name))
    found.sort(key=lambda item: -item[0].st_mtime)
    kept, total, torn = 0, 0, time.time() - _TORN
    for status, name in found:
        if name.startswith("."):
            gone = status.st_mtime < torn
        else:
            kept, total = kept + 1, total + status.st_size
            gone = kept > _KEPT or total > _KEPT_BYTES
        if gone:
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)


NONE = Cache(None, b"")
_used: ContextVar[Cache] = ContextVar("cache", default=NONE)


@contextmanager
def using(cache: Cache) -> Iterator[None]:
    """Within the block, databases are taken from this cache and put into it."""
    token = _used.set(cache)
    try:
        yield
    finally:
        _used.reset(token)


def used() -> Cache:
    """The cache in use here; one that is always empty when there is none."""
    return _used.get()
