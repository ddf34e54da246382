"""What of the inputs was read, what was not, and why, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from reports.text import count, number, prose
from scanner.model import InputStatus, Problem, Report


def inputs_line(report: Report) -> str:
    """`6 of 9 inputs scanned whole; 1 partial, 1 skipped, 1 failed`."""
    if not report.inputs:
        return "no input was given"
    states = [i.status for i in report.inputs]
    rest = [f"{states.count(s)} {s}" for s in list(InputStatus)[1:] if s in states]
    total = count(len(states), "input")
    line = f"{number(states.count(InputStatus.SCANNED))} of {total} scanned whole"
    return f"{line}; {', '.join(rest)}" if rest else line


def to_read(report: Report) -> Iterator[str]:
    """What to do about inputs and evidence that the verdict misses."""
    ways = (("input", "input", ", or take {} out"), ("evidence", "evidence file", ""))
    for kind, noun, way in ways:
        named = {f"gate.completeness: {kind}.{status}" for status in list(InputStatus)[1:]}
        many = sum(r.count for r in report.verdict.reasons if r.rule in named)
        if many:
            out = way.format("it" if many == 1 else "them")
            yield f"Make {count(many, noun)} readable{out}, and run again."


def many(report: Report) -> int:
    """How many inputs were not read whole."""
    return sum(i.status != InputStatus.SCANNED for i in report.inputs)


def troubled(report: Report) -> bool:
    """True when something was not read whole or went wrong: more than notes are to be told."""
    own = (problem for item in report.inputs for problem in item.problems)
    return bool(many(report)) or any(p.is_failure for p in (*own, *report.problems))


def lines(report: Report) -> tuple[str, ...]:
    """One sentence for each input not read whole and each problem, worst first."""
    order = [InputStatus.FAILED, InputStatus.PARTIAL, InputStatus.SKIPPED, InputStatus.SCANNED]
    told = []
    for item in sorted(report.inputs, key=lambda i: order.index(i.status)):
        name = ", ".join(filter(None, [item.uri, item.member]))
        first = item.problems[0] if item.problems else None
        reason = prose(item.reason) or (prose(first.what) if first else "")
        if item.status != InputStatus.SCANNED:
            hint = f"; {prose(first.hint)}" if first and first.hint else ""
            told.append(f"{name}: {item.status}{f', {reason}' if reason else ''}{hint}")
        elif item.problems:
            told.append(f"{name}: {'; '.join(map(problem, item.problems[:3]))}")
    return (*told, *map(problem, report.problems))


def problem(found: Problem) -> str:
    """A problem in one sentence."""
    times = f" ({number(found.count)} times)" if found.count > 1 else ""
    what = ", ".join(prose(part) for part in (found.what, found.where) if part)
    return f"{what}{times}{f'; {prose(found.hint)}' if found.hint else ''}"
