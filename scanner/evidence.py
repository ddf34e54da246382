"""Reads what the policy names as evidence: directory exports, grant exports and access logs.

Each file becomes rows for the ledger and one `InputRecord`; a file that cannot be read, or
only in part, is a record with problems and never stops the others.  Object names in grants
and logs are shown under the same sealed names as those of scanned inputs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from scanner import plugins, suggest
from scanner.about import person_key
from scanner.batch import UnitLog
from scanner.config.policy import GrantFile, LogFiles
from scanner.coverage import misdated
from scanner.errors import LeakgateError, UnreadableError, crash_site
from scanner.files.paths import File, files
from scanner.files.streams import COMPRESSED, HEAD, open_text, read_up_to, stored_at
from scanner.grants import GrantExport
from scanner.logs import LogFile
from scanner.model import (
    AccessEvent,
    Consent,
    Grant,
    InputRecord,
    InputStatus,
    Membership,
    Principal,
    Problem,
)
from scanner.pointer import same

Row = TypeVar("Row")
_KEY_ID = re.compile(r"[A-Za-z0-9_]{16,128}")  # what public ids of credentials look like
_ANY = "generic"  # in both families, the reader of the form for systems without one of their own
Named = Callable[[str], str]  # a uri or text -> the same as it may be shown


@dataclass(slots=True)
class Fates:
    """What became of every evidence file.

    `path` and `text` say how names of files, and texts that the exports hold, are shown;
    `person` gives the pseudonym of a person, `credential` the fingerprint of a credential or "".
    Events whose times cannot be are counted where it is known what `now` is.
    """

    records: list[InputRecord] = field(default_factory=list)
    path: Named = same
    text: Named = same
    person: Callable[[str, str], str] = field(default=lambda _kind, _key: "")
    credential: Named = field(default=lambda _text: "")
    now: datetime | None = None

    def add(self, record: InputRecord) -> None:
        """Keep a record, its names made safe to show."""
        raw, shown = record.uri, self.path(record.uri)
        problems = [
            replace(p, where=self.path(p.where), hint=p.hint.replace(raw, shown))
            for p in record.problems
        ]
        self.records.append(replace(record, uri=shown, problems=tuple(problems)))


def require(paths: Iterable[Path]) -> None:
    """Raises UsageError for evidence that is not there: to be asked before a long scan."""
    for path in paths:
        next(files(str(path)), None)


def grants(sources: Sequence[GrantFile], named: Named, fates: Fates) -> Iterator[Grant]:
    """Every grant of the policy's exports."""
    for source in sources:
        for path in _files(source.path, fates, source.system):
            reader = partial(_read_grants, path, source)
            for grant in _guarded(path, "grants", reader, fates):
                yield _with_safe_names(grant, named, fates.text)


def events(sources: Sequence[LogFiles], named: Named, fates: Fates) -> Iterator[AccessEvent]:
    """Every event of the policy's logs.

    Overlapping files are fine: the audit counts an event id once.
    """
    for source in sources:
        for path in _files(source.path, fates):
            reader = partial(_read_events, path, source, fates.now)
            for event in _guarded(path, "logs", reader, fates):
                yield _safe_event(event, named, fates)


def directory(paths: Sequence[Path], fates: Fates) -> tuple[list[Principal], list[Membership]]:
    """All principals and memberships of the directory exports."""
    from scanner.people.directory import read_directory

    principals: list[Principal] = []
    memberships: list[Membership] = []
    for entry in paths:
        for path in _files(entry, fates):
            for people, members in _guarded(
                path, "directory", partial(_once, read_directory, path), fates
            ):
                principals += people
                memberships += members
    return principals, memberships


def consents(paths: Sequence[Path], fates: Fates) -> list[Consent]:
    """Every pause, exemption and withdrawal of the consent exports."""
    from scanner.people.consent import read_consent

    found: list[Consent] = []
    for entry in paths:
        for path in _files(entry, fates):
            found += _guarded(path, "consent", partial(read_consent, path), fates)
    return [replace(c, source=fates.path(c.source)) for c in found]


def pseudonyms(
    principals: Sequence[Principal], consents: Sequence[Consent], fates: Fates
) -> Iterator[tuple[str, str]]:
    """(alias, principal): how findings name the people and credentials of the directory."""
    listed = {p.id for p in principals} | {a for p in principals for a in p.aliases}
    named = [(name, p.id) for p in principals for name in (p.id, p.name, *p.aliases)]
    named += [(c.person, c.person) for c in consents if c.person not in listed]
    for name, id_ in dict.fromkeys(named):
        key = person_key(name)
        if key is not None:
            yield fates.person(*key), id_
        mark = fates.credential(name) if _KEY_ID.fullmatch(name) else ""
        if mark:
            yield mark, id_


def _once(read: Callable[[Path, UnitLog], Row], path: Path, log: UnitLog) -> Iterator[Row]:
    yield read(path, log)


def _read_grants(path: Path, source: GrantFile, log: UnitLog) -> Iterator[Grant]:
    reader = _reader("grants", source.system, path, source.options)
    yield from reader.read(GrantExport(path, source.options), log)


