"""The difference of two runs for people and programs: console, Markdown, JSON."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reports import text
from reports.serial import cleaned
from scanner.decision import Changed, CheckSeen, Decision, Difference, Seen
from scanner.model import ReadState

SHOWN = 20
_PARTS = (
    ("appeared", "new"),
    ("fixed", "fixed"),
    ("changed", "still open, and not as before"),
    ("same", "still open, as before"),
    ("not_looked", "not looked at by the newer run"),
)
_READ = {ReadState.READ: "was read", ReadState.NOT_READ: "was not read"}


def as_json(found: Difference) -> str:
    """Everything, indented."""
    plain = cleaned(found)
    plain["verdict_changed"] = found.old.outcome != found.new.outcome
    plain["policy_changed"] = found.old.policy_digest != found.new.policy_digest
    return msgspec.json.format(msgspec.json.encode(plain), indent=2).decode() + "\n"


def as_text(found: Difference) -> str:
    """For a terminal: nothing in it acts."""
    return "".join(f"{line}\n" for line in _lines(found))


def as_markdown(found: Difference) -> str:
    """For a step summary or a comment."""
    return "".join(f"{line}\n" for line in _marked(found))


def _lines(found: Difference) -> Iterator[str]:
    yield f"from  {_run(found.old)}"
    yield f"to    {_run(found.new)}"
    yield _verdict(found)
    yield from _besides(found)
    for name, said in _PARTS:
        rows = _rows(found, name)
        yield ""
        yield f"{text.number(len(rows))} {said}"
        for row, notes in rows[:SHOWN]:
            yield f"  {row.severity:<9}{_title(row, name)}"
            yield from (f"{'':11}{note}" for note in notes)
        if len(rows) > SHOWN:
            yield f"  and {text.number(len(rows) - SHOWN)} more; --as json has them"


def _marked(found: Difference) -> Iterator[str]:
    yield f"## leakgate: {_plain(_verdict(found))}"
    yield ""
    yield from (f"- {_plain(line)}" for line in _besides(found))
    yield from ("", "| | incidents |", "| --- | --- |")
    for name, said in _PARTS:
        yield f"| {said} | {text.number(len(_rows(found, name)))} |"
    for name, said in _PARTS[:3]:
        rows = _rows(found, name)
        if rows:
            yield from ("", f"### {said.capitalize()}", "")
        for row, notes in rows[:SHOWN]:
            told = f": {'; '.join(notes)}" if notes else ""
            yield f"- **{row.severity}** {_plain(_title(row, name) + told)}"
        if len(rows) > SHOWN:
            yield f"- and {text.number(len(rows) - SHOWN)} more"


def _rows(found: Difference, name: str) -> list[tuple[Seen, tuple[str, ...]]]:
    """The incidents of one part, each with what is to be said of it."""
    if name == "changed":
        return [(pair.new, tuple(_changes(pair))) for pair in found.changed]
    if name == "same":
        changed = {pair.new.identity for pair in found.changed}
        return [(row, ()) for row in found.still if row.identity not in changed]
    rows: tuple[Seen, ...] = getattr(found, name)
    return [(row, tuple(_facts(row)) if name == "appeared" else ()) for row in rows]


def _facts(row: Seen) -> Iterator[str]:
    if len(row.places) > 1:
        more = text.count(len(row.places) - 1, "more file")
        yield text.visible(f"in {row.places[0]} and {more}")
    known = [f"{_people(row)} could read it"] if row.people is not None else []
    known += [f"it {_READ[row.read]}"] if row.read in _READ else []
    if known:
        yield ", ".join(known)


def _changes(pair: Changed) -> Iterator[str]:
    old, new = pair.old, pair.new
    fresh = [place for place in new.places if place not in old.places]
    if fresh:
        more = f" and {text.number(len(fresh) - 1)} more" if len(fresh) > 1 else ""
        yield text.visible(f"now also in {fresh[0]}{more}")
    pairs = (
        (old.severity, new.severity),
        (text.count(old.occurrences, "place"), text.count(new.occurrences, "place")),
        (f"{_people(old)} could read it", f"{_people(new)} could read it"),
        (_read(old), _read(new)),
        (_stand(old), _stand(new)),
    )
    yield from (f"{after}; before: {before}" for before, after in pairs if before != after)


def _read(row: Seen) -> str:
    return _READ.get(row.read, "whether it was read is unknown")


def _stand(row: Seen) -> str:
    return row.accepted or ("blocks" if row.blocks else "blocks nothing")


def _people(row: Seen) -> str:
    return "unknown" if row.people is None else text.count(row.people, "person", "people")


def _besides(found: Difference) -> Iterator[str]:
    """What else is not the same in the two runs."""
    old, new = found.old, found.new
    if old.policy_digest != new.policy_digest:
        yield f"another policy: {_policy(new)}; before: {_policy(old)}"
    for before, check in found.checks:
        yield f"check {check.id}: {_state(check)}; before: {_state(before)}"
    if found.unread:
        first = text.visible(", ".join(found.unread[:3])) + ", ..." * (len(found.unread) > 3)
        many = text.count(len(found.unread), "input")
        yield f"{many} not read whole by the newer run: {first}"


def _policy(decision: Decision) -> str:
    return text.visible(f"{decision.policy_name or 'built-in'} ({decision.policy_digest[:12]})")


def _state(check: CheckSeen | None) -> str:
    if check is None:
        return "not asked"
    return f"{check.state} {text.count(check.count, 'time')}" if check.count else check.state


def _run(decision: Decision) -> str:
    return f"{decision.run_id}, {text.when(decision.at)}: {decision.outcome}"


def _verdict(found: Difference) -> str:
    old, new = found.old.outcome, found.new.outcome
    return f"the verdict is still {new}" if old == new else f"the verdict went from {old} to {new}"


def _title(row: Seen, part: str) -> str:
    preview = f"  {row.preview}" if row.preview else ""
    blocks = "blocked" if part == "fixed" else "blocks"
    noted = f"  [{row.accepted}]" if row.accepted else f"  [{blocks}]" if row.blocks else ""
    return text.visible(f"{text.prose(row.title)}{preview}{noted}")


def _plain(words: str) -> str:
    for sign in "\\`*_{}[]()#+!|~>":
        words = words.replace(sign, f"\\{sign}")
    return words.replace("&", "&amp;").replace("<", "&lt;").replace("@", "&#64;")
