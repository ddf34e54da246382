"""Believable reports for the tests of the outputs: one company, one bad week."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scanner.model import (
    CheckResult,
    Confidence,
    Decision,
    DropCount,
    Finding,
    Incident,
    InputRecord,
    InputStatus,
    Location,
    LogCoverage,
    Outcome,
    Part,
    PolicyReason,
    Problem,
    ReadAccess,
    ReadActivity,
    Reader,
    ReadState,
    Report,
    Rule,
    RunInfo,
    Severity,
    ToolInfo,
    Verdict,
)

NOW = datetime(2026, 10, 12, 6, 30, tzinfo=UTC)
CATEGORIES = ("credential", "pii", "term", "access", "integrity")
HOSTILE = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "{{7*7}}{% for x in y %}",
    "javascript:alert(1)",
    "a\u202egnp.exe",
    "\x1b[31mred\x1b]0;owned\x07",
    "zero\u200bwidth\ufeff",
    "[click](javascript:alert(1)) | `code` \r\n# heading",
    "\udcff\ud800 lone",
    "{0} ![x](http://evil.example/x.png)",
)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def at(day: int, hour: int = 8, minute: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=UTC)


def reader(name: str, department: str, reads: int = 0, **more: object) -> Reader:
    principal = name.lower().replace(" ", ".") + "@tern.example"
    base = Reader(principal, name, "user", department, reads=reads)
    return replace(base, **more)  # type: ignore[arg-type]


RULES = (
    Rule(
        "aws-access-key",
        "AWS access key",
        "credential",
        Severity.CRITICAL,
        Confidence.HIGH,
        "An access key id with its secret opens the AWS account it belongs to.",
        "Deactivate the key in IAM, then delete it; look in CloudTrail for uses of it.",
        ("CWE-798", "CWE-532"),
        ("https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",),
        "credentials",
    ),
    Rule(
        "github-token",
        "GitHub token",
        "credential",
        Severity.CRITICAL,
        Confidence.HIGH,
        "A personal access token acts as its owner.",
        "Revoke the token in the owner's developer settings.",
        ("CWE-798",),
        (),
        "credentials",
    ),
    Rule(
        "pii-email",
        "E-mail address",
        "pii",
        Severity.MEDIUM,
        Confidence.HIGH,
        "A personal e-mail address names a person.",
        "Remove the records or replace the address by a keyed token.",
        ("GDPR-Art-4",),
        (),
        "pii",
    ),
    Rule(
        "pii-card",
        "Payment card number",
        "pii",
        Severity.HIGH,
        Confidence.HIGH,
        "A card number that passes the Luhn check.",
        "Remove the records; tell the payment officer.",
        ("PCI-DSS-3.4",),
        (),
        "pii",
    ),
    Rule(
        "term-unreleased",
        "Unreleased product",
        "term",
        Severity.HIGH,
        Confidence.MEDIUM,
        "A code name under embargo.",
        "Remove the records until the launch day.",
        (),
        (),
        "terms",
    ),
    Rule(
        "integrity-marker",
        "In-band suppression marker",
        "integrity",
        Severity.LOW,
        Confidence.HIGH,
        "The data asks scanners to look away; leakgate does not.",
        "Ask the producer why the marker is there.",
        (),
        (),
        "markers",
    ),
)


def finding(name: str, rule: Rule, location: Location, preview: str, evidence: str) -> Finding:
    return Finding(
        "f-" + digest(name + str(location))[:12],
        rule.id,
        rule.category,
        rule.severity,
        rule.confidence,
        location,
        digest(name),
        preview,
        NOW,
        (evidence,),
    )


def places(uri: str, field: str, records: list[int]) -> tuple[Location, ...]:
    return tuple(
        Location(uri, "", r, field, 12, 32, record_start=r * 812, record_end=r * 812 + 800)
        for r in records
    )


def incident(name: str, rule: Rule, preview: str, locations: tuple[Location, ...]) -> Incident:
    return Incident(
        "inc-" + digest(name)[:10],
        "value",
        rule.name,
        rule.category,
        rule.severity,
        rule.confidence,
        (rule.id,),
        digest(name),
        preview,
        tuple(dict.fromkeys(place.uri for place in locations)),
        "telemetry",
        "Platform Telemetry",
        len(locations),
        locations=locations,
        first_seen=NOW,
    )


STORE = "s3://tern-telemetry/desktop/2026-10-02/part-00017.jsonl.gz"
SHARD = "s3://tern-training/cua-v3/shard-0042.parquet"
CHAT = "exports/support/chat-2026-10.jsonl"


def _public_key() -> Incident:
    locations = places(STORE, "/events/3/clipboard/text", [1320, 1321, 1388, 2210, 2211])
    could = ReadAccess(
        Decision.YES,
        Decision.NO,
        Decision.YES,
        1204,
        12,
        True,
        (
            reader(
                "Ines Okafor",
                "Data Platform",
                via=("via data-eng, bucket policy statement 2", "row 4"),
            ),
            reader(
                "Tomas Lind", "Sales", via=("via all-staff > analysts, bucket policy statement 3",)
            ),
            reader(
                "Priya Raman",
                "People Analytics",
                via=("via people-analytics, bucket policy statement 3",),
                decision=Decision.CONDITIONAL,
            ),
        ),
    )
    did = ReadActivity(
        ReadState.READ,
        61,
        7,
        2,
        at(2, 10, 12),
        at(11, 23, 41),
        "S3 data events were logged from 1 Oct 2026 to 12 Oct 2026 without a gap.",
        (
            reader("Tomas Lind", "Sales", 31, first_read=at(2, 10, 12), last_read=at(9, 16, 2),
                   bytes_out=73_400_320, via=()),
            reader("Ines Okafor", "Data Platform", 22, first_read=at(3), last_read=at(11, 23, 41),
                   bytes_out=912_000_000, via=()),
            reader("Marc Duval", "Contractor (left)", 5, first_read=at(5), last_read=at(5, 9),
                   bytes_out=1_048_576, explained=False),
            reader("etl-nightly", "", 3, type="service", first_read=at(4), last_read=at(10),
                   explained=False),
        ),
    )  # fmt: skip
    base = incident("aws", RULES[0], "AKIA••••••••••••7QXB", locations)
    return replace(
        base,
        occurrences=12,
        checks=("all-staff-read", "read-while-exposed"),
        could_read=could,
        did_read=did,
        landed=at(2, 8),
        first_read_after_landing=at(2, 10, 12),
        evidence=("prefix AKIA", "base-32 charset", "account id decoded: 4417••••••••"),
        actions=(
            "Deactivate the access key in IAM now, then delete it.",
            "Search CloudTrail for uses of the key since 2 Oct 2026.",
            "Remove the 12 records from desktop/2026-10-02 and run the gate again.",
        ),
    )


def _unknown_reads() -> Incident:
    base = incident("card", RULES[3], "4••• •••• •••• ••42", places(SHARD, "/text", [88, 91]))
    could = ReadAccess(Decision.CONDITIONAL, Decision.CONDITIONAL, people=18, known=True)
    did = ReadActivity(coverage="no log covers 1 to 5 Oct 2026; reads were logged from 6 Oct on")
    return replace(base, could_read=could, did_read=did, landed=at(1))


def _not_read() -> Incident:
    base = incident("term", RULES[4], "Project H•••••", places(CHAT, "/messages/2/content", [7]))
    quiet = ReadActivity(ReadState.NOT_READ, coverage="Reads were logged from 1 to 12 Oct 2026.")
    could = ReadAccess(Decision.YES, people=1, known=True, readers=(reader("Ana Sol", "Support"),))
    return replace(base, could_read=could, did_read=quiet, landed=at(9))


def _over_broad() -> Incident:
    return Incident(
        "inc-" + digest("bucket")[:10],
        "resource",
        "Everyone in the company can read the telemetry store",
        "access",
        Severity.HIGH,
        Confidence.HIGH,
        ("all-staff-read",),
        resources=("s3://tern-telemetry/desktop/", "s3://tern-telemetry/mobile/"),
        store="telemetry",
        owner="Platform Telemetry",
        occurrences=2,
        checks=("all-staff-read",),
        could_read=ReadAccess(Decision.YES, Decision.NO, Decision.YES, 1204, 0, True),
        did_read=ReadActivity(ReadState.READ, 1902, 41, 9, at(1, 0, 4), at(12, 5, 59)),
        first_seen=NOW,
        actions=("Replace the principal `analysts` in bucket policy statement 3 by `data-eng`.",),
    )


def _others() -> tuple[Incident, ...]:
    mail = incident("mail", RULES[2], "j•••@t•••.example", places(CHAT, "/messages/0/from", [1, 4]))
    marker = incident("mark", RULES[5], "pragma: a•••", (Location(CHAT, "", 3, part=Part.RAW),))
    token = incident(
        "gh", RULES[1], "ghp_••••••••Zk2", (Location(SHARD, "", 5, "/tool_calls/0/arguments",
        layers=("json:/headers/authorization",)),),
    )  # fmt: skip
    return mail, marker, replace(token, in_baseline=True)


CHECKS = (
    CheckResult("public-read", "No sensitive data is readable by the public", Severity.CRITICAL,
                "ok", note="14 resources checked against 3 grant exports."),
    CheckResult("all-staff-read", "No sensitive data is readable by all staff", Severity.HIGH,
                "violated", 2, ("s3://tern-telemetry/desktop/", "s3://tern-telemetry/mobile/"),
                "", "Name the groups that need the data instead of all staff."),
    CheckResult("read-while-exposed", "Nobody read sensitive data while it was exposed",
                Severity.HIGH, "violated", 1, (STORE,)),
    CheckResult("no-expiry", "Every grant on sensitive data has an end", Severity.LOW, "unknown",
                note="The POSIX export does not say when grants end."),
)  # fmt: skip

INPUTS = (
    InputRecord(STORE, "jsonl", InputStatus.SCANNED, "", "", 48210, 0, 912_400, 387_000_000,
                digest("store"), 5),
    InputRecord(SHARD, "parquet", InputStatus.PARTIAL, "", "row group 7 has a bad checksum", 90_000,
                10_000, 1_800_000, 244_000_000, digest("shard"), 3,
                (Problem("source.checksum", "row group 7 does not match its checksum", "rows 70,000"
                         " to 80,000", "copy the shard again from its store", 1, (70_000,)),)),
    InputRecord(CHAT, "jsonl", InputStatus.SCANNED, "", "", 1200, 2, 9_800, 2_400_000,
                digest("chat"), 4, (Problem("record.invalid", "a line is not JSON", "",
                "the raw text was scanned instead", 2, (17, 903)),)),
    InputRecord("exports/screens/2026-10.tar", "", InputStatus.SKIPPED, "",
                "images are not scanned: OCR is not installed"),
    InputRecord("exports/mail/archive.zip", "zip", InputStatus.FAILED, "2026/09.mbox",
                "the member is encrypted"),
)  # fmt: skip


def run(command: str = "gate") -> RunInfo:
    return RunInfo(
        "run-20261012T063000Z-4f2a",
        command,
        NOW,
        "key-7c1e",
        digest("rules"),
        digest("policy"),
        "strict",
        digest("inputs"),
        ("credentials", "markers", "pii", "terms"),
        "hyperscan 5.4.11, 2 workers",
        (DropCount("aws-access-key: placeholder", 31), DropCount("generic: low-rarity", 1204)),
    )


def blocked() -> Report:
    """A BLOCK with every category, unknowns, failures and a baseline."""
    incidents = (_not_read(), *_others(), _over_broad(), _unknown_reads(), _public_key())
    found = tuple(
        replace(finding(i.id, rule, place, i.preview, "exact match"), fingerprint=i.fingerprint)
        for i in incidents
        for rule in RULES
        if rule.id in i.rule_ids
        for place in i.locations
    )
    worst, over, card = _public_key().id, _over_broad().id, _unknown_reads().id
    return Report(
        run(),
        Verdict(Outcome.BLOCK, 1, (
            PolicyReason("credentials.critical", Outcome.BLOCK,
                         "No credential of severity critical may go out: 1 incident.", 1, (worst,)),
            PolicyReason("access.all-staff-read", Outcome.BLOCK,
                         "Sensitive data must not be readable by all staff: 1 incident.", 1,
                         (over,)),
            PolicyReason("gate.completeness: input.failed", Outcome.INCOMPLETE,
                         "Every input must be read whole: 3 of 5 were not.", 3),
            PolicyReason("pii.high", Outcome.PASS,
                         "PII of severity high is reported, not blocked: 1 incident.", 1, (card,)),
        )),
        ToolInfo(version="0.1.0"),
        inputs=INPUTS,
        rules=RULES,
        findings=found,
        incidents=incidents,
        checks=CHECKS,
        coverage=(
            LogCoverage("s3://tern-telemetry/", at(1, 0), at(12, 6), "cloudtrail", "derived"),
            LogCoverage("s3://tern-training/", at(6, 0), at(12, 6), "cloudtrail", "declared"),
        ),
        evidence_inputs=(
            InputRecord("evidence/bucket-policy.json", "s3_policy", InputStatus.SCANNED, records=6,
                        bytes=2211, sha256=digest("bp")),
            InputRecord("evidence/cloudtrail/", "cloudtrail", InputStatus.SCANNED, records=41_002,
                        failed_records=3, bytes=9_100_000, sha256=digest("ct")),
        ),
        problems=(Problem("grants.missing", "no grant export speaks about this folder", "exports/",
                          "add a POSIX or generic grant export for this folder"),),
    )  # fmt: skip


def all_block() -> Report:
    """Every incident is one that a sentence of the policy names, and none is accepted."""
    base = blocked()
    base = replace(base, incidents=tuple(replace(i, in_baseline=False) for i in base.incidents))
    names = tuple(i.id for i in base.incidents)
    every = PolicyReason("everything", Outcome.BLOCK, "Nothing may go out.", len(names), names)
    return replace(base, verdict=replace(base.verdict, reasons=(*base.verdict.reasons, every)))


def empty(outcome: Outcome = Outcome.PASS, code: int = 0) -> Report:
    """A run that found nothing."""
    reason = PolicyReason("credentials", outcome, "No credential may go out: 0 incidents.")
    inputs = (replace(INPUTS[0], findings=0),) if outcome == Outcome.PASS else ()
    return Report(run("scan"), Verdict(outcome, code, (reason,)), inputs=inputs)


def hostile() -> Report:
    """Every string that data can reach is an attack."""
    base = blocked()
    incidents = tuple(_hostile_incident(n, text) for n, text in enumerate(HOSTILE))
    inputs = tuple(
        InputRecord(text, "jsonl", InputStatus.PARTIAL, text, text, 1, problems=(
            Problem("record.invalid", text, text, text),
        ))
        for text in HOSTILE
    )  # fmt: skip
    rules = tuple(replace(RULES[0], id=f"r{n}", name=t, description=t, remediation=t,
                          references=(t,), tags=(t,)) for n, t in enumerate(HOSTILE))  # fmt: skip
    return replace(
        base,
        incidents=incidents,
        inputs=inputs,
        rules=rules,
        findings=(),
        problems=tuple(Problem(t, t, t, t) for t in HOSTILE),
        checks=tuple(replace(CHECKS[1], id=t, title=t, note=t, resources=(t,)) for t in HOSTILE),
        run=replace(base.run, policy_name=HOSTILE[0], command=HOSTILE[5], engine=HOSTILE[4]),
    )


def _hostile_incident(number: int, text: str) -> Incident:
    base = incident(f"hostile {number}", RULES[0], text, (Location(text, text, 1, "/" + text),))
    person = replace(reader("X", ""), principal=text, name=text, department=text, via=(text,))
    return replace(
        base,
        rule_ids=(f"r{number}",),
        title=text,
        store=text,
        owner=text,
        evidence=(text,),
        actions=(text,),
        checks=(text,),
        could_read=ReadAccess(Decision.YES, people=1, known=True, readers=(person,)),
        did_read=ReadActivity(ReadState.READ, 1, 1, 1, at(1), at(1), text, (person,)),
    )


def large(incidents: int = 1000) -> Report:
    """Many incidents of every category, in a stable order that is not worst first."""
    base = blocked()
    made = tuple(_numbered(base.incidents[n % len(base.incidents)], n) for n in range(incidents))
    return replace(base, incidents=made, findings=())


def _numbered(old: Incident, n: int) -> Incident:
    landed = at(1) + timedelta(minutes=n)
    return replace(old, id=f"inc-{n:06d}", fingerprint=digest(str(n)), landed=landed)
