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

# Patterns with `$` are searched in the last few characters: `re` tries every place before them.
_TOKEN = re.compile(r"[^\s\"'<>,;()\[\]{}|]{0,80}")
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
_DATE = re.compile(r"(?:19|20)\d\d(?:[-/.][01]?\d[-/.][0-3]?\d|[-/. ]{1,3}(?:19|20)\d\d(?!\d))")
_SCREEN = re.compile(
    r"(?:^|\W)(?:[xyzwh]|dx|dy|width|height|left|top|scroll\w*|offset\w*|clientx|clienty)[\"']?\s{0,2}[=:]\s{0,2}[\"'-]?$",
    re.IGNORECASE,
)
_ROW = re.compile(r"-?\d[\d.]*(?:[eE][+-]?\d+)?")
_BREAK = re.compile(r"\s*[,;|]\s*|\s+")
_SLASH = re.compile(r"(?:[\w.~-]|^|\s|[\"'(=])[/\\]+$")
_PATH_GOES_ON = re.compile(r"[/\\]\w|\.[a-z]{2,5}\b")
_PORT = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}:$|\d{1,3}\.\d{1,3}\.$")
_NUMBER_BEFORE = re.compile(r"[0-9][.,:]$|[0-9A-Za-z][-_/]$|[#&]$")
_NUMBER_AFTER = re.compile(r"[.,:][0-9]|[-_/][0-9A-Za-z]")
_NEXT_CELL = re.compile(r",(?![0-9]{1,2}(?![0-9/-]))")  # no decimals
_GIT = re.compile(r"(?:commit|merge|revert|cherry.pick|HEAD|index|\.\.)\W{0,3}$", re.IGNORECASE)


def token_around(before: str, secret: str, after: str) -> tuple[str, int, int]:
    """The token that a text between two others stands in, and where it does."""
    head, tail = _TOKEN.match(before[::-1]), _TOKEN.match(after)
    start = head.end() if head else 0
    text = before[len(before) - start :] + secret + (tail[0] if tail else "")
    return text, start, start + len(secret)


def _inside(pattern: re.Pattern[str], candidate: Candidate, least: int) -> str:
    """The text of the pattern's match that overlaps the candidate in its token; or "".

    A token of fewer than `least` characters holds no match.
    """
    text, start, end = candidate.token
    if len(text) < least:
        return ""
    found = (m for m in pattern.finditer(text) if m.start() < end and m.end() > start)
    return next((m[0] for m in found), "")


def uuid_part(candidate: Candidate) -> bool:
    """A UUID, or a part of one."""
    return bool(_inside(_UUID, candidate, 32))


def hex_digest(candidate: Candidate) -> bool:
    """A run of hexadecimal digits with letters among them, or pairs of them with separators."""
    run = _inside(_HEX, candidate, 16)
    return bool(run.lower().strip("0123456789")) or bool(_inside(_HEX_PAIRS, candidate, 23))


def base64_run(candidate: Candidate) -> bool:
    """A part of a long run of base-64 characters of all kinds."""
    run = _inside(_BASE64, candidate, 24)
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
    return _SCREEN.search(candidate.before[-32:]) is not None


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
    return hexadecimal and _GIT.search(candidate.before[-16:]) is not None


def path_part(candidate: Candidate) -> bool:
    """A part of the name of a file or folder."""
    before = candidate.before[-1:] in ("/", "\\") and _SLASH.search(candidate.before[-16:])
    return bool(before) or _PATH_GOES_ON.match(candidate.after) is not None


def ip_port(candidate: Candidate) -> bool:
    """The port behind an address, or a part of the address."""
    return candidate.before[-1:] in (":", ".") and _PORT.search(candidate.before[-16:]) is not None


def number_part(candidate: Candidate) -> bool:
    """Digits that go on beyond a point, comma, dash or slash: a decimal, version, path or id."""
    before, after = candidate.before[-2:], candidate.after
    if not candidate.secret.isdigit():  # in groups: a comma parts it from the next cell of a row
        before = before.removesuffix(",")
        after = "" if _NEXT_CELL.match(after) else after
    return bool(_NUMBER_BEFORE.search(before) or _NUMBER_AFTER.match(after))


