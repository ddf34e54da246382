"""Numbers that machines write: what is taken away before any validator sees digits.

Each kind has a name, which is that of the filter and of the drop it causes.  A kind looks at
a candidate and at the text beside it, and says True when the candidate is such a number or a
part of one.  Check digits cannot tell: of all Unix times one in eleven passes modulus 11.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scanner.rulepacks.filters import Candidate

_TOKEN_BEFORE = re.compile(r"[^\s\"'<>,;()\[\]{}|]{0,80}$")
_TOKEN_AFTER = re.compile(r"[^\s\"'<>,;()\[\]{}|]{0,80}")
_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:0x)?[0-9a-f]{16,128}(?![0-9A-Za-z])", re.IGNORECASE)
_HEX_PAIRS = re.compile(r"(?:[0-9a-f]{2}[: -]){7,}[0-9a-f]{2}", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_TIME = re.compile(
    r"(?<!\d)(?:19|20)\d\d[-/.]?(?:0[1-9]|1[0-2])[-/.]?(?:0[1-9]|[12]\d|3[01])"
    r"(?:[T _-]?[0-2]\d[:.h]?[0-5]\d(?:[:.]?[0-5]\d)?|(?!\d))"
    r"|(?<!\d)[0-3]?\d[/.-][01]?\d[/.-](?:19|20)\d\d(?!\d)"
    r"|(?<!\d)[0-2]?\d:[0-5]\d:[0-5]\d(?:[.,]\d+)?"
    r"|(?<!\d)[0-3]\d/(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/\d{4}"
)
_SCREEN = re.compile(
    r"(?:^|\W)(?:[xyzwh]|dx|dy|width|height|left|top|scroll\w*|offset\w*|clientx|clienty)[\"']?\s{0,2}[=:]\s{0,2}[\"'-]?$",
    re.IGNORECASE,
)
_ROW = re.compile(r"-?\d[\d.]*(?:[eE][+-]?\d+)?")
_BREAK = re.compile(r"\s*[,;|]\s*|\s+")
_GIT = re.compile(r"(?:commit|merge|revert|cherry.pick|HEAD|index|\.\.)\W{0,3}$", re.IGNORECASE)


def _around(candidate: Candidate) -> tuple[str, int, int]:
    """The token that the candidate stands in, and where it does."""
    head = _TOKEN_BEFORE.search(candidate.before)
    tail = _TOKEN_AFTER.match(candidate.after)
    before, after = head[0] if head else "", tail[0] if tail else ""
    start = len(before)
    return before + candidate.secret + after, start, start + len(candidate.secret)


def _inside(pattern: re.Pattern[str], candidate: Candidate) -> str:
    """The text of the pattern's match that overlaps the candidate in its token; or ""."""
    text, start, end = _around(candidate)
    found = (m for m in pattern.finditer(text) if m.start() < end and m.end() > start)
    return next((m[0] for m in found), "")


def uuid_part(candidate: Candidate) -> bool:
    """A UUID, or a part of one."""
    return bool(_inside(_UUID, candidate))


def hex_digest(candidate: Candidate) -> bool:
    """A run of hexadecimal digits with letters among them, or pairs of them with separators."""
    run = _inside(_HEX, candidate)
    return bool(run.lower().strip("0123456789")) or bool(_inside(_HEX_PAIRS, candidate))


def base64_run(candidate: Candidate) -> bool:
    """A part of a long run of base-64 characters of all kinds."""
    run = _inside(_BASE64, candidate)
    return len(run) > len(candidate.secret) and all(
        any(test(c) for c in run) for test in (str.isupper, str.islower, str.isdigit)
    )


def iso_time(candidate: Candidate) -> bool:
    """A date or a time of day, as logs and file names write them, or a part of one."""
    text = candidate.before[-24:] + candidate.secret + candidate.after[:24]
    start = min(24, len(candidate.before))
    end = start + len(candidate.secret)
    return any(m.start() < end and m.end() > start for m in _TIME.finditer(text))


def screen_coordinates(candidate: Candidate) -> bool:
    """Introduced as a coordinate or a size on a screen: `x=`, `"width": `."""
    return _SCREEN.search(candidate.before) is not None


def number_list(candidate: Candidate) -> bool:
    """One of several numbers of about one length in a row: a vector, a table, a matrix."""
    if not candidate.secret.isdigit():
        return False
    before = _BREAK.split(candidate.before[-60:].rstrip("[( "))[-3:-1]
    after = _BREAK.split(candidate.after[:60])[1:3]
    size = len(candidate.secret)
    beside = [_ROW.fullmatch(n.strip("[]()")) for n in (*before, *after)]
    return sum(m is not None and abs(len(m[0]) - size) <= 1 for m in beside) >= 2


def git_hash(candidate: Candidate) -> bool:
    """Introduced as a commit."""
    hexadecimal = re.fullmatch(r"[0-9a-f]{7,40}", candidate.secret) is not None
    return hexadecimal and _GIT.search(candidate.before) is not None


def path_part(candidate: Candidate) -> bool:
    """A part of the name of a file or folder."""
    before = re.search(r"(?:[\w.~-]|^|\s|[\"'(=])[/\\]+$", candidate.before)
    return before is not None or re.match(r"[/\\]\w|\.[a-z]{2,5}\b", candidate.after) is not None