def _read_events(
    path: Path, source: LogFiles, now: datetime | None, log: UnitLog
) -> Iterator[AccessEvent]:
    reader = _reader("logs", source.format, path, source.options)
    for event in reader.read(LogFile(path, source.options), log):
        if now is not None and misdated(event, now):
            what = "an event is dated before the year 2000, or more than a day from now"
            hint = "a clock was wrong: correct the times, or say the log's time_zone"
            log.problem("log.clock", what, str(path), hint)
        yield event


def _reader(family: str, name: str, path: Path, options: Mapping[str, Any]) -> Any:
    """The named plug-in, or the only one that knows the file by its first bytes."""
    if name:
        return plugins.load(family, name)
    name, reader = _recognised(family, path)
    suggest.only(options, getattr(reader, "options", options), f"is no option of {name}", str(path))
    return reader


def _recognised(family: str, path: Path) -> tuple[str, Any]:
    with open_text(stored_at(path)) as stream:
        head = read_up_to(stream, HEAD)
    plain = path.with_suffix("") if path.suffix in COMPRESSED else path
    fitting = {n: p for n, p in plugins.load_all(family).items() if p.sniff(plain, head)}
    if len(fitting) > 1:
        fitting.pop(_ANY, None)  # a system's own format says more than columns that would do
    if len(fitting) != 1:
        what = "no format fits this file" if not fitting else "several formats fit this file"
        known = ", ".join(plugins.names(family))
        hint = f"name one of {known} in the policy"
        raise UnreadableError(what, str(path), hint, f"{family}.unknown")
    return next(iter(fitting.items()))


def _guarded(
    path: Path, kind: str, read: Callable[[UnitLog], Iterator[Row]], fates: Fates
) -> Iterator[Row]:
    """The rows of one file; how it went is added to `fates`."""
    log, rows, failed = UnitLog(), 0, False
    try:
        for row in read(log):
            rows += 1
            yield row
    except LeakgateError as error:
        failed = True
        log.problem(getattr(error, "code", "evidence.options"), error.what, error.where, error.hint)
    except OSError:
        failed = True
        log.problem("evidence.unreadable", "the file cannot be read", "", "check its permissions")
    except Exception as error:  # noqa: BLE001 - by type and place: the message may quote data
        failed = True
        site = f"{type(error).__name__} at {crash_site(error)}"
        log.problem("evidence.crashed", f"reading stopped ({site})", "", "report this as a bug")
    fates.add(_record(path, kind, log, rows, failed))


def _record(path: Path, kind: str, log: UnitLog, rows: int, failed: bool) -> InputRecord:
    failures = [p for p in log.problems if p.is_failure]
    status = InputStatus.SCANNED
    if failed or failures:
        status = InputStatus.PARTIAL if rows else InputStatus.FAILED
    return InputRecord(
        str(path),
        kind,
        status,
        reason=failures[0].what if failures else "",
        records=log.records or rows,
        failed_records=log.failed_records,
        bytes=log.bytes,
        problems=tuple(log.problems),
    )


def _files(path: Path, fates: Fates, system: str = "") -> Iterator[Path]:
    """The files that a path of the policy means; what cannot be read becomes a record.

    A grant system that reads folders as they stand gets the folder itself.
    """
    if system and path.is_dir() and getattr(plugins.load("grants", system), "reads_folders", False):
        yield path
        return
    found = False
    for file in files(str(path)):
        found = True
        if file.problem is None:
            yield Path(file.path)
        else:
            fates.add(_unusable(file))
    if not found:
        fates.add(_unusable(_no_files(str(path))))


def _no_files(path: str) -> File:
    hint = "export the evidence into it, or take it out of the policy"
    problem = Problem("evidence.empty", "the folder holds no file", path, hint)
    return File(path, path, 0, InputStatus.FAILED, problem)


def _unusable(file: File) -> InputRecord:
    problems = () if file.problem is None else (file.problem,)
    reason = problems[0].what if problems else ""
    return InputRecord(file.uri, "", file.status, reason=reason, problems=problems)


def _safe_event(event: AccessEvent, named: Named, fates: Fates) -> AccessEvent:
    raw, shown = event.raw_file, fates.path(event.raw_file)
    return replace(
        event,
        event_id=event.event_id.replace(raw, shown) if raw else event.event_id,
        resource=named(event.resource),
        operation=fates.text(event.operation),
        raw_file=shown,
        credential=fates.credential(event.credential) if event.credential else "",
    )


def _with_safe_names(grant: Grant, named: Named, text: Named) -> Grant:
    return replace(
        grant,
        resource=named(grant.resource),
        except_resources=tuple(named(r) for r in grant.except_resources),
        via=_safe_text(grant.via, named),
        purpose=_safe_text(grant.purpose, named),
        condition=text(grant.condition),
        privilege=text(grant.privilege),
    )


def _safe_text(text: str, named: Named) -> str:
    """A text whose sensitive parts, between brackets and slashes, are hidden."""
    return "".join(part if part in "()" else named(part) for part in re.split(r"([()])", text))
