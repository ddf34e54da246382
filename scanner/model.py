"""The frozen types that flow through leakgate.

Everything that leaves a worker is one of these, and none of them can hold a raw
sensitive value: a finding carries a keyed fingerprint and a masked preview only.
Names follow SARIF 2.1.0 (rules and results), OCSF 1.x (access events) and
NIST SP 800-61 (incidents).  This module imports nothing else of leakgate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Literal

SCHEMA_VERSION = "1.2"


@cache
def _ranks(levels: type[_Ranked]) -> dict[_Ranked, int]:
    return {level: rank for rank, level in enumerate(levels)}


class _Ranked(StrEnum):
    """A string enum whose members compare by their order of definition."""

    @property
    def rank(self) -> int:
        return _ranks(type(self))[self]

    def at_least(self, other: _Ranked) -> bool:
        """True when this level is `other` or above it."""
        return self.rank >= other.rank


class Severity(_Ranked):
    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Confidence(_Ranked):
    """How sure a detector is: low = placeholder or shape only, high = proved or unmistakable."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Decision(_Ranked):
    """Three-valued answer to "does this grant let that principal read?"."""

    NO = "no"
    CONDITIONAL = "conditional"
    YES = "yes"


class ReadState(StrEnum):
    """Three-valued answer to "was it read?"; unknown = no log covers the time."""

    READ = "read"
    NOT_READ = "not read"
    UNKNOWN = "unknown"


_READ_ORDER = (ReadState.READ, ReadState.UNKNOWN, ReadState.NOT_READ)


class Outcome(StrEnum):
    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    BLOCK = "BLOCK"
    INCOMPLETE = "INCOMPLETE"


class InputStatus(StrEnum):
    SCANNED = "scanned"
    PARTIAL = "partial"
    SKIPPED = "skipped"
    FAILED = "failed"


class Part(StrEnum):
    """Which part of a record a finding stands in."""

    VALUE = "value"  # a string value
    NUMBER = "number"  # a number, read as its decimal text
    KEY = "key"  # an object key or map key
    NAME = "name"  # a column name
    PATH = "path"  # a file or member name
    METADATA = "metadata"  # key-value metadata of a file or schema
    STATISTICS = "statistics"  # min/max values kept in a file's footer
    RAW = "raw"  # text of a record that could not be parsed
    TYPED = "typed"  # text put together from the events of many records


