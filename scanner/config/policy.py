"""The policy file's schema: pydantic models, one per section, frozen; an unknown key is an error.

Paths in a policy are relative to the policy file.  Times without a zone are UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)
from pydantic import SerializationInfo as Dumping
from pydantic import ValidationInfo as Checking
from pydantic_core import PydanticCustomError

from scanner import plugins, suggest
from scanner.model import Confidence, LogCoverage, Severity


def _mistake(what: str, hint: str) -> PydanticCustomError:
    return PydanticCustomError("leakgate", "{what}", {"what": what, "hint": hint})


def _resolved(path: Path, info: Checking) -> Path:
    """Absolute, but with its symbolic links: what is a link today may be data tomorrow."""
    folder: Path = (info.context or {}).get("folder", Path.cwd())
    return folder.absolute() / path


def _existing(path: Path) -> Path:
    if not path.exists():
        what = "there is nothing at this path"
        raise _mistake(what, "correct it; paths are relative to the policy file")
    return path


def _relative(path: Path, info: Dumping) -> str:
    """As in the policy file, so that the digest does not depend on where the folder lies."""
    folder: Path = (info.context or {}).get("folder", Path.cwd())
    inside = path.is_relative_to(folder)
    return path.relative_to(folder).as_posix() if inside else str(path)


def _store_path(path: str, info: Checking) -> str:
    """Absolute; a URI of a remote store stays as it is."""
    if "://" in path:
        return path.removeprefix("file://")
    found = _resolved(Path(path), info)
    if not found.exists():
        raise _mistake("the path of this store does not exist", "correct it, or remove the store")
    return str(found)


def _relative_store(path: str, info: Dumping) -> str:
    return path if "://" in path else _relative(Path(path), info)


def _known(family: str, *also: str) -> AfterValidator:
    def check(name: str) -> str:
        names = [*also, *plugins.names(family)]
        if name and name not in names:
            raise _mistake(
                f"there is no {suggest.plain(name)} in {family}", suggest.hint(name, names)
            )
        return name

    return AfterValidator(check)


def _no_number(time: object) -> object:
    if isinstance(time, int | float):
        raise _mistake("this is a number, not a time", "write it like 2026-10-05T06:00:00Z")
    return time


def _utc(time: datetime) -> datetime:
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)


def _options(value: object) -> object:
    """`false` is off (None), `true` and nothing are the defaults, a mapping is options."""
    if value is None or value is True:
        return {}
    return None if value is False else value


AnyPath = Annotated[Path, AfterValidator(_resolved), PlainSerializer(_relative)]
ExistingPath = Annotated[AnyPath, AfterValidator(_existing)]
StorePath = Annotated[str, AfterValidator(_store_path), PlainSerializer(_relative_store)]
Time = Annotated[datetime, BeforeValidator(_no_number), AfterValidator(_utc)]
Options = Annotated[
    Mapping[str, Any] | None,
    BeforeValidator(_options),
    WithJsonSchema({"type": ["object", "boolean", "null"]}),
]
Text = Annotated[str, Field(min_length=1)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Store(Section):
    """A folder or file here, and the resource that grants and logs know it by."""

    name: Text
    path: StorePath
    resource: Text
    owner: str = ""
    landed: Time | None = None


def _check_options(family: str, name: str, options: Mapping[str, Any]) -> None:
    """A plug-in that is named has these options; of others it is told when a file is read."""
    known = getattr(plugins.load(family, name), "options", options) if name else options
    for option in options:
        if option not in known:
            what = f"{suggest.plain(option)} is no option of {name}"
            raise _mistake(what, suggest.hint(option, known))


class GrantFile(Section):
    """An export of grants; without `system` it is recognised by its content."""

    path: AnyPath
    system: Annotated[str, _known("grants")] = ""
    options: Mapping[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has(self) -> Self:
        _check_options("grants", self.system, self.options)
        return self


class LogFiles(Section):
    """Access logs: a file, a folder or a glob; without `format` recognised by content."""

    path: AnyPath
    format: Annotated[str, _known("logs")] = ""
    options: Mapping[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has(self) -> Self:
        _check_options("logs", self.format, self.options)
        return self


class Coverage(Section):
    """A time for which somebody declares that all reads of a resource were logged."""

    resource: Text
    start: Time = Field(alias="from")
    end: Time = Field(alias="to")
    source: Text

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise _mistake("this coverage ends before it starts", "swap `from` and `to`")
        return self

    def declared(self) -> LogCoverage:
        return LogCoverage(self.resource, self.start, self.end, self.source, "declared")


class Access(Section):
    directory: tuple[AnyPath, ...] = ()
    grants: tuple[GrantFile, ...] = ()
    logs: tuple[LogFiles, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    all_staff_groups: tuple[Text, ...] = ()


class StoreRules(Section):
    """What is promised of everything below a resource, and what is known of how it is kept.

    `masked_as` names the masked table that these files lie behind.
    """

    resource: Text
    encrypted: bool | None = None
    read_logging: bool | None = None
    retention_days: int | None = Field(default=None, ge=0, strict=True)
    masked_as: str = ""


class Governance(Section):
    """The rules of the programme that captured the data.  What is left out is not checked.

    `applications` are globs, of any case.  `own` are our e-mail domains and account ids: whoever
    is of none of them is an outsider.  `training` are principals that train models, `people_teams`
    departments that decide about people (globs).  `max_readers` are people who may read one
    object, `history_days` the days of logs after which a reader is a new one.
    """

    consent: tuple[AnyPath, ...] = ()
    applications: tuple[Text, ...] = ()
    countries: tuple[Text, ...] = ()
    purposes: tuple[Text, ...] = ()
    own: tuple[Text, ...] = ()
    training: tuple[Text, ...] = ()
    people_teams: tuple[Text, ...] = ("HR", "HR *", "Human Resources*", "People*")
    stores: tuple[StoreRules, ...] = ()
    max_readers: int = Field(default=100, ge=0, strict=True)
    history_days: int = Field(default=30, ge=1, strict=True)

    @property
    def of_records(self) -> bool:
        """True when a rule is about what single records say."""
        kept = any(store.retention_days is not None for store in self.stores)
        return bool(self.consent or self.applications or self.countries or kept)


class BlockClause(Section):
    """More than so many incidents of this kind, outside the baseline, block the release."""

    category: Literal["credential", "pii", "term", "access", "integrity", "consent", "any"]
    min_severity: Severity = Severity.INFO
    min_confidence: Confidence = Confidence.LOW
    more_than: int = Field(default=0, ge=0, strict=True)


class Checks(Section):
    """Access checks that must be answered, and answered well."""

    required: tuple[Text, ...] = ()


class Completeness(Section):
    """`allow_skipped`: globs of inputs (`*` matches `/` too) whose skip is accepted."""

    allow_skipped: tuple[Text, ...] = ()
    unknown_reads: Literal["allow", "incomplete"] = "allow"


class Longest(Section):
    """The longest time, in days, for which an incident of a severity may be excepted."""

    critical: int = Field(default=14, ge=0, strict=True)
    high: int = Field(default=30, ge=0, strict=True)
    medium: int = Field(default=90, ge=0, strict=True)
    low: int = Field(default=180, ge=0, strict=True)
    info: int = Field(default=365, ge=0, strict=True)

    def days(self, severity: Severity) -> int:
        found: int = getattr(self, severity.value)
        return found


class Exceptions(Section):
    longest_days: Longest = Longest()


class Gate(Section):
    block: tuple[BlockClause, ...] = ()
    checks: Checks = Checks()
    completeness: Completeness = Completeness()
    exceptions: Exceptions = Exceptions()


class Fields(Section):
    """Names of fields that say whom and what records are about, besides those known.

    They come before the known ones: a person named by the first counts.  Spelling does not
    matter: `userId`, `user.id` and `USER_ID` are one name.
    """

    user: tuple[Text, ...] = ()
    session: tuple[Text, ...] = ()
    application: tuple[Text, ...] = ()
    window: tuple[Text, ...] = ()
    time: tuple[Text, ...] = ()


class Limits(Section):
    """Seconds one unit of work may take, MiB that one worker process may hold for itself, and
    how many of them there are (0 = one per processor)."""

    unit_seconds: float = Field(default=600, gt=0, le=86400)
    worker_memory_mb: int = Field(default=2048, ge=64, le=1 << 20, strict=True)
    jobs: int = Field(default=0, ge=0, le=1024, strict=True)


class Ocr(Section):
    """Which engine reads pictures; `auto` takes the best that is installed.  Of a video the frames
    at so many moments of each second are read."""

    engine: Annotated[str, _known("ocr", "auto")] = "auto"
    frames_per_second: float = Field(default=1, gt=0, le=120)


class Policy(Section):
    """A whole policy file.

    `persona` is how much of what was found the reports for people show (`scanner.persona`).
    """

    version: Literal[1]
    name: Text = "policy"
    detectors: Mapping[Annotated[str, _known("detectors")], Options] = Field(default_factory=dict)
    rules: tuple[ExistingPath, ...] = ()
    stores: tuple[Store, ...] = ()
    access: Access = Access()
    governance: Governance = Governance()
    gate: Gate = Gate()
    baseline: AnyPath | None = None
    exceptions: AnyPath | None = None
    persona: Literal["gate", "review", "hunt"] = "hunt"
    limits: Limits = Limits()
    ocr: Ocr = Ocr()
    fields: Fields = Fields()
