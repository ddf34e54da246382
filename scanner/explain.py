"""Why a finding fired: reads its shard again, and shows the place without the value."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from scanner import inputs, plugins, rereading
from scanner.batch import UnitLog
from scanner.errors import UnreadableError, UsageError
from scanner.model import Finding, Incident, Location, Part, Report
from scanner.scan import Scanner, Tally
from scanner.sources import Shard, Source

_CODED = re.compile("%[0-9A-F]{2}")  # how `uri_of` writes what would act on a terminal
_SHORTEST = 8  # characters of a fingerprint that mean one
_CONTEXT = 40  # code points of surroundings shown on either side, by shape only


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the shard says today about a finding of an earlier run.

    `still_there` is the same finding found again, None when it is gone.  `before` and
    `after` are the shapes of the text around it: letters as x, digits as 9.
    """

    finding: Finding
    still_there: bool
    before: str = ""
    after: str = ""


def find(report: Report, wanted: str) -> list[Finding]:
    """The findings meant by an id: one occurrence, or those an incident lists; prefixes do.

    An incident is meant by its fingerprint as well.  Raises UsageError when nothing, or more
    than one thing, has that id.
    """
    meant = (i for i in report.incidents if i.id.startswith(wanted) or _print(i, wanted))
    by_id = {i.id: i.finding_ids for i in meant}
    by_id |= {f.id: (f.id,) for f in report.findings if f.id.startswith(wanted)}
    hits = sorted(by_id)
    if wanted in hits:
        hits = [wanted]
    if len(hits) != 1:
        what = f"{len(hits)} findings or incidents begin with {wanted!r}"
        raise UsageError(
            what, f"--report of run {report.run.id}", "copy a whole id from the report"
        )
    return [f for f in report.findings if f.id in by_id[hits[0]]]


def _print(incident: Incident, wanted: str) -> bool:
    return len(wanted) >= _SHORTEST and incident.fingerprint.startswith(wanted)


def explain(finding: Finding, scanner: Scanner, roots: Sequence[str] = ()) -> Explanation:
    """Read the finding's shard again and look for it.

    `roots` are the paths that were scanned: needed when the file's name is hidden.
    Raises UnreadableError when the shard or the place in it is gone.
    """
    shard = locate(finding.location, scanner, roots)
    if finding.location.part is Part.PATH:  # the name was just read, and is still hidden
        return Explanation(finding, still_there=True)
    if finding.id not in {f.id for f in _rescan(shard, scanner)}:
        return Explanation(finding, still_there=False)
    text = inputs.text_at(shard, finding.location, scanner.named)
    at = finding.location
    before, after = text[max(0, at.start - _CONTEXT) : at.start], text[at.end : at.end + _CONTEXT]
    return Explanation(finding, True, shape(before), shape(after))


def locate(at: Location, scanner: Scanner, roots: Sequence[str] = ()) -> Shard:
    """The shard that a location's uri (which may hide names) stands for.

    Raises UnreadableError when none of the scanned paths holds it any more.
    """
    candidates = inputs.discover(roots or [_visible(at.uri)])
    for found in candidates:
        if not isinstance(found, Shard) or found.member != at.member:
            continue
        if scanner.named_uri(found.uri) == at.uri:
            return replace(found, uri=at.uri)
    hint = "run it where the scan ran, and name the scanned paths after the id"
    raise UnreadableError("the input of this finding is not there", at.uri, hint, "source.gone")


def shape(text: str) -> str:
    """Letters as x, digits as 9, everything else as it is (control characters as spaces).

    >>> shape("password = Hunter2")
    'xxxxxxxx = xxxxxx9'
    """
    text = re.sub(r"[^\W\d_]", "x", text)
    return re.sub(r"[^\x20-\x7e]", " ", re.sub(r"\d", "9", text))


def _rescan(shard: Shard, scanner: Scanner) -> Iterable[Finding]:
    name = inputs.source_for(shard)
    source: Source = plugins.load("sources", name)
    at = Location(shard.uri, shard.member)
    for unit in (*source.units(shard), *rereading.units(shard, name)):
        read = rereading if unit.recording else source
        for batch in read.batches(unit, UnitLog()):
            yield from scanner.scan(batch, at, UnitLog(), Tally())


def _visible(uri: str) -> str:
    """The part of the path in front of the first name that is hidden or written in another way."""
    if "~h" in uri:
        uri = uri.partition("~h")[0]
    elif not _CODED.search(uri) or os.path.lexists(uri):
        return uri
    else:
        uri = _CODED.split(uri)[0]
    return uri.rpartition("/")[0] or ("/" if uri.startswith("/") else ".")