@dataclass(frozen=True, slots=True)
class Location:
    """Where a value stands.

    `uri` and `member` are safe to show: sensitive spans in file names are masked.
    `record` counts from 0; None for parts that belong to no record.
    `field` is a JSON pointer (RFC 6901), for columns too (`/text`, `/messages/3/content`).
    Two additions to the RFC: a segment `~h<16 hex digits>` stands for a key that is itself
    sensitive (its keyed hash), and `key~d1` for the second `key` of one object (`~d2`, ...).
    `layers` are the decoding steps from the field's value to the text that was matched,
    for example `json:/user/email`.  `start` and `end` are code points in that text.
    `record_start` and `record_end` are byte offsets of the record in the decompressed member.
    Of a text put together from many records, such as typed keys, `rows` are those to remove
    (`12-40,43`; of an array inside one document with its pointer in front, `/events:12-40`),
    and `collateral` those that may show it as well: screenshots, changes of a page; `before:1-9`
    are the last nine of the file before this one in its series, where typing began.
    """

    uri: str
    member: str = ""
    record: int | None = None
    field: str = ""
    start: int = 0
    end: int = 0
    part: Part = Part.VALUE
    layers: tuple[str, ...] = ()
    record_start: int | None = None
    record_end: int | None = None
    rows: str = ""
    collateral: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing leakgate looks for, or one check it makes (SARIF reportingDescriptor).

    `partners` are rules (globs of ids) whose findings are other parts of the same credential;
    an `identifier` is the part that lets nobody in by itself.
    """

    id: str
    name: str
    category: str  # credential, pii, term, access, integrity
    severity: Severity
    confidence: Confidence = Confidence.MEDIUM
    description: str = ""
    remediation: str = ""
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    detector: str = ""
    partners: tuple[str, ...] = ()
    identifier: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """Who and what the record of a finding is about, as the record says; all safe to show.

    `user`, `session` and `window` are pseudonyms: keyed digests (`~p`, `~s`, `~w` and 16 hex
    digits) that are equal where the raw texts are, for window titles quote what people read
    and session ids may be secrets.  A directory that knows the user is joined by the audit.
    `application` is its name, or `~h<16 hex digits>` where that is itself sensitive.
    `time` is in UTC.  What the record does not say is empty.
    """

    user: str = ""
    session: str = ""
    application: str = ""
    window: str = ""
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One occurrence of one sensitive value, sealed.

    `id` names this occurrence, `fingerprint` the value: HMAC-SHA256 over family and
    normalised value with the deployment key, as lower-case hex.
    `evidence` says why it fired: the names of the proofs and filters it passed.
    `subject` is the pseudonym of the person whom the finding concerns: the one its record
    names, else the one whose e-mail address stands beside it; one person has one subject in
    a run.  `column` is the identity of the column finding it is part of, if it is.
    `parts` are the fingerprints of the other parts of its credential that stand near it (a
    secret of its key id); of an identifier `belongs` is that of its secret, if one only is near.
    """

    id: str
    rule_id: str
    category: str
    severity: Severity
    confidence: Confidence
    location: Location
    fingerprint: str
    preview: str
    observed_at: datetime
    evidence: tuple[str, ...] = ()
    subject: str = ""
    about: About = field(default_factory=About)
    column: str = ""
    parts: tuple[str, ...] = ()
    belongs: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """One permission as its system states it, with our three-valued reading of it.

    `resource` is a glob over raw (not percent-encoded) URIs: `*` stands for any characters,
    `/` included, `?` for exactly one, nothing else is special (`s3://bucket/raw/*`).
    Without a wildcard a resource that ends in `/` means everything below it, any other
    exactly that object (`s3://bucket` alone is the bucket, not what lies in it).
    `scanner.globs` matches and compares them.
    `principal_type` is one of user, group, role, service, account, public, anonymous,
    all_staff, unknown.  public and all_staff hold every caller and every employee; anonymous
    holds only callers without an identity, so it takes part in the public answer alone.
    `decision` is about reading object data: for an Allow whether it lets them read, for a
    Deny whether it forbids it; it is "no" where only listing, writing or administration is
    meant.  A row takes part from `granted_time` until before `expiration_time`.
    For one principal and object the answer is the best Allow; a matching Deny "yes" makes
    it no, a matching Deny "conditional" makes a yes conditional, wherever the two come from
    within one `system`.
    `except_principals` and `except_resources` (globs as above) are taken out of the row
    (AWS NotPrincipal, NotResource).
    `via` says where the grant stands ("bucket policy statement 3").
    """

    principal: str
    principal_type: str
    privilege: str
    access_level: str  # read, write, list, admin, none
    resource: str
    effect: Literal["Allow", "Deny"]
    decision: Decision
    via: str
    system: str
    granted_by: str = ""
    granted_time: datetime | None = None
    expiration_time: datetime | None = None
    condition: str = ""
    purpose: str = ""
    except_principals: tuple[str, ...] = ()
    except_resources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Principal:
    """A person, service, role or group of the directory export.

    `manager` is a name of another principal.  `started` and `ended` are when the person's
    employment began and ended.  `country` is as the export writes it.  `training` says that
    this principal trains models.
    """

    id: str
    type: str
    name: str = ""
    department: str = ""
    manager: str = ""
    status: str = ""
    aliases: tuple[str, ...] = ()
    country: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    training: bool = False