_AMONG = (
    re.compile(r"(?:\d|\b[0-9A-Fa-f]{2} +[0-9A-Fa-f]{2})[ \t]{1,4}$"),
    re.compile(r"[ \t]{1,4}(?:[-+]?\d|[0-9A-Fa-f]{2} +[0-9A-Fa-f]{2}\b)"),
)


def among_numbers(candidate: Candidate) -> bool:
    """In a row of numbers, or of octets, that spaces part: any could go with the next."""
    before, after = _AMONG
    return bool(before.search(candidate.before[-12:]) or after.match(candidate.after))


def number_part_dotted(candidate: Candidate) -> bool:
    """A dotted number that goes on with one more part, as versions and object ids do."""
    return re.match(r"\.[0-9A-Za-z]", candidate.after) is not None


def id_number(candidate: Candidate) -> bool:
    """Introduced as an identifier of something else: `order 4440...`, `trace_id=5200...`.

    A label says so of a value that is nothing but the number, and not where it names prose.
    """
    alone = not (candidate.before.strip() or candidate.after.strip())
    named = alone and not _PROSE.search(candidate.label)
    label = named and _ID_LABEL.search(candidate.label)
    before = candidate.before[-48:]
    return bool(label) or (_LETTER.search(before) and _ID_LEAD.search(before)) is not None


# Fields in which people write.
_PROSE = re.compile(r"(?:event|item|message|post|tweet)s?$", re.IGNORECASE)
_ID_WORDS = (
    r"(?:[a-z_]*_)?(?:id|req|res|conn|thread|worker|node|shard|block|tx|order|ref|reference|invoice|tracking|ticket|trace|span|session|request"
    r"|txn|user|uid|pid|ts|time|seq|offset|size|bytes|hash|serial|imei|isbn|ean|sku|batch|job"
    r"|build|version|rev|object|key|index|event|message|post|tweet|item|product)s?"
)
_ID_LABEL = re.compile(rf"(?:{_ID_WORDS})$", re.IGNORECASE)
_LETTER = re.compile(r"[A-Za-z]")
_ID_LEAD = re.compile(
    rf"(?:^|[^A-Za-z])(?:{_ID_WORDS})(?:\W{{1,6}}(?:is|no|nr)?\W{{0,3}})$", re.IGNORECASE
)


_MEASURE = re.compile(
    r"(?:_|\b|(?<=[a-z])(?=[A-Z]))(?i:n|num_of|counts?|total|ms|us|ns|secs?|seconds|minutes|bytes|kb|mb|size"
    r"|len|length|rate|ratio|pct|percent|avg|mean|sum|duration|latency|elapsed|offset|idx|scans"
    r"|calls|sessions|hits|views|clicks|requests|attempts|errors|retries|seq)$"
)


def measure(candidate: Candidate) -> bool:
    """The whole value of a field that counts or measures: `phone_calls`, `lat_ms`, `cardCount`."""
    alone = not (candidate.before.strip() or candidate.after.strip())
    return alone and measures(candidate.label)


def measures(name: str) -> bool:
    """True for the name of a field that counts or measures."""
    return _MEASURE.search(name) is not None


