"""Named reasons to refuse a candidate, and the values that documentation uses.

A filter sees one `Candidate` and says True to refuse it; the refusal is counted under the
filter's name.  A placeholder test says True for values that are made to be read, not used:
those findings are kept at low confidence.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from scanner.rulepacks import rarity


@dataclass(frozen=True, slots=True, repr=False)
class Candidate:
    """A possible secret with its neighbourhood: up to 80 characters on each side."""

    secret: str
    before: str = ""
    after: str = ""
    label: str = ""


Filter = Callable[[Candidate], bool]

_TEMPLATE = re.compile(
    r"\$\{[^}]*\}|^\$\{|^\{\{|\$\([^)]*\)|\{\{.*?\}\}|\{%.*?%\}|<%.*?%>|%\(\w+\)[sdr]|#\{[^}]*\}|\[\[.*?\]\]"
    r"|^\$[A-Za-z_]\w*$|^%\w+%$|^<[^<>]+>$|^\{\w*\}$|^@\w+@$|^%[sdvq]$"
    r"|process\.env\b|os\.environ|os\.getenv|System\.getenv|ENV\[|getenv\(|\$env:|secrets\.[A-Z_]+"
    r"|^(?:!Ref|!Sub|ssm:|vault:|op://|arn:aws:secretsmanager|projects/[^/]+/secrets/)",
    re.DOTALL,
)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_HASH_WORDS = re.compile(
    r"(?:sha-?(?:1|224|256|384|512)|md5|digest|checksum|integrity|etag|commit|revision|\brev\b"
    r"|\bhash|fingerprint|thumbprint|blob|\btree\b|\bgit\b|resolved)[^A-Za-z]{0,12}$",
    re.IGNORECASE,
)
_DOUBTFUL = re.compile(
    r"example|sample|dummy|placeholder|change[-_ ]?(?:me|this|it)|replace[-_ ]?(?:me|this|with)"
    r"|your[-_ ]?\w*(?:key|token|secret|password|pass|id|name|user|here)|insert[-_ ]|redacted"
    r"|(?:token|key|secret|password)[-_ ]?(?:goes[-_ ])?here|enter[-_ ]your|put[-_ ]your"
    r"|x{4,}|\*{3,}|\.{4,}|-{6,}|_{6,}|•{3,}|<[a-z _-]+>|1234567890|0123456789|12345678|87654321"
    r"|abcdefgh|zyxwvuts|deadbeef|foobar|not[-_ ]?(?:a[-_ ])?real",
    re.IGNORECASE,
)
# Too short to mean anything inside random characters: they count between separators only.
_ALONE = re.compile(
    r"(?:^|[^A-Za-z0-9])(?:fake|mock|bogus|foo|bar|todo|fixme|tbd|lorem|ipsum)(?:$|[^A-Za-z0-9])"
    r"|^test(?:ing|er)?(?:[-_ ]?(?:key|token|secret|password|value))?\d{0,3}$",
    re.IGNORECASE,
)
_MASK = re.compile(r"[*•●xX#.…_-]{3,}")


def templated(candidate: Candidate) -> bool:
    """A name to be filled in later: `${VAR}`, `{{ var }}`, `<token>`, `process.env.X`."""
    return _TEMPLATE.search(candidate.secret) is not None


def masked(candidate: Candidate) -> bool:
    """Hidden by whoever wrote it: nothing but mask characters, or a mask over the most of it."""
    text = candidate.secret
    hidden = sum(len(m) for m in _MASK.findall(text) if m[0] in "*•●#…")
    return hidden * 2 > len(text) or _MASK.fullmatch(text) is not None


def uuid(candidate: Candidate) -> bool:
    """A UUID, or a part of one."""
    return _UUID.search(candidate.secret) is not None


def content_hash(candidate: Candidate) -> bool:
    """Hex digits introduced as a digest or a commit: `sha256:`, `commit`, `integrity=`."""
    if re.fullmatch(r"[0-9a-fA-F]{32,128}", candidate.secret) is None:
        return re.match(r"sha\d{1,3}-", candidate.secret) is not None
    words = candidate.before + f" {candidate.label} "
    return _HASH_WORDS.search(words) is not None


def word_like(candidate: Candidate) -> bool:
    """Made of words as people write them: too common a sequence of characters for a key."""
    return not rarity.looks_random(candidate.secret)


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


FILTERS: dict[str, Filter] = {
    "templated": templated,
    "masked": masked,
    "uuid": uuid,
    "content-hash": content_hash,
    "word-like": word_like,
    "number-part": number_part,
    "number-part-dotted": number_part_dotted,
    "epoch": epoch,
    "id-number": id_number,
    "date-like": date_like,
    "in-url-path": in_url_path,
    "number-row": number_row,
    "version-like": version_like,
}


def placeholder_credential(candidate: Candidate) -> bool:
    """A documentation value: says so itself, counts up, or repeats a few characters."""
    text = candidate.secret
    return (
        _DOUBTFUL.search(text) is not None
        or _ALONE.search(text) is not None
        or _run_of_one(text) >= 6
        or (len(text) >= 12 and len(set(text.lower())) <= 3)
    )


def placeholder_password(candidate: Candidate) -> bool:
    """As for keys, or the words that manuals use for a password."""
    usual = re.fullmatch(
        r"pass(?:word|wd)?\d{0,3}|pwd|secret|my[-_]?(?:pass|pwd|secret)\w*|your\w*|user(?:name)?|root|admin|guest|test\d*"
        r"|postgres|mysql|mongo|redis|rabbitmq|default|changeit|example|qwerty|letmein|abc123|123\d*",
        candidate.secret,
        re.IGNORECASE,
    )
    return usual is not None or placeholder_credential(candidate)


def placeholder_email(candidate: Candidate) -> bool:
    """An address at a domain that RFC 2606 section 3 keeps for documentation."""
    domain = candidate.secret.rpartition("@")[2].lower()
    return re.search(r"(?:^|\.)example\.(?:com|org|net)$", domain) is not None


def placeholder_number(candidate: Candidate) -> bool:
    """Digits that count up or repeat, or a number that card networks publish for tests."""
    digits = re.sub(r"\D", "", candidate.secret)
    return (
        digits in _TEST_CARDS
        or "123456789" in digits
        or "987654321" in digits
        or len(set(digits)) <= 2
        or digits in ("078051120", "219099999")  # printed in advertisements, then voided
    )


# Published by card networks and payment providers for test transactions.
_TEST_CARDS = frozenset(
    re.findall(
        r"\d+",
        """4111111111111111 4242424242424242 4000056655665556 4012888888881881 4222222222222
    5555555555554444 5105105105105100 2223003122003222 5200828282828210 378282246310005
    371449635398431 6011111111111117 6011000990139424 3056930009020004 36227206271667
    3566002020360505 30569309025904 38520000023237 6200000000000005""",
    )
)

PLACEHOLDERS: dict[str, Filter] = {
    "credential": placeholder_credential,
    "password": placeholder_password,
    "email": placeholder_email,
    "number": placeholder_number,
    "none": lambda _: False,
}
PLACEHOLDER_OF = {"credential": "credential", "pii": "none"}  # by category of rule


def entropy(text: str) -> float:
    """Shannon entropy of the characters, in bits per character."""
    size = len(text)
    return -sum(n / size * math.log2(n / size) for n in Counter(text).values()) if size else 0.0


def _run_of_one(text: str) -> int:
    best = run = 0
    last = ""
    for char in text:
        run = run + 1 if char == last else 1
        best, last = max(best, run), char
    return best
