"""Who touched what in the first two weeks of October, before any log format is chosen."""

# ruff: noqa: S311 - repeatable filler is the point, nothing here is secret

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from maker.grants import WAREHOUSE
from maker.people import CONTRACTOR, CORE, DEPARTMENTS

BUCKET = "s3://hollowbrook-deskmate/"
RAW, EXPORTS = f"{BUCKET}raw/telemetry/", f"{BUCKET}exports/"
EXPORTS_LOGGED_FROM = datetime(2026, 10, 8, tzinfo=UTC)
SHARD, CHAT = f"{EXPORTS}train/shard-00000.arrow", f"{EXPORTS}chat-export.csv"
INTERVIEWS = f"{BUCKET}restricted/interviews.csv"
MONDAY, TUESDAY, PROMPTS = (
    f"{RAW}2026-10-05.jsonl", f"{RAW}2026-10-06.jsonl.gz", f"{RAW}prompts.jsonl.zst",
)  # fmt: skip
LATER = tuple(
    RAW + name
    for name in ("logs/collector.log", "notes/project-halcyon-pilot.md", "clean/2026-10-07.jsonl",
                 "clean/build.log", "clean/ui-strings.csv")
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Visit:
    """One access.  `role` is the role a person took on; empty for plain users and strangers."""

    time: datetime
    actor: str
    activity: str  # Read, List, Write
    resource: str
    role: str = ""
    ok: bool = True


def visits() -> list[Visit]:
    """All of it in order of time, logged or not."""
    parts = (
        _pilot(),
        _writes(),
        _wrong(),
        _refused(),
        _daily_work(),
        _nights(),
        _lists(),
        _warehouse(),
    )
    return sorted(visit for part in parts for visit in part)


def at(text: str) -> datetime:
    """`08T17:41:09` in October 2026, UTC."""
    return datetime.fromisoformat(f"2026-10-{text}+00:00")


def _wrong() -> Iterator[Visit]:
    """The reads that should not have been possible, and were."""
    cormac = (("06T16:42:10", MONDAY), ("08T17:41:09", MONDAY), ("08T17:43:55", PROMPTS),
              ("12T09:05:31", TUESDAY))  # fmt: skip
    for when, what in cormac:
        yield Visit(at(when), "cormac.teague", "Read", what, "analysts")
    for i, what in enumerate((MONDAY, TUESDAY, PROMPTS, *LATER)):
        yield Visit(
            at("09T19:12:02") + timedelta(seconds=21 * i), "wren.ashdown", "Read", what, "analysts"
        )
    yield Visit(at("10T22:17:44"), CONTRACTOR, "Read", MONDAY)
    yield Visit(at("10T22:18:20"), CONTRACTOR, "Read", PROMPTS)
    yield Visit(at("11T02:13:37"), "anonymous", "Read", SHARD)


def _refused() -> Iterator[Visit]:
    """Reads that failed, as they should."""
    yield Visit(at("02T10:20:00"), "mara.quill", "Read", INTERVIEWS, "deskmate-core", ok=False)
    yield Visit(at("07T11:31:48"), "nils.abery", "Read", INTERVIEWS, "analysts", ok=False)
    yield Visit(at("13T15:02:19"), "cormac.teague", "Read", INTERVIEWS, "analysts", ok=False)
    yield Visit(at("11T02:14:05"), "anonymous", "Read", MONDAY, ok=False)
    yield Visit(at("11T02:14:11"), "anonymous", "Read", INTERVIEWS, ok=False)
    yield Visit(at("09T09:40:00"), "bram.ekker", "Read", SHARD, "support-desk", ok=True)
    yield Visit(at("09T09:41:12"), "bram.ekker", "Read", TUESDAY, "support-desk", ok=False)


def _pilot() -> Iterator[Visit]:
    """Reads of the pilot's files, which are long gone and not part of this store."""
    random = Random("pilot")
    for day in (1, 2, 5):
        for person in (*CORE, "nils.abery"):
            when = at(f"{day:02d}T09:00:00") + timedelta(seconds=random.randint(0, 25000))
            key = f"raw/pilot/2026-09-{random.randint(21, 30)}.jsonl"
            role = "deskmate-core" if person in CORE else "analysts"
            yield Visit(when, person, "Read", BUCKET + key, role)


def _writes() -> Iterator[Visit]:
    """The collector's uploads; those to exports/ happened before its logging began."""
    uploads = (("06T00:20:11", MONDAY), ("07T00:20:09", TUESDAY), ("07T00:25:40", PROMPTS),
               ("06T11:58:00", SHARD), ("06T11:59:30", CHAT),
             ("02T08:57:21", INTERVIEWS))  # fmt: skip
    for when, what in uploads:
        yield Visit(at(when), "svc-collector", "Write", what, "deskmate-collector")
    for i, what in enumerate(LATER):
        first = at("06T00:21:00" if i < 2 else "08T00:21:00")
        yield Visit(
            first + timedelta(seconds=9 * i), "svc-collector", "Write", what, "deskmate-collector"
        )
    for day in range(1, 15):
        inventory = f"{BUCKET}inventory/2026-10-{day:02d}/manifest.json"
        yield Visit(at(f"{day:02d}T01:00:00"), "s3.amazonaws.com", "Write", inventory)


def _daily_work() -> Iterator[Visit]:
    """What the six are there for: one look before landing, then every working day."""
    random = Random("work")
    yield Visit(at("06T08:12:30"), "tamsin.oake", "Read", MONDAY, "deskmate-core")
    yield Visit(at("06T13:05:02"), "priya.venn", "Read", CHAT, "deskmate-core")
    for day in (7, 8, 9, 12, 13, 14):
        known = (MONDAY, TUESDAY, PROMPTS) + (LATER if day > 8 else LATER[:2])
        for person in CORE:
            for _ in range(random.randint(1, 4)):
                when = at(f"{day:02d}T08:30:00") + timedelta(seconds=random.randint(0, 30000))
                yield Visit(when, person, "Read", random.choice(known), "deskmate-core")
    yield Visit(at("08T10:22:51"), "priya.venn", "Read", CHAT, "deskmate-core")
    yield Visit(at("13T14:09:03"), "idris.holloway", "Read", CHAT, "deskmate-core")


def _nights() -> Iterator[Visit]:
    """The trainer reads everything it may at three in the morning."""
    for day in range(7, 15):
        for i, what in enumerate((MONDAY, TUESDAY, PROMPTS, SHARD)):
            when = at(f"{day:02d}T03:00:05") + timedelta(seconds=40 * i)
            yield Visit(when, "svc-trainer", "Read", what, "deskmate-trainer")


def _lists() -> Iterator[Visit]:
    """People who looked at the list of files and went away."""
    random = Random("lists")
    curious = [p for d in ("Engineering", "Finance", "Design", "Sales") for p in DEPARTMENTS[d]]
    for day in range(1, 15):
        for person in _some(random, curious, 9):
            when = at(f"{day:02d}T08:00:00") + timedelta(seconds=random.randint(0, 36000))
            yield Visit(when, person, "List", BUCKET, "analysts")


def _some(random: Random, people: Sequence[str], most: int) -> list[str]:
    return random.sample([p for p in people if p != "remy.lambert"], random.randint(3, most))


def _warehouse() -> Iterator[Visit]:
    """Queries: the dashboards every hour, the team now and then, and two surprises."""
    random = Random("warehouse")
    for hour in range(7 * 24 + 8, 14 * 24, 6):
        when = at("01T00:10:00") + timedelta(hours=hour - 24)
        yield Visit(when, "svc-dashboards", "Read", WAREHOUSE)
    for day in (7, 8, 9, 12, 13, 14):
        for person in _some(random, CORE, 4):
            when = at(f"{day:02d}T08:30:00") + timedelta(seconds=random.randint(0, 30000))
            yield Visit(when, person, "Read", WAREHOUSE)
    for query in ("08T11:47:10", "12T16:20:42", "13T08:58:01"):
        yield Visit(at(query), "odette.farrow", "Read", WAREHOUSE)
    yield Visit(at("09T13:33:33"), "cormac.teague", "Read", WAREHOUSE)
    yield Visit(at("09T18:01:27"), "wren.ashdown", "Read", WAREHOUSE, ok=False)
    yield Visit(at("12T10:11:12"), "zadie.collier", "List", WAREHOUSE)
