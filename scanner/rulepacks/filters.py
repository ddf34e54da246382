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
from functools import cached_property

from scanner.rulepacks import noise, rarity

Filter = Callable[["Candidate"], bool]
Filters = tuple[tuple[str, Filter], ...]  # each with its name


@dataclass(frozen=True, repr=False)
class Candidate:
    """A possible secret with its neighbourhood: up to 80 characters on each side."""

    secret: str
    before: str = ""
    after: str = ""
    label: str = ""

    @property
    def beside(self) -> tuple[str, str]:
        """What stands before it and after it."""
        return self.before, self.after

    def refused(self, filters: Filters) -> str:
        """The first of the filters that refuses it, or ""; many rules have the same filters."""
        known = self._refused.get(filters)
        if known is None:
            known = next((name for name, test in filters if test(self)), "")
            self._refused[filters] = known
        return known

    @cached_property
    def _refused(self) -> dict[Filters, str]:
        return {}

    @cached_property
    def own_key(self) -> str:
        """The key that the number has of its own, as in `{"phone": 2127365000}`; or ""."""
        found = _OWN_KEY.search(self.before) if self.number else None
        return found[1] if found else ""

    @cached_property
    def number(self) -> bool:
        """True for digits with what may stand between them."""
        return _NUMBER.fullmatch(self.secret) is not None

    @cached_property
    def token(self) -> tuple[str, int, int]:
        """What stands between two spaces, quotes or brackets around it, and where it does."""
        return noise.token_around(self.before, self.secret, self.after)


_NUMBER = re.compile(r"[0-9+(][0-9 ()+/.-]*")
# A number that has a key of its own is what that key says, whatever stands beside it.
_OWN_KEY = re.compile(
    r"""(?:^|[\s,;&?{(\[|"'])(?!(?:value|val|text|input|number|num|no|nr|content|data|msg|message)\b)"""
    r"""([A-Za-z_][\w.-]{0,38})(?:=|["']\s{0,2}:\s{0,2}|\{[^{}]{0,60}\} )["']?$""",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(
    r"\$\{[\w.:?/\[\]()'\" ,+|&-]*\}|^\$\{|^\{\{[^{}]*$|\$\([^)]*\)|\{\{[^{}]*\}\}"
    r"|\{%.*?%\}|<%.*?%>|%\(\w+\)[sdr]"
    r"|#\{[^}]*\}|\[\[.*?\]\]"
    r"|^\$[A-Za-z_]\w*$|^%\w+%$|^<[^<>]+>$|^\{[\w.]*\}['\"]?$|^@[\w.-]+@$|^%[sdvq]$"
    r"|process\.env\b|os\.environ|os\.getenv|System\.getenv|ENV\[|getenv\(|\$env:|secrets\.[A-Z_]+"
    r"|^(?:!Ref|!Sub|Fn::|ssm:|vault:|op://|sm://|ref\+[a-z]+://|@Microsoft\.KeyVault\(|arn:aws:secretsmanager|projects/[^/]+/secrets/)",
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
    r"|abcdefgh|zyxwvuts|deadbeef|foobar|not[-_ ]?(?:a[-_ ])?real"
    # In the documentation of a payment provider; in RFC 6749 and RFC 6750.
    r"|4eC39HqLyjWDarjtT1zdp7dc|TYooMQauvdEDq54NiTphI7jx|BQokikJOvBiI2HlWgH4olfQ2"
    r"|2YotnFZFEjr1zCsicMWpAA|tGzv3JOkF0XG5Qx2TlKWIA|mF_9\.B5f-4\.1JqM|gX1fBat3bV",
    re.IGNORECASE,
)
# Too short to mean anything inside random characters: they count between separators only.
_ALONE = re.compile(
    r"(?:^|[^A-Za-z0-9])(?:fake|mock|bogus|foo|bar|todo|fixme|tbd|lorem|ipsum)(?:$|[^A-Za-z0-9])"
    r"|^test(?:ing|er)?(?:[-_ ]?(?:key|token|secret|password|value))?\d{0,3}$",
    re.IGNORECASE,
)
# Passwords that manuals use.
_USUAL = re.compile(
    r"(?:proxy|user|db)?pass(?:word|wd)?\d{0,3}|pwd|secret|anonymous|my[-_]?(?:pass|pwd|secret)\w*|your\w*"
    r"|(?:(?:my|your|super|very|top|strong|secret|pass(?:word|wd)?|pwd)[-_ .]?){2,}\d{0,3}!?"
    r"|user(?:name)?|root|admin|guest|test\d*|postgres|mysql|mongo|redis|rabbitmq|default"
    r"|changeit|example|qwerty|letmein|abc123|123\d*",
    re.IGNORECASE,
)
_MASK = re.compile(r"[*•●#.…_-]{3,}")


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
        return re.match(r"(?:sha\d{1,3}|md5|h1)[-=:]", candidate.secret) is not None
    words = candidate.before + f" {candidate.label} "
    return _HASH_WORDS.search(words) is not None


def word_like(candidate: Candidate) -> bool:
    """Made of words as people write them: too common a sequence of characters for a key."""
    return not rarity.looks_random(candidate.secret)


_PEOPLE = re.compile(
    r"\b(?:people|persons?|patients|those|anyone|(?:wo)?men|children|adults|users|individuals|many"
    r"|menschen|patienten|personen|betroffene|personnes|personas|pacientes|persone|pazienti|pessoas"
    r"|mensen|patiënten|osoby|osób|pacjenci|personer|patienter)\W(?:[\w-]+\W){0,4}$",
    re.IGNORECASE,
)


def of_people(candidate: Candidate) -> bool:
    """Said of people in general, as news and manuals speak of patients."""
    return _PEOPLE.search(candidate.before[-64:]) is not None


def ends_in_year(candidate: Candidate) -> bool:
    """Ends in a year of our time, as credits of pictures and titles do."""
    return re.search(r"[^,] (?:199\d|20[0-3]\d)$", candidate.secret) is not None


_TIMES = re.compile(
    r"\d+ (?:Hours?|Minutes?|Seconds?|Days?|Weeks?|Months?|Years?|Percent|Best|Things|Tips|Ways)\b"
)


def counts_time(candidate: Candidate) -> bool:
    """So many hours or days, as a title counts them: `24 Hour Drive`."""
    return _TIMES.match(candidate.secret) is not None


FILTERS: dict[str, Filter] = {
    "templated": templated,
    "masked": masked,
    "uuid": uuid,
    "content-hash": content_hash,
    "word-like": word_like,
    "of-people": of_people,
    "ends-in-year": ends_in_year,
    "counts-time": counts_time,
    **noise.KINDS,
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
    usual = _USUAL.fullmatch(candidate.secret)
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
