"""What runs inside a worker: tasks in, sealed results out.

Everything that crosses back to the parent is safe to show; an exception of a library
crosses as its type and place only.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from scanner import cache, crash, inputs, plugins, prepared, rereading
from scanner.about import DEFAULT, Names
from scanner.batch import EachPlace, Place, TextBatch, UnitLog, text_array
from scanner.canaries import Canaries
from scanner.detectors import Detector, DetectorContext
from scanner.errors import LeakgateError, UnreadableError, crash_site
from scanner.files import ocr
from scanner.files.streams import hold
from scanner.look import Look
from scanner.model import Finding, Location, Part
from scanner.prepared import Known, Prepared
from scanner.scan import Scanner, Tally
from scanner.seal import Sealer
from scanner.sources import LooksFirst, Shard, Source, Unit
from scanner.spool import Spool, Unkept
from scanner.tasks import SMALL, NamesTask, ShardsTask, ShardTask, State, UnitTask


@dataclass(frozen=True, slots=True)
class Settings:
    """All a worker needs to build its scanner.  Its repr shows nothing of the key."""

    key: bytes = field(repr=False)
    now: datetime
    detectors: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)  # None: off
    rules_dirs: tuple[str, ...] = ()
    folder: str = "."  # what relative paths in detector options are relative to
    engine: str = "auto"
    ocr: Mapping[str, Any] = field(default_factory=dict)  # of `scanner.files.ocr.use`
    names: Names = DEFAULT  # of fields that say whom records are about
    spool: str = ""  # a private folder for findings that are many; "": they stay in memory
    # What another process derived already; see `for_workers` and `Start`.
    compiled: tuple[bytes, ...] = field(default=(), repr=False)  # of `Matcher.dump`
    known: Mapping[str, Known] = field(default_factory=dict, repr=False)  # of each detector
    scanner: Scanner | None = field(default=None, repr=False, compare=False)  # for forks alone


_SOME, _MUCH = 16 << 20, 256 << 20  # bytes worth loading, and compiling, one large database
_FIRST = 256 << 10  # bytes of a unit that may be matched together with those of others
_TICK = 50_000_000  # nanoseconds; file systems stamp changes at least as often


@dataclass(slots=True)
class Result:
    """What one task found.  `units` are what is still to be scanned of a shard.

    Of `count` findings those that `findings` does not hold are in the file `spool` of the
    folder in the settings.  `key` names the unit when the result may be used again.
    """

    findings: list[Finding] = field(default_factory=list)
    spool: str = ""
    count: int = 0
    key: bytes = b""
    log: UnitLog = field(default_factory=UnitLog)
    tally: Tally = field(default_factory=Tally)
    names: dict[str, str] = field(default_factory=dict)
    engine: str = ""
    source: str = ""
    sha256: str = ""
    units: list[UnitTask] = field(default_factory=list)
    failed: bool = False  # the unit could not be read to its end


Done = tuple[ShardTask | UnitTask, Result]  # of many that were one task


def build_scanner(settings: Settings) -> Scanner:
    """The scanner with every detector that the settings leave on.

    Raises UsageError for a broken rule, option or term file.
    """
    ocr.use(**settings.ocr)
    sealer = Sealer(settings.key, settings.now)
    decoders = plugins.load_all("decoders")
    kept = kept_for(settings)
    detectors = build_detectors(settings, kept)
    with cache.using(kept):
        scanner = Scanner(detectors, decoders, sealer, settings.engine, settings.compiled)
    scanner.people.names = settings.names
    return scanner


def kept_for(settings: Settings) -> cache.Cache:
    """What is kept on disk for runs under this key."""
    return cache.Cache(cache.folder_of(os.environ), settings.key)


def for_workers(settings: Settings, scanner: Scanner, size: int = 0) -> Settings:
    """The settings with the scanner, so that workers need not derive it again.

    `size` is what they will read, in bytes: for little of it little is compiled.
    """
    if size > _SOME:
        scanner.matcher.complete(anew=size > _MUCH)
    return replace(settings, scanner=scanner)


def portable(settings: Settings) -> Settings:
    """The settings with what the scanner knows in its place, for a process that has it not."""
    scanner = settings.scanner
    if scanner is None:
        return settings
    built = scanner.detectors.items()
    known = {name: _lighter(d.known) for name, d in built if isinstance(d, Prepared)}
    return replace(settings, compiled=scanner.matcher.dump(), known=known, scanner=None)


def _lighter(known: Known) -> Known:
    """Without the rules of term lists, which may be very many: matches carry theirs."""
    return replace(known, rules=()) if known.dumped and not known.storable else known


def build_detectors(settings: Settings, kept: cache.Cache = cache.NONE) -> dict[str, Detector]:
    """Every detector that is not switched off, by name."""
    named = ((name, settings.detectors.get(name, {})) for name in plugins.names("detectors"))
    return {name: _build(name, opts, settings, kept) for name, opts in named if opts is not None}


def _build(
    name: str, options: Mapping[str, Any], settings: Settings, kept: cache.Cache
) -> Detector:
    today = settings.now.date()
    context = DetectorContext(
        options, today, settings.rules_dirs, settings.folder, key=settings.key
    )
    factory = plugins.load("detectors", name)
    known = settings.known.get(name)
    if known is not None:
        return prepared.again(factory, context, known)
    return prepared.prepare(name, factory, context, kept)


class Start:
    """Picklable: builds the scanner in the worker and returns its work function.

    A worker that is forked has the scanner of its parent already.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __getstate__(self) -> dict[str, Settings]:
        return {"_settings": portable(self._settings)}

    def __call__(self) -> Worker:
        crash.guard()
        scanner = self._settings.scanner or build_scanner(self._settings)
        return Worker(scanner, self._settings.spool, kept_for(self._settings))