@dataclass(frozen=True, slots=True)
class Membership:
    """`member` belongs to `group`; both are principal ids.  Nesting and cycles are allowed."""

    member: str
    group: str


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person asked for, or agreed to, about the capture of their work.

    A pause or exemption holds from `start` until before `end`; either may be open.
    `person` is a name as the export writes it.
    """

    person: str
    kind: Literal["consent", "withdrawal", "exemption", "pause"]
    start: datetime | None = None
    end: datetime | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Capture:
    """Records of one input that say the same of whom and what they are about.

    `person` is a pseudonym as in `About`, `application` a name as there; both may be empty.
    `first` and `last` are the earliest and the latest time of these records, all of one minute,
    or None of records that say no time.  `record` is the first of them.
    """

    uri: str
    person: str
    application: str
    first: datetime | None = None
    last: datetime | None = None
    records: int = 0
    record: int = 0


@dataclass(frozen=True, slots=True)
class AccessEvent:
    """One access, in OCSF terms (class 6005 Datastore Activity, 6003 API Activity, ...).

    `actor` is the principal as the log names it, `session` the session or assumed-role name.
    `bytes_out` may be None where the log does not say.  `raw_file` and `raw_offset` point to
    the log line or record the event came from.  `credential` is the credential that was used,
    where the log names it (an access key id); kept as the fingerprint that findings of it have.
    """

    event_id: str
    time: datetime
    class_uid: int
    activity: str  # Read, List, Write, Delete, Update, Other
    status: str  # Success, Failure, Unknown
    actor: str
    session: str
    resource: str
    operation: str
    bytes_out: int | None
    src_endpoint: str
    log_source: str
    raw_file: str
    raw_offset: int
    credential: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Which resource of a store a scanned input is (or is a copy of).

    `resource` is the URI that grants and logs use (`s3://bucket/key`); `landed` is when it
    became readable there, None when nobody said and no log shows it.
    """

    uri: str
    resource: str
    store: str = ""
    owner: str = ""
    landed: datetime | None = None


@dataclass(frozen=True, slots=True)
class LogCoverage:
    """From when to when the reads of a resource (URI prefix) were logged, and how we know."""

    resource: str
    start: datetime
    end: datetime
    source: str
    basis: Literal["declared", "derived"]


@dataclass(frozen=True, slots=True)
class Reader:
    """A principal who could or did read.

    `via` are the grants that let them, each with its path through groups
    ("via all-staff > analysts, bucket policy statement 3").
    """

    principal: str
    name: str = ""
    type: str = ""
    department: str = ""
    decision: Decision = Decision.YES
    via: tuple[str, ...] = ()
    reads: int = 0
    first_read: datetime | None = None
    last_read: datetime | None = None
    bytes_out: int | None = None
    explained: bool = True  # False: the read happened without a grant we know of
    outsider: bool = False  # in no directory of ours, and of no mail domain or account of ours


@dataclass(frozen=True, slots=True)
class ReadAccess:
    """Who could read: counts of people, and the readers by name up to a limit.

    `first_granted` and `last_granted` are when the first and the last of the grants in force
    that let them were given, of those that say so.
    """

    decision: Decision = Decision.NO
    public: Decision = Decision.NO
    all_staff: Decision = Decision.NO
    people: int = 0
    people_conditional: int = 0
    known: bool = False  # False: no grant export speaks about this resource
    readers: tuple[Reader, ...] = ()
    first_granted: datetime | None = None
    last_granted: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReadActivity:
    """Who did read: three-valued state, counts, and the readers by name up to a limit.

    `bytes_out` adds up what the logs say; None when none of them says anything.
    """

    state: ReadState = ReadState.UNKNOWN
    reads: int = 0
    people: int = 0
    outsiders: int = 0  # readers without a grant we know of
    first_read: datetime | None = None
    last_read: datetime | None = None
    coverage: str = ""  # one sentence: what was logged from when to when
    readers: tuple[Reader, ...] = ()
    bytes_out: int | None = None


@dataclass(frozen=True, slots=True)
class Exposure:
    """How long an incident lay open, and to how many.

    It begins when the first of the resources landed (`start`, None where nothing says so) and
    ends with the first read after that (`ended` is "read") or goes on until now ("now": nobody
    is known to have read it, which only `ReadActivity.state` can turn into "nobody read it").
    `at_landing` and `now` are who could read at these times, without names; grants that
    were deleted meanwhile are in no export, so `at_landing` is what the known ones say.
    """

    start: datetime | None = None
    end: datetime | None = None
    ended: Literal["read", "now"] = "now"
    at_landing: ReadAccess = field(default_factory=ReadAccess)
    now: ReadAccess = field(default_factory=ReadAccess)


@dataclass(frozen=True, slots=True)
class DerivedCopy:
    """A resource in another store that holds values of the incident, and landed later.

    `original` is where they landed first; `values` counts those that stand in both.
    `strangers` are people who read the copy and cannot read the original.
    """

    resource: str
    store: str
    original: str
    values: int = 1
    landed: datetime | None = None
    public: Decision = Decision.NO
    all_staff: Decision = Decision.NO
    people: int = 0  # who could read the copy now
    strangers: int = 0


