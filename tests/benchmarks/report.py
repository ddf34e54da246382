"""Measures the HTML report of many findings: its size, its cost, and how a browser opens it.

    python tests/benchmarks/report.py

Findings and incidents are made up while they are read, as a large run reads them from disk, so
that the peak is what rendering takes.  Chromium then opens the file: until the first rows are
drawn, how long a query takes once all rows were unpacked, and the memory of the page's process
at its largest.  Beside each figure stands what it should stay under.
"""

from __future__ import annotations

import hashlib
import random
import re
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

sys.path.insert(0, str(Path(__file__).parents[1] / "reports"))

import report_factory as factory

from reports.formats.html import plugin
from scanner.model import Finding, Incident, Location, Report, StoredObject
from scanner.pile import Lazy

_T = TypeVar("_T")
FILES, STORES, EACH = 400, 6, 2  # findings of one value
QUERIES = ("rule:aws-* severity>=high", "store:store-3 reader:lind", "shard-00017 -category:pii")


def _name(number: int) -> str:
    return hashlib.sha256(b"%d" % number).hexdigest()


class Findings(Lazy[Finding]):
    """Findings by seed, `EACH` of one value."""

    def __init__(self, many: int) -> None:
        self._many = many

    def __len__(self) -> int:
        return self._many

    def __iter__(self) -> Iterator[Finding]:
        picked, rules = random.Random(1), factory.RULES
        for number in range(self._many):
            value = number // EACH
            rule, file = rules[value % len(rules)], picked.randrange(FILES)
            start = picked.randrange(4000)
            at = Location(_uri(file), "", picked.randrange(400_000),
                          f"/events/{picked.randrange(40)}/text", start, start + 20)  # fmt: skip
            yield Finding(
                _name(-number - 1)[:16], rule.id, rule.category, rule.severity, rule.confidence, at,
                _name(value), f"{'abcdefgh'[value % 8]}••••••••", factory.NOW, ("proved",),
                f"~p{_name(picked.randrange(5000))[:16]}",
            )  # fmt: skip


class Incidents(Lazy[Incident]):
    """One incident for each value, worst first."""

    def __init__(self, many: int) -> None:
        rules = range(len(factory.RULES))
        worst = sorted(rules, key=lambda n: -factory.RULES[n].severity.rank)
        self._many, self._order = many, worst

    def __len__(self) -> int:
        return self._many

    def __iter__(self) -> Iterator[Incident]:
        step, known = len(factory.RULES), factory.blocked().incidents
        read = max(known, key=lambda i: len(i.did_read.readers))
        for rule in self._order:
            for value in range(rule, self._many, step):
                yield _incident(value, read)


def _incident(value: int, like: Incident) -> Incident:
    rule = factory.RULES[value % len(factory.RULES)]
    store = f"store-{value % STORES}"
    return replace(
        like, id=f"inc-{_name(value)[20:36]}", title=rule.name, category=rule.category,
        severity=rule.severity, confidence=rule.confidence, rule_ids=(rule.id,),
        fingerprint=_name(value), preview="••••••••", resources=(f"s3://{store}/",), store=store,
        occurrences=EACH, locations=like.locations[:EACH],
    )  # fmt: skip


def _uri(file: int) -> str:
    return f"s3://store-{file % STORES}/2026-10/shard-{file:05d}.jsonl.gz"


def report(findings: int) -> Report:
    """A report of so many findings."""
    files = range(FILES)
    objects = tuple(StoredObject(_uri(n), _uri(n), f"store-{n % STORES}") for n in files)
    found, incidents = Findings(findings), Incidents(findings // EACH)
    return replace(factory.blocked(), findings=found, incidents=incidents, objects=objects)


def rendered(path: Path, findings: int) -> dict[str, float]:
    """Writes the report; its size and what that cost (the peak is of the whole process)."""
    started = time.process_time()
    with path.open("wb") as out:
        plugin.write(report(findings), out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"bytes": path.stat().st_size, "cpu": time.process_time() - started, "peak": peak}


_ASK = """async words => {
  const box = document.getElementById("q"), count = document.getElementById("count");
  const wait = () => new Promise(go => new MutationObserver((_, seen) => {
    if (count.textContent.endsWith("match") || count.textContent.includes("match;")) {
      seen.disconnect(); go();
    }
  }).observe(count, {childList: true}));
  const ask = async text => {
    const done = wait(), start = performance.now();
    box.value = text;
    document.getElementById("find").requestSubmit();
    await done;
    return performance.now() - start;
  };
  await ask("unpack");
  const times = [];
  for (const text of words) times.push(await ask(text));
  return times;
}"""


def opened(path: Path) -> dict[str, float]:
    """Seconds until the first rows are drawn, and the slowest of the queries in milliseconds."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        chromium = shutil.which("chromium")
        browser: Any = playwright.chromium.launch(executable_path=chromium, args=args)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(120_000)
        page.goto("about:blank")
        started = time.monotonic()
        page.goto(f"{path.as_uri()}#view=rows", wait_until="commit")
        page.wait_for_selector(".view .row .badge")
        first = time.monotonic() - started
        times = page.evaluate(_ASK, list(QUERIES))
        memory = _largest(browser)
        browser.close()
    return {"first": first, "query": max(times), "page": memory}


def _largest(browser: Any) -> float:
    """Bytes of the largest process that draws pages, at its peak."""
    told = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
    pages = [
        Path(f"/proc/{p['id']}/status") for p in told["processInfo"] if p["type"] == "renderer"
    ]
    peaks = [re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) for status in pages]
    return max(1024.0 * int(peak[1]) for peak in peaks if peak)


# What each figure should stay under, by how many findings there are at most.
LIMITS = {
    100_000: {"bytes": 5e6, "first": 3.0, "query": 100.0, "peak": 1.5e9, "page": 1.5e9},
    1_000_000: {"bytes": 50e6, "first": 5.0, "peak": 1.5e9, "page": 1.5e9},
}
SHOWN = {
    "bytes": ("size", "MB", 1e6),
    "cpu": ("rendering, CPU", "s", 1),
    "peak": ("rendering, memory", "MB", 1e6),
    "first": ("first rows", "s", 1),
    "query": ("slowest query", "ms", 1),
    "page": ("browser, memory", "MB", 1e6),
}


def told(findings: int, found: dict[str, float]) -> Iterator[str]:
    """A line for each figure."""
    limits = next((limit for size, limit in LIMITS.items() if findings <= size), {})
    yield f"{findings:,} findings"
    for key, (name, unit, scale) in SHOWN.items():
        limit = f"  (under {limits[key] / scale:g})" if key in limits else ""
        over = "  OVER" if found[key] > limits.get(key, found[key]) else ""
        yield f"  {name:<18} {found[key] / scale:>8.1f} {unit:<2}{limit}{over}"


@click.command()
@click.option(
    "--findings",
    multiple=True,
    type=int,
    default=[*LIMITS],
    show_default=True,
    help="How many are made; may be given several times.",
)
@click.option("--keep", type=click.Path(path_type=Path), help="Where the last page is kept.")
def main(findings: tuple[int, ...], keep: Path | None) -> None:
    """Measure the HTML report of many findings."""
    with tempfile.TemporaryDirectory(prefix="leakgate-report-") as made:
        path = (keep or Path(made) / "report.html").resolve()
        for number in sorted(findings):
            for line in told(number, rendered(path, number) | opened(path)):
                click.echo(line)


if __name__ == "__main__":
    main()
