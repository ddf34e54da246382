"""Linux audit logs (`/var/log/audit/audit.log`, `ausearch` with `--raw` or without), plain or
enriched; not what `ausearch -i` writes, whose times have no zone.

The lines of one event (SYSCALL, CWD, PATH, ...) share its serial number and are put together.
The actor is the login user (`auid`), which stays the same through su and sudo; where no one
logged in, the user the process ran as.  Names written as hex digits are decoded, relative ones
joined with the working folder.  An `open` is a read when its flags allow reading.  Events become
OCSF class 1001 (File System Activity), resources `file:///path`; events without a path are
passed over.  `raw_offset` is the byte offset of the event's first line.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from scanner.batch import UnitLog
from scanner.logs import LogFile
from scanner.logs._stream import lines
from scanner.model import AccessEvent

_LINE = re.compile(
    r"(?:node=\S+ )?type=(?P<type>[A-Z0-9_\[\]]+) "
    r"msg=audit\((?P<time>\d+(?:\.\d+)?):(?P<serial>\d+)\) ?: ?(?P<rest>.*)",
    re.DOTALL,
)
_BETWEEN = re.compile(rb"----\s*|time->.*")  # events in what ausearch writes
_HEAD = re.compile(
    rb"(?:----\s+(?:time->[^\n]*\n)?)?(?:node=\S+ )?type=[A-Z0-9_\[\]]+ msg=audit\(\d+"
)
_FIELDS = re.compile(r"""(\w+)=("[^"]*"|'[^']*'|[^\s\x1d]*)""")
_NOBODY = {"4294967295", "-1", "unset", ""}
_OPEN_AT_ONCE = 1000  # events whose lines may still come
_LAST = {"EOE", "PROCTITLE"}  # the last line of an event; EOE is missing from `ausearch --raw`

# System calls by number on x86-64 and on arm64, from the kernel's tables.
_X86_64 = {
    "open": 2, "stat": 4, "lstat": 6, "access": 21, "execve": 59, "truncate": 76, "rename": 82,
    "mkdir": 83, "rmdir": 84, "creat": 85, "link": 86, "unlink": 87, "symlink": 88,
    "readlink": 89, "chmod": 90, "chown": 92, "setxattr": 188, "getxattr": 191, "openat": 257,
    "mkdirat": 258, "fchownat": 260, "newfstatat": 262, "unlinkat": 263, "renameat": 264,
    "linkat": 265, "symlinkat": 266, "fchmodat": 268, "faccessat": 269,
    "open_by_handle_at": 304, "renameat2": 316, "execveat": 322, "statx": 332, "openat2": 437,
    "faccessat2": 439,
}  # fmt: skip
_ARM64 = {
    "setxattr": 5, "getxattr": 8, "mkdirat": 34, "unlinkat": 35, "symlinkat": 36, "linkat": 37,
    "renameat": 38, "truncate": 45, "faccessat": 48, "fchmodat": 53, "fchownat": 54,
    "openat": 56, "readlinkat": 78, "newfstatat": 79, "execve": 221, "open_by_handle_at": 265,
    "renameat2": 276, "execveat": 281, "statx": 291, "openat2": 437, "faccessat2": 439,
}  # fmt: skip
_NUMBERS = {
    arch: {number: name for name, number in calls.items()}
    for arch, calls in (("c000003e", _X86_64), ("c00000b7", _ARM64))
}
_KINDS = {
    "Delete": "unlink unlinkat rmdir",
    "Update": "rename renameat renameat2 chmod fchmodat chown fchownat setxattr",
    "Write": "creat truncate link linkat symlink symlinkat mkdir mkdirat",
    "List": "stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat getxattr",
}
_ACTIVITY = {call: kind for kind, calls in _KINDS.items() for call in calls.split()}
_FLAGS = {"open": "a1", "openat": "a2", "open_by_handle_at": "a2"}


@dataclass(slots=True)
class _Event:
    """What is known of one event so far."""

    offset: int
    time: datetime
    serial: str
    call: dict[str, str] = field(default_factory=dict)
    how: dict[str, str] = field(default_factory=dict)  # of openat2
    cwd: str = "/"
    paths: list[dict[str, str]] = field(default_factory=list)