@dataclass(frozen=True, slots=True)
class BlastRadius:
    """Whose a found credential is, what it opens, and what it was used for after it landed.

    `resources` counts the stored objects its owner can read now (`certain` of them without a
    condition), `stores` names the stores they are in, largest number first, up to a limit.
    `uses` are successful uses in the logs, which `used_by` names by actor.
    """

    owner: str = ""  # principal id; empty: no directory knows the credential
    name: str = ""
    type: str = ""
    department: str = ""
    resources: int = 0
    certain: int = 0
    stores: tuple[str, ...] = ()
    uses: int = 0
    used_by: tuple[str, ...] = ()
    first_use: datetime | None = None
    last_use: datetime | None = None


@dataclass(frozen=True, slots=True)
class ColumnStats:
    """What one rule found in one column (or JSON field) of a store, over all its inputs.

    `field` is a JSON pointer with `*` for places in arrays.  `records` are those of the
    inputs that the column is in.  Of the candidates of the rule that stood alone in their
    value `findings` passed its check and `refused` did not; `chance` is the share (in
    thousandths) of random values of that form that pass, None where it is not known.
    `settled` says what followed: "kept", "chance" (its findings have low confidence) or
    "lifted" (nearly all pass, which chance does not explain: one level more).
    """

    identity: str
    store: str
    field: str
    rule_id: str
    inputs: int
    records: int
    findings: int
    values: int  # distinct ones among the findings
    refused: int = 0
    chance: int | None = None
    settled: Literal["kept", "chance", "lifted"] = "kept"


@dataclass(frozen=True, slots=True)
class Incident:
    """One sensitive value with all its occurrences, a column of them, or an exposed resource.

    A column incident stands for the many personal values that one rule found in one column of
    a store: `values` counts the distinct ones, `occurrences` all findings, and its
    `fingerprint` is a keyed digest of store, field and rule.  Credentials and terms are never
    gathered by column: each is an incident of its own, but an identifier that stands near one
    secret only, which it belongs to (`Finding.belongs`).  `parts` are the fingerprints of other
    parts of the credential, the first twenty; a part may be an incident of its own.
    """

    id: str
    kind: Literal["value", "column", "resource"]
    title: str
    category: str
    severity: Severity
    confidence: Confidence
    rule_ids: tuple[str, ...]
    fingerprint: str = ""
    preview: str = ""
    resources: tuple[str, ...] = ()
    store: str = ""
    owner: str = ""
    occurrences: int = 0
    finding_ids: tuple[str, ...] = ()  # the first few, in order of location
    locations: tuple[Location, ...] = ()  # of those findings
    checks: tuple[str, ...] = ()  # access checks that fired on its resources
    could_read: ReadAccess = field(default_factory=ReadAccess)
    did_read: ReadActivity = field(default_factory=ReadActivity)
    exposure: Exposure = field(default_factory=Exposure)
    first_seen: datetime | None = None
    landed: datetime | None = None
    first_read_after_landing: datetime | None = None
    evidence: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    in_baseline: bool = False
    subjects: int = 0  # persons concerned: distinct `Finding.subject`
    values: int = 0  # distinct values, of a column
    field: str = ""  # of a column
    excepted: bool = False  # by an exception in force; `Report.exceptions` says until when
    outsiders: tuple[Reader, ...] = ()  # from outside who could or did read, the first by name
    unexplained: tuple[Reader, ...] = ()  # who read without a known right, the first by name
    copies: tuple[DerivedCopy, ...] = ()  # the widest first, up to a limit
    opens: tuple[BlastRadius, ...] = ()  # of a credential: one for each owner
    parts: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """True when it blocks nothing: it is in the baseline, or excepted."""
        return self.in_baseline or self.excepted

    @property
    def identity(self) -> str:
        """What stays the same of it from run to run."""
        return self.fingerprint or self.id

    def badness(self) -> tuple[tuple[int, ...], str]:
        """Sorts incidents worst first: new before accepted, then severity, certainty, reach."""
        could, did = self.could_read, self.did_read
        return (
            int(self.accepted),
            -self.severity.rank,
            -self.confidence.rank,
            -could.public.rank,
            _READ_ORDER.index(did.state),
            -did.outsiders,
            -did.people,
            -could.all_staff.rank,
            -could.people,
            -self.occurrences,
        ), self.id