def ip_port(candidate: Candidate) -> bool:
    """The port behind an address, or a part of the address."""
    return re.search(r"(?:\d{1,3}\.){3}\d{1,3}:$|\d{1,3}\.\d{1,3}\.$", candidate.before) is not None


def number_part(candidate: Candidate) -> bool:
    """Digits that go on beyond a point, comma, dash or slash: a decimal, version, path or id."""
    return (
        re.search(r"[0-9][.,:]$|[0-9A-Za-z][-_/]$|[#&]$", candidate.before) is not None
        or re.match(r"[.,:][0-9]|[-_/][0-9A-Za-z]", candidate.after) is not None
    )


def number_part_dotted(candidate: Candidate) -> bool:
    """A dotted number that goes on with one more part, as versions and object ids do."""
    return re.match(r"\.[0-9A-Za-z]", candidate.after) is not None


def id_number(candidate: Candidate) -> bool:
    """Introduced as an identifier of something else: `order 4440...`, `trace_id=5200...`.

    A label says so of a value that is nothing but the number, and not where it names prose.
    """
    alone = not (candidate.before.strip() or candidate.after.strip())
    named = alone and not re.search(_PROSE + "$", candidate.label, re.IGNORECASE)
    label = named and re.search(r"(?:" + _ID_WORDS + r")$", candidate.label, re.IGNORECASE)
    lead = rf"(?:^|[^A-Za-z])(?:{_ID_WORDS})(?:\W{{1,6}}(?:is|no|nr)?\W{{0,3}})$"
    return bool(label) or re.search(lead, candidate.before, re.IGNORECASE) is not None


_PROSE = r"(?:event|item|message|post|tweet)s?"  # fields in which people write
_ID_WORDS = (
    r"(?:[a-z_]*_)?(?:id|req|res|conn|thread|worker|node|shard|block|tx|order|ref|reference|invoice|tracking|ticket|trace|span|session|request"
    r"|txn|user|uid|pid|ts|time|seq|offset|size|bytes|hash|serial|imei|isbn|ean|sku|batch|job"
    r"|build|version|rev|object|key|index|event|message|post|tweet|item|product)s?"
)


def date_like(candidate: Candidate) -> bool:
    """Starts as a date or a span of years does."""
    date = r"(?:19|20)\d\d(?:[-/.][01]?\d[-/.][0-3]?\d|[-/. ]{1,3}(?:19|20)\d\d(?!\d))"
    return re.match(date, candidate.secret) is not None


def epoch(candidate: Candidate) -> bool:
    """Bare digits that are a time of the years 2001 to 2033 in s, ms, us or ns since 1970."""
    digits = candidate.secret.lstrip("+")
    named = re.search(r"(?:_at|_ts|time|stamp|date)$", candidate.label, re.IGNORECASE)
    if not digits.isdigit() or len(digits) not in (10, 13, 16, 19):
        return False
    return named is not None or (len(digits) > 10 and digits[0] == "1")


def in_url_path(candidate: Candidate) -> bool:
    """Stands in the path or query of a URL, where long digit runs are ids."""
    return re.search(r"(?:://|www\.)\S*[/=]$", candidate.before) is not None


def version_like(candidate: Candidate) -> bool:
    """An address-like number that is a version, an object identifier or a section number."""
    lead = r"(?:[A-Za-z][\w-]*/|\b[vV]\.?|version\W{0,4}|release\W{0,4}|build\W{0,4}|\^|~|[<>=]=)$"
    if re.search(lead, candidate.before, re.IGNORECASE) and "//" not in candidate.before[-3:]:
        return True
    if re.match(
        r"[+~^]| (?:release|version|update|patch)", candidate.after, re.IGNORECASE
    ) or re.search(r"[^0-9]\d:$", candidate.before):
        return True
    parts = candidate.secret.split(".")
    small = len(set(parts)) > 1 and all(len(part) == 1 for part in parts)
    return small or candidate.secret.endswith(".0.0") or candidate.secret.startswith("0.")


_ROW_BEFORE = re.compile(r"[0-9A-Fa-f]{4} $")
_ROW_AFTER = re.compile(r" [0-9A-Fa-f]{4} [0-9A-Fa-f]{4}(?![0-9A-Za-z])")


def number_row(candidate: Candidate) -> bool:
    """Groups of four from a row of many: a table or a dump, of which any four could pass."""
    before, after = candidate.before, candidate.after
    return bool(_ROW_BEFORE.search(before) or _ROW_AFTER.match(after))


KINDS: dict[str, Callable[[Candidate], bool]] = {
    "uuid-part": uuid_part,
    "hex-digest": hex_digest,
    "base64-run": base64_run,
    "iso-time": iso_time,
    "screen-coordinates": screen_coordinates,
    "number-list": number_list,
    "git-hash": git_hash,
    "path-part": path_part,
    "ip-port": ip_port,
    "number-part": number_part,
    "number-part-dotted": number_part_dotted,
    "id-number": id_number,
    "date-like": date_like,
    "epoch": epoch,
    "in-url-path": in_url_path,
    "version-like": version_like,
    "number-row": number_row,
}
# What `filters: [noise]` of a rule stands for: every kind that no identifier ever looks like.
NOISE = (
    "number-part", "epoch", "in-url-path", "uuid-part", "hex-digest", "base64-run",
    "iso-time", "screen-coordinates", "number-list", "git-hash", "path-part", "ip-port",
)  # fmt: skip