class Worker:
    """Carries out tasks."""

    def __init__(self, scanner: Scanner, folder: str = "", kept: cache.Cache = cache.NONE) -> None:
        self._scanner, self._look = scanner, Look(scanner)
        self._folder, self._kept = folder, kept
        self._states: dict[str, State] = {}  # of files that are held, when they were read
        self._canaries = Canaries(scanner.detectors, scanner.matcher, scanner.sealer.digest)

    def __call__(
        self, task: NamesTask | ShardTask | ShardsTask | UnitTask
    ) -> Result | list[Done] | LeakgateError:
        """The result; an error is for the whole run: what was found cannot be kept."""
        try:
            with cache.using(self._kept):
                return [*self._each(task)] if isinstance(task, ShardsTask) else self._one(task)
        except LeakgateError as error:
            return error

    def _each(self, task: ShardsTask) -> Iterator[Done]:
        """Every small shard, and at once its units, where it is not known.

        What they begin with is read of all of them first, and matched in one pass.
        """
        try:
            self._hold(task)
            results = [Result() for _ in task.parts]
            work = [self._work(*pair) for pair in zip(task.parts, results, strict=True)]
            self._scanner.ahead.look([batch for each in work for batch in next(each, ())])
            for part, result, rest in zip(task.parts, results, work, strict=True):
                deque(rest, 0)
                known = part.may_be_known(result.sha256)
                units, result.units = ([], result.units) if known else (result.units, [])
                yield part, result
                yield from ((unit, self._one(unit)) for unit in units)
        finally:
            self._hold()

    def _hold(self, task: ShardsTask | None = None) -> None:
        """Read these files once for all that will be asked of them, and let go of others."""
        paths = [part.shard.path for part in task.parts] if task else []
        held = {path: content for path in paths if (content := _content(path))}
        self._states = {path: state for path, (state, _) in held.items()}
        hold({path: data for path, (_, data) in held.items()})

    def _one(self, task: NamesTask | ShardTask | UnitTask) -> Result:
        result = Result()
        deque(self._work(task, result), 0)
        return result

    def _work(
        self, task: NamesTask | ShardTask | UnitTask, result: Result
    ) -> Iterator[Sequence[TextBatch]]:
        """Fill the result; what is to be scanned first is shown before it is scanned."""
        spool = Spool(self._folder)
        with _recorded(result):
            if isinstance(task, NamesTask):
                self._names(task, result, spool)
            elif isinstance(task, ShardTask):
                yield from self._shard(task, result, spool)
            else:
                yield from self._unit(task, result, spool)
            self._canaries.look(result.log)
        spool.close()
        result.findings, result.spool, result.count = spool.findings, spool.name, spool.count
        if result.failed or not spool.exact:
            result.key = b""

    def _names(self, task: NamesTask, result: Result, spool: Spool) -> None:
        result.engine = self._scanner.matcher.engine
        parts = {uri: [part for part in uri.split("/") if part] for uri in task.uris}
        plain = self._scanner.plain(list({name for some in parts.values() for name in some}))
        for uri, names in parts.items():
            known = plain.issuperset(names)
            result.names[uri] = uri if known else self._scanner.named_uri(uri)
            if not known:
                batch = TextBatch(
                    text_array(names), EachPlace([Place(part=Part.PATH)] * len(names))
                )
                at = Location(result.names[uri])
                spool.add(self._scanner.scan(batch, at, result.log, result.tally))

    def _shard(
        self, task: ShardTask, result: Result, spool: Spool
    ) -> Iterator[Sequence[TextBatch]]:
        shard = task.shard
        before = self._states.get(shard.path) or _state(shard)
        settled = _settled(before)
        result.sha256 = inputs.sha256_of(shard)
        result.source = inputs.source_for(shard)
        if shard.expected_sha256 not in ("", result.sha256):
            hint = "fetch the shard again, or make the manifest anew if the change was meant"
            result.log.problem(
                "input.digest", "the content is not what the manifest says", "", hint
            )
        found = [*_source(result.source).units(shard), *rereading.units(shard, result.source)]
        allowed = self._scanner.allowed(shard.uri)
        units = [_part(unit, before, result.sha256 if settled else "", allowed) for unit in found]
        if not units:
            raise UnreadableError("the source found nothing to read", "", "", "source.no_units")
        if len(units) == 1 and not task.may_be_known(result.sha256):
            yield from self._unit(units[0], result, spool)
        else:
            result.units = units

    def _unit(self, task: UnitTask, result: Result, spool: Spool) -> Iterator[Sequence[TextBatch]]:
        shard = task.unit.shard
        batches = _Begun(self._batches(task.unit, result), 0 if _looking(task.unit) else _FIRST)
        yield batches.first
        at = Location(shard.uri, shard.member)
        self._scanner.begin(result.log, first=not task.unit.start)
        self._look.begin()
        for batch in batches:
            spool.add(self._scanner.scan(batch, at, result.log, result.tally))
        result.key = task.key
        _check_unchanged(shard, task.state, result)

    def _batches(self, unit: Unit, result: Result) -> Iterator[TextBatch]:
        """What has to be scanned of a unit: all its texts, or those of rows worth parsing."""
        if unit.recording:
            yield from rereading.batches(unit, result.log)
            return
        looking = _looking(unit)
        if looking is None:
            for batch in _source(unit.source).batches(unit, result.log):
                result.log.values += len(batch.values) - batch.values.null_count
                yield batch
            return
        for block in looking.undecoded(unit, result.log):
            if isinstance(block, TextBatch):  # of a record too long to be looked at as a whole
                yield block
                continue
            looked = self._look(block, result.tally)
            result.tally.counting = not looked
            yield from block.batches()
            result.tally.counting = True