_COUNTED = re.compile(
    r" ?(?:rows?|records?|lines?|[kmgt]i?b|bytes?|[mun\u00b5]s|secs?|seconds?|minutes?|hours?|days?"
    r"|items?|users?|files?|entries|events?|requests?|tokens?|times|steps?|points?|px|pages?|views?"
    r"|hits?|people|errors?|attempts?|messages|dollars|euros|eur|usd|gbp"
    r"|ok|failed|passed|invalid|missing|skipped|succeeded|rejected|shipped|of \d+)\b",
    re.IGNORECASE,
)
_COUNTS = re.compile(
    r"(?:^|[^A-Za-z])(?<!medical )(?<!patient )(?<!direct )(?:rows?|records?|total"
    r"|job|batch|run|build|pid|lines?|page|port|chunk|attempt"
    r"|checksum|crc|took|loaded|processed|wrote|offset|size|bytes|seq|step|epoch|part|model|lot"
    r"|errors?|items?|serial|key|hash|version|release)(?: id| no\.?| nr\.?| number)?[\s:=#(]{1,3}$"
    r"|HTTP/\d(?:\.\d)?\"?\s$|\d of\s$",
    re.IGNORECASE,
)


def counted(candidate: Candidate) -> bool:
    """Of so many rows, bytes or seconds, or the number of a job, a part or a batch."""
    before = candidate.before[-32:]
    return _COUNTED.match(candidate.after) is not None or (
        _LETTER.search(before) is not None and _COUNTS.search(before) is not None
    )


def date_like(candidate: Candidate) -> bool:
    """Starts as a date or a span of years does."""
    return _DATE.match(candidate.secret) is not None


def epoch(candidate: Candidate) -> bool:
    """Bare digits that are a time of the years 2001 to 2033 in s, ms, us or ns since 1970."""
    digits = candidate.secret.lstrip("+")
    if len(digits) not in (10, 13, 16, 19) or not digits.isdigit():
        return False
    named = re.search(r"(?:_at|_ts|time|stamp|date)$", candidate.label, re.IGNORECASE)
    return named is not None or (len(digits) > 10 and digits[0] == "1")


def in_url_path(candidate: Candidate) -> bool:
    """Stands in the path or query of a URL, where long digit runs are ids."""
    if candidate.before[-1:] not in ("/", "="):
        return False
    address = candidate.before.split()[-1][:-1]
    return "://" in address or "www." in address


def url_userinfo(candidate: Candidate) -> bool:
    """What stands before the host of a URL or of a repository: an account, no mailbox."""
    remote = candidate.secret.startswith(("git@", "hg@", "svn@"))
    cloned = remote and re.match(r":[\w~/]", candidate.after) is not None
    return cloned or _USERINFO.search(candidate.before) is not None


def version_like(candidate: Candidate) -> bool:
    """An address-like number that is a version, an object identifier or a section number."""
    before = candidate.before[-40:]
    if _VERSION.search(before) and "//" not in before[-3:] and not _HOST.search(before):
        return True
    if re.match(
        r"[+~^]| (?:release|version|update|patch)", candidate.after, re.IGNORECASE
    ) or re.search(r"[^0-9]\d:$", candidate.before):
        return True
    parts = candidate.secret.split(".")
    small = len(set(parts)) > 1 and all(len(part) == 1 for part in parts)
    return small or candidate.secret.endswith(".0.0") or candidate.secret.startswith("0.")


_VERSION = re.compile(
    r"(?:[A-Z][\w-]*/|\bv\.?|version\W{0,4}|release\W{0,4}|build\W{0,4}|\^|~|[<>=]=)$",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"(?<!mailto)://[^\s/?@\"'<>]*$")
_HOST = re.compile(
    r"(?:\b(?:host|localhost|addr|address|ip|peer|client|remote)|\.[a-z]{2,6})/$", re.I
)
_ROW_BEFORE = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{4} $")
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
    "among-numbers": among_numbers,
    "id-number": id_number,
    "date-like": date_like,
    "measure": measure,
    "counted": counted,
    "epoch": epoch,
    "in-url-path": in_url_path,
    "url-userinfo": url_userinfo,
    "version-like": version_like,
    "number-row": number_row,
}
# What `filters: [noise]` of a rule stands for: every kind that no identifier ever looks like.
NOISE = (
    "number-part", "epoch", "in-url-path", "uuid-part", "hex-digest", "base64-run",
    "iso-time", "screen-coordinates", "number-list", "git-hash", "path-part", "ip-port", "measure",
    "counted",
)  # fmt: skip
