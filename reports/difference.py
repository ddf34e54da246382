"""The difference of two runs for people and programs: console, Markdown, JSON."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reports import text
from reports.serial import cleaned
from scanner.decision import Decision, Difference, Seen

SHOWN = 20
_PARTS = (
    ("appeared", "new"),
    ("fixed", "fixed"),
    ("still", "still open"),
    ("not_looked", "not looked at by the newer run"),
)


def as_json(found: Difference) -> str:
    """Everything, indented."""
    plain = cleaned(found)
    plain["verdict_changed"] = found.old.outcome != found.new.outcome
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
    for name, said in _PARTS:
        rows: tuple[Seen, ...] = getattr(found, name)
        yield ""
        yield f"{text.number(len(rows))} {said}"
        for row in rows[:SHOWN]:
            yield f"  {row.severity:<9}{_title(row)}"
        if len(rows) > SHOWN:
            yield f"  and {text.number(len(rows) - SHOWN)} more; --as json has them"


def _marked(found: Difference) -> Iterator[str]:
    yield f"## leakgate: {_plain(_verdict(found))}"
    yield ""
    yield "| | incidents |"
    yield "| --- | --- |"
    for name, said in _PARTS:
        yield f"| {said} | {text.number(len(getattr(found, name)))} |"
    for name, said in _PARTS[:2]:
        rows: tuple[Seen, ...] = getattr(found, name)
        if rows:
            yield from ("", f"### {said.capitalize()}", "")
            yield from (f"- **{row.severity}** {_plain(_title(row))}" for row in rows[:SHOWN])
        if len(rows) > SHOWN:
            yield f"- and {text.number(len(rows) - SHOWN)} more"


def _run(decision: Decision) -> str:
    return f"{decision.run_id}, {text.when(decision.at)}: {decision.outcome}"


def _verdict(found: Difference) -> str:
    old, new = found.old.outcome, found.new.outcome
    return f"the verdict is still {new}" if old == new else f"the verdict went from {old} to {new}"


def _title(row: Seen) -> str:
    preview = f"  {row.preview}" if row.preview else ""
    noted = f"  [{row.accepted}]" if row.accepted else "  [blocks]" if row.blocks else ""
    return text.visible(f"{text.prose(row.title)}{preview}{noted}")


def _plain(words: str) -> str:
    for sign in "\\`*_{}[]()#+!|~>":
        words = words.replace(sign, f"\\{sign}")
    return words.replace("&", "&amp;").replace("<", "&lt;").replace("@", "&#64;")