class _Begun:
    """Batches of which the first, up to so many bytes, are taken at once."""

    def __init__(self, batches: Iterator[TextBatch], most: int) -> None:
        self.first, self._rest = list[TextBatch](), batches
        self._broken: Exception | None = None
        try:
            while most > 0:
                self.first.append(next(batches))
                most -= self.first[-1].values.nbytes
        except StopIteration:
            pass
        except Exception as error:  # noqa: BLE001 - raised where it is met in its turn
            self._broken = error

    def __iter__(self) -> Iterator[TextBatch]:
        yield from self.first
        if self._broken is not None:
            raise self._broken
        yield from self._rest


def _looking(unit: Unit) -> LooksFirst | None:
    """The source, if records are searched before they are parsed; of few, all are parsed."""
    source = _source(unit.source)
    few = unit.shard.size <= SMALL and not unit.shard.compression
    return source if isinstance(source, LooksFirst) and not (few or unit.recording) else None


def _source(name: str) -> Source:
    source: Source = plugins.load("sources", name)
    return source


def _part(unit: Unit, state: State, sha256: str, allowed: tuple[str, ...]) -> UnitTask:
    return UnitTask(unit, state, unit_key(sha256, unit, allowed) if sha256 else b"")


def unit_key(sha256: str, unit: Unit, allowed: tuple[str, ...] = ()) -> bytes:
    """What tells one part of one content from every other, wherever it is stored: but for the
    places in which some matches are `allowed`."""
    shard = unit.shard
    part = [getattr(unit, f.name) for f in fields(unit) if f.name != "shard"]
    made_of = repr((sha256, shard.suffix, shard.compression, shard.member, part, *allowed))
    return hashlib.blake2b(made_of.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _settled(state: State) -> bool:
    """False for a file that was changed just now: its next change might leave the same times."""
    return time.time_ns() - max(state[-2:]) > _TICK


@contextmanager
def _recorded(result: Result) -> Iterator[None]:
    """Turns what goes wrong into a problem of the result; what was found before is kept."""
    try:
        yield
    except Unkept:
        raise
    except UnreadableError as error:
        _fail(result, error.code, error.what, error.hint)
    except FileNotFoundError:
        hint = "something removes or moves files while they are scanned; scan a settled copy"
        _fail(result, "source.gone", "the file is gone", hint)
    except PermissionError:
        _fail(result, "source.denied", "the file may not be read", "give the scan read access")
    except Exception as error:  # noqa: BLE001 - recorded by type and place, never by message
        what = f"reading stopped ({type(error).__name__} at {crash_site(error)})"
        _fail(result, "source.crashed", what, "report this as a bug of the source")


def _fail(result: Result, code: str, what: str, hint: str) -> None:
    result.failed = True
    result.log.problem(code, what, "", hint)


def _content(path: str) -> tuple[State, bytes] | None:
    """A small file and its state before it was read; None for one that is not to be held."""
    with suppress(OSError), open(path, "rb", buffering=0) as file:  # noqa: PTH123 - one of many
        status = os.fstat(file.fileno())
        data = file.read(SMALL) if status.st_size <= SMALL else None
        if data is not None and len(data) == status.st_size:
            return _told(status), data
    return None


def _state(shard: Shard) -> State:
    return _told(os.stat(shard.path))  # noqa: PTH116 - one of many


def _told(status: os.stat_result) -> State:
    """Times and size can be set back; the change time and the inode of another file cannot."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _check_unchanged(shard: Shard, before: State, result: Result) -> None:
    if _state(shard) != before:
        hint = "scan a settled copy: what was written after the scan passed is not covered"
        result.log.problem("source.changed", "the file changed while it was scanned", "", hint)


def renamed(shard: Shard, names: Mapping[str, str]) -> Shard:
    """The shard under the name it may be shown by."""
    return replace(shard, uri=names.get(shard.uri, shard.uri))