class Auditd:
    """Reads the logs of the Linux audit daemon."""

    options = ()

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - the content decides
        """True when the first line is one of an audit event."""
        return _HEAD.match(head) is not None

    def read(self, log_file: LogFile, log: UnitLog) -> Iterator[AccessEvent]:
        """Every access of a file.  A line of another form is counted by its number."""
        where, pending = str(log_file.path), dict[str, _Event]()
        for number, line in enumerate(lines(log_file.path)):
            log.bytes += len(line.data) + 1
            if line.torn or not line.data.strip() or _BETWEEN.fullmatch(line.data):
                continue
            log.records += 1
            found = _LINE.fullmatch(line.data.decode("utf-8", "replace"))
            if found is None:
                what = "a line is no audit record"
                log.bad_record("log.line", what, number, f"look at the line in {where}")
                continue
            yield from _add(pending, found, line.offset, where)
        for event in pending.values():
            yield from _events(event, where)


plugin = Auditd()


def _add(
    pending: dict[str, _Event], found: re.Match[str], offset: int, where: str
) -> Iterator[AccessEvent]:
    """Put a line to its event, and give the events that are whole by now."""
    key = f"{found['time']}:{found['serial']}"
    if key not in pending:
        time = datetime.fromtimestamp(float(found["time"]), UTC)
        pending[key] = _Event(offset, time, key)
    event, fields = pending[key], _fields(found["rest"])
    kind = found["type"]
    if kind == "SYSCALL":
        event.call = fields
    elif kind == "CWD":
        event.cwd = _text(fields.get("cwd", "")) or "/"
    elif kind == "PATH":
        event.paths.append(fields)
    elif kind == "OPENAT2":
        event.how = fields
    if kind in _LAST:
        yield from _events(pending.pop(key), where)
    elif len(pending) > _OPEN_AT_ONCE:
        yield from _events(pending.pop(next(iter(pending))), where)


def _fields(rest: str) -> dict[str, str]:
    """Fields by name; the last of one name counts, and names of enriched lines are upper case."""
    return {name: value.strip("'") for name, value in _FIELDS.findall(rest)}


def _events(event: _Event, where: str) -> Iterator[AccessEvent]:
    call = event.call
    if not call:
        return
    for path in event.paths:
        resource = _resource(path, event)
        if not resource:
            continue
        yield AccessEvent(
            event_id=f"{event.serial}/{path.get('item', '0')}",
            time=event.time,
            class_uid=1001,
            activity=_activity(path, event),
            status="Failure" if call.get("success") == "no" else "Success",
            actor=_who(call),
            session=call.get("ses", "").replace("4294967295", ""),
            resource=resource,
            operation=_name(call),
            bytes_out=None,
            src_endpoint="",
            log_source="auditd",
            raw_file=where,
            raw_offset=event.offset,
        )


def _who(call: dict[str, str]) -> str:
    named = [call.get(name, "").strip('"') for name in ("AUID", "auid", "UID", "uid")]
    return next((name for name in named if name not in _NOBODY), "unknown")


def _name(call: dict[str, str]) -> str:
    """The name of the system call; its number where we do not know the machine."""
    number = call.get("SYSCALL") or call.get("syscall", "")
    table = _NUMBERS.get(call.get("arch", ""), {})
    return table.get(int(number), number) if number.isdecimal() else number or "unknown"


def _activity(path: dict[str, str], event: _Event) -> str:
    name = _name(event.call)
    if not name.startswith("open"):
        return _ACTIVITY.get(name, "Other")
    if path.get("nametype") == "CREATE":
        return "Write"
    if path.get("mode", "").startswith("04"):
        return "List"  # a folder
    return "Write" if _flags(name, event) & 3 == 1 else "Read"


def _flags(name: str, event: _Event) -> int:
    """The flags of an open; 0, which reads, where the log does not say them."""
    found = event.how.get("oflag") or event.call.get(_FLAGS.get(name, ""), "0")
    try:
        return int(found, 16 if name in _FLAGS else 0)
    except ValueError:
        return 0


def _resource(path: dict[str, str], event: _Event) -> str:
    name = _text(path.get("name", ""))
    if not name or path.get("nametype") == "PARENT":
        return ""
    if not name.startswith("/"):
        name = posixpath.join(_base(event), name)
    return f"file://{posixpath.normpath(name)}"


def _base(event: _Event) -> str:
    """The folder that relative names start from: the parent of the event, where it is given."""
    parents = (_text(p.get("name", "")) for p in event.paths if p.get("nametype") == "PARENT")
    return next((name for name in parents if name.startswith("/")), event.cwd)


def _text(value: str) -> str:
    """A name as it is: in quotes, or as hex digits where it holds what quotes could not."""
    if value.startswith('"'):
        return value.strip('"')
    if value in ("(null)", ""):
        return ""
    try:
        return bytes.fromhex(value).decode("utf-8", "surrogateescape").rstrip("\0")
    except ValueError:
        return value