@dataclass(frozen=True, slots=True)
class ExceptionRecord:
    """One exception of the exceptions file, and what became of it in this run.

    `identity` is that of the incident (`Incident.identity`).  Only one that is `active` keeps
    its incident from blocking; `note` says why another one does not.  It holds through the
    day `expires`; None for a date that is missing or malformed, which counts as over.
    """

    identity: str
    decision: Literal["accept", "false_positive"]
    state: Literal["active", "unused", "expired", "too_long", "invalid"]
    reason: str = ""
    owner: str = ""
    rule_id: str = ""
    added: date | None = None
    expires: date | None = None
    incident_id: str = ""  # of the incident that it is about, if this run has it
    note: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read, parsed or finished; it moves the verdict.

    The texts are ours: a library's message may quote the data and is never passed on.
    """

    code: str  # for example source.truncated, record.invalid, detector.crashed
    what: str
    where: str
    hint: str = ""
    count: int = 1
    records: tuple[int, ...] = ()  # the first few record numbers concerned

    @property
    def is_failure(self) -> bool:
        """False for a note (code `note.…`), which says how something was read."""
        return not self.code.startswith("note.")

    @property
    def is_skip(self) -> bool:
        """True where nothing is broken: no source reads this, or it is not installed."""
        return self.code == "source.unknown" or self.code.endswith("_missing")


@dataclass(frozen=True, slots=True)
class InputRecord:
    """What became of one input."""

    uri: str
    format: str
    status: InputStatus
    member: str = ""
    reason: str = ""
    records: int = 0
    failed_records: int = 0
    values: int = 0
    bytes: int = 0
    sha256: str = ""
    findings: int = 0
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyReason:
    """One sentence of the policy that decided, with what it counted.

    `incident_ids` are those of the worst 10,000 at most; `count` is of all.
    """

    rule: str
    outcome: Outcome
    text: str
    count: int = 0
    incident_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    exit_code: int
    reasons: tuple[PolicyReason, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One access check: ran, or could not run for want of data (three-valued)."""

    id: str
    title: str
    severity: Severity
    state: Literal["ok", "violated", "unknown"]
    count: int = 0
    resources: tuple[str, ...] = ()
    note: str = ""
    remediation: str = ""


@dataclass(frozen=True, slots=True)
class DropCount:
    """How many candidates left for one reason; `filter` is "<rule>: <reason>".

    A value that is repeated within a block of about 1 MiB may be counted there once.
    """

    filter: str
    count: int


@dataclass(frozen=True, slots=True)
class RunInfo:
    """Which run this is; digests are SHA-256 over the normalised content, as hex."""

    id: str
    command: str
    started_at: datetime
    key_id: str
    rules_digest: str
    policy_digest: str
    policy_name: str
    inputs_digest: str
    detectors: tuple[str, ...] = ()
    engine: str = ""
    dropped: tuple[DropCount, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolInfo:
    name: str = "leakgate"
    version: str = ""


@dataclass(frozen=True, slots=True)
class Previous:
    """The last run before this one over some of the same inputs, with the same key and policy.

    Counts are of distinct values: `gone` were found then and not now, `new` the other way.
    """

    id: str
    started_at: datetime
    inputs: int
    occurrences: int
    values: int
    new: int
    gone: int


@dataclass(frozen=True, slots=True)
class Report:
    """All a run found, plain data: every output is a pure function of it.

    Findings and incidents may be millions: read one after the other, as often as wanted,
    never gathered in a list.  Incidents are worst first.
    """

    run: RunInfo
    verdict: Verdict
    tool: ToolInfo = field(default_factory=ToolInfo)
    schema_version: str = SCHEMA_VERSION
    inputs: tuple[InputRecord, ...] = ()
    rules: tuple[Rule, ...] = ()  # those that findings, incidents or checks refer to
    findings: Sequence[Finding] = ()
    incidents: Sequence[Incident] = ()
    checks: tuple[CheckResult, ...] = ()
    coverage: tuple[LogCoverage, ...] = ()
    evidence_inputs: tuple[InputRecord, ...] = ()  # grant, directory and log files
    problems: tuple[Problem, ...] = ()  # of the run as a whole
    subjects: int = 0  # persons concerned by all findings
    columns: tuple[ColumnStats, ...] = ()  # most findings first, the first thousand
    exceptions: tuple[ExceptionRecord, ...] = ()  # those that fall due first come first
    objects: tuple[StoredObject, ...] = ()  # which resource of which store each input is
    previous: Previous | None = None  # None: no run to compare with
