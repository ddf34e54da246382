"""Classic Azure Storage Analytics logs (`$logs`): fields by `;`, some of them in quotes.

Versions 1.0 and 2.0 as "Storage Analytics Log Format" in Azure's reference gives them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.logs import LogFile
from scanner.logs._azure_words import activity_of, resource_of
from scanner.logs._events import RejectedError, count
from scanner.logs._stream import lines
from scanner.logs._times import Clock
from scanner.model import AccessEvent

LINE = re.compile(rb"[12]\.0;\d{4}-\d\d-\d\dT[0-9:.]+Z;\w+;")
_UTC = Clock({"time_zone": "UTC"}, "")
_LEAST = 19  # fields up to the sizes of a response
_REFUSED = ("Error", "Throttling", "Timeout", "Failed")


def is_classic(path: Path) -> bool:
    """True when the first line is one of a classic log."""
    try:
        return any(LINE.match(line.data) for line, _ in zip(lines(path), "1", strict=False))
    except UnreadableError:
        return False


def read(log_file: LogFile, log: UnitLog) -> Iterator[AccessEvent]:
    """Every request of one file."""
    where = str(log_file.path)
    for number, line in enumerate(lines(log_file.path)):
        log.bytes += len(line.data) + 1
        if line.torn or not line.data.strip():
            continue
        log.records += 1
        try:
            yield _event(line.data.decode("utf-8", "replace"), where, line.offset)
        except (RejectedError, ValueError, IndexError):
            what = "a line is no Storage Analytics record"
            log.bad_record("log.line", what, number, f"look at the line in {where}")


def _event(text: str, where: str, offset: int) -> AccessEvent:
    cells = next(csv.reader([text], delimiter=";"))
    if len(cells) < _LEAST:
        raise RejectedError("a line has too few fields")
    resource = resource_of(cells[11])
    return AccessEvent(
        event_id=f"{cells[13]}/{cells[14]}/{cells[2]}",
        time=_UTC.read(re.sub(r"(\.\d{6})\d+", r"\1", cells[1])),
        class_uid=6003,
        activity=activity_of(cells[2]),
        status="Failure" if cells[3].endswith(_REFUSED) else "Success",
        actor=_actor(cells),
        session="",
        resource=resource,
        operation=cells[2],
        bytes_out=count(cells[20]) if len(cells) > 20 else None,
        src_endpoint=cells[15],
        log_source="azure_storage",
        raw_file=where,
        raw_offset=offset,
    )


def _actor(cells: list[str]) -> str:
    """`authentication-type` and `requester-account-name`; the holder of a SAS is not logged."""
    if cells[7] == "anonymous":
        return "anonymous"
    if cells[7] == "bearer":  # the user's name, else the object's id
        known = [cell for cell in (*cells[35:36], *cells[30:31]) if cell]
        return known[0] if known else f"bearer:{cells[9]}"
    return f"sas:{cells[9]}" if cells[7] == "sas" else f"account-key:{cells[8] or cells[9]}"
