"""The deployment key: what turns a found value into a fingerprint nobody can guess back.

Where it comes from, first that is given: `--key-file`, the variable LEAKGATE_KEY (the key
itself), LEAKGATE_KEY_FILE, and else `$XDG_CONFIG_HOME/leakgate/key`, made on first use.
Fingerprints, baselines and runs agree only where the key is the same.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scanner.errors import UsageError

MIN_BYTES = 16
_NEW = "write a new one with: openssl rand -hex 32"


@dataclass(frozen=True, slots=True)
class Key:
    """The secret, which it never prints, and the id that reports and baselines show."""

    secret: bytes = field(repr=False)
    id: str = ""


def load_key(path: Path | None, env: Mapping[str, str]) -> Key:
    """The deployment key; makes one in the user's configuration folder when none is given.

    Raises UsageError for a key that is missing, too short, or readable by other users.
    """
    if path is None and "LEAKGATE_KEY" in env:
        return _key(env["LEAKGATE_KEY"].encode(), "the variable LEAKGATE_KEY")
    if path is None and env.get("LEAKGATE_KEY_FILE"):
        path = Path(env["LEAKGATE_KEY_FILE"])
    if path is None:
        path = _default_path(env)
        _create_once(path)
    return _key(_read(path), str(path))


def _key(raw: bytes, where: str) -> Key:
    secret = raw.rstrip(b"\r\n")
    if len(secret) < MIN_BYTES:
        what = f"the deployment key is too short: {len(secret)} bytes, at least {MIN_BYTES} needed"
        raise UsageError(what, where, _NEW)
    return Key(secret, hmac.digest(secret, b"leakgate key id", "sha256").hex()[:8])


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_IMODE(mode) & 0o077:
                what = "other users of this machine can read the deployment key"
                raise UsageError(what, str(path), f"chmod 600 {path}")
            return file.read(65536)
    except OSError as error:
        reason = error.strerror or "no reason given"
        raise UsageError(f"the deployment key cannot be read: {reason}", str(path), _NEW) from None


def _default_path(env: Mapping[str, str]) -> Path:
    folder = env.get("XDG_CONFIG_HOME") or str(Path(env.get("HOME") or Path.home()) / ".config")
    return Path(folder) / "leakgate" / "key"


def _create_once(path: Path) -> None:
    """Make a key when there is none; of two processes that try, one wins and both use it."""
    if path.exists():
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, aside = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # is 0600
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
        _publish(Path(aside), path)
    except OSError as error:
        what = f"no deployment key is given and none can be made: {error.strerror}"
        raise UsageError(what, str(path), "set LEAKGATE_KEY, or give --key-file") from None


def _publish(aside: Path, path: Path) -> None:
    try:
        path.hardlink_to(aside)  # fails when the other process was first
    except FileExistsError:
        return
    finally:
        aside.unlink()
    sys.stderr.write(
        f"note: made a deployment key in {path}\n"
        "  next: keep it; in CI set LEAKGATE_KEY, so that fingerprints agree between runs\n"
    )
