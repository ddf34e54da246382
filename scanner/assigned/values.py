"""Judges the value that stands under a secret-like name: a secret, or code, text and types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.assigned import providers
from scanner.assigned.names import NameClass
from scanner.model import Confidence
from scanner.rulepacks import rarity
from scanner.rulepacks.context import words_of
from scanner.rulepacks.filters import (
    Candidate,
    content_hash,
    entropy,
    masked,
    placeholder_credential,
    placeholder_password,
    templated,
    uuid,
)

_LONGEST = 2048

_WORDS = frozenset(
    """true false null none nil undefined nan required optional string str text hidden int integer
    bytes byte bool boolean object array varchar char enabled disabled redacted removed hashed
    encrypted plaintext unset empty default private public value input submit password passwd pwd
    secret token key auth credential credentials basic bearer digest oauth oauth2 apikey api
    number float double void any unknown never self this const let var new function return
    username user login email name yes no on off ok invalid incorrect wrong expired missing
    forgot reset change changed confirm current old your my the enter type field label
    placeholder type please here is are must be at least characters show hide access refresh id
    client server db database admin root test testing prompt ask env file vault keychain external
    provided given set not available n a optional sensitive confidential masked hash salt
    string64 securestring generated automatic manual""".split()  # noqa: SIM905 - read as words
)
_CODE = re.compile(
    r"~?[A-Za-z_$][\w$]*(?:\.[A-Za-z_$]\w*)+(?:[(\[].*)?|[A-Za-z_$@&*][\w$.:>-]*[(\[{].*|!?[$@&%]\w+"
    r"|this\.#?\w.*|#?[A-Za-z_$][\w$]*\(.*|[A-Za-z_$]\w*(?:->|::)[\w{].*|[$@&%]\w+\W.{0,3}|[(\[{].*|\W+|.*(?:=>|&&|\|\||\$\{|\?\.).*",
    re.DOTALL,
)
_PLACE = re.compile(r"(?:/|\.{1,2}/|~/|[A-Za-z]:\\|[a-z]{2,10}://)")
_BADGE = re.compile(r"badge(?:\.svg)?\?(?:[\w=&]*&)?token=$")  # of a public picture
_ARN = re.compile(r"arn:[a-z-]{3,12}:[^\s\"']*$")
_BASE64 = re.compile(r"/[A-Za-z0-9+/]{22,}={0,2}")
# What stands beside a name without being its value: an argument, a file.
_BESIDE = re.compile(
    r"[A-Za-z_.-][\w.-]*=[^=].*|(?:[\w.-]+/)*[\w-]*\.[A-Za-z]{1,5}|[\w.-]+(?:/[\w.-]+)+"
)
_NAMES_ONE = re.compile(
    r"(?i:[a-z_][\w.]*?(?:secret|passw|token|key|credential)\w*)"
    r"|(?:Secret|Password|Token|Key|Credential)s?(?:[A-Z][a-z]+)+"
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?|\d{1,2}[:/.]\d{1,2}[:/.]\d{1,4}")
_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]{1,16}(?:[uUlL]{1,3})?")  # of a C header
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){3,}")  # of a class: `a.b.hashers.Hasher`
_WORD = re.compile(r"[^\W\d_][^\W\d_A-Z]{0,15}|[^\x00-\x7f]+")
_BARE = re.compile(r"[A-Za-z_-]+")
_OUTCOME = re.compile(r"(?:^|[\s\[(])(?:X?PASS|PASSED):\s*$")  # of a test, not a password
_PATTERN = re.compile(r"\[[^\]]{2,}\][{+*?]|\\[dwsx][^\\]*[+*{\]]|\(\?[:=!<P]")
_GROUPS = re.compile(r"(?=.*[A-Z])[A-Z0-9]{4,8}(?:-[A-Z0-9]{4,8}){3,7}")
_JWT = re.compile(r"eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*")
_HEX = re.compile(r"(?:[0-9a-f]{16}){2,8}|[0-9a-f]{40}|[0-9A-F]{32}|[0-9A-F]{64}")
_GRANTS = re.compile(r"(?i)(?:auth|access|refresh|api|bearer)[ _.-]?token$")
_SHELL_NAME = re.compile(r"[A-Z][A-Z0-9_]+")


@dataclass(frozen=True, slots=True)
class Found:
    """What a text says about its value: how sure its syntax is that this is a literal."""

    candidate: Candidate
    name: str
    quoted: bool  # in quotes, or a whole field of a record
    whole: bool = False  # a whole field: nobody writes code or prose there
    prose: bool = False  # a sentence, where quotes and backticks hold code as well
    loose: bool = False  # it stands beside the name, and need not be its value


@dataclass(frozen=True, slots=True)
class Verdict:
    """The filter that refuses the value, or how sure we are and why."""

    refused: str = ""
    confidence: Confidence = Confidence.LOW
    evidence: tuple[str, ...] = ()


def judge(found: Found, name: NameClass) -> Verdict:
    """The verdict on one value under a name of this class."""
    refused = _not_a_literal(found)
    if not refused and name.weak and not _mixed(found.candidate.secret):
        refused = "weak-name"
    if refused:
        return Verdict(refused)
    common = name.weak and not name.known
    if found.loose and (
        (common and not (name.other and _opaque(found)))
        or _BESIDE.fullmatch(found.candidate.secret)
    ):
        return Verdict("beside-a-name")
    if name.kind != "password":
        return _key(found, name)
    if found.loose and not _speaks_for_itself(found):
        return Verdict("beside-a-name")
    return _password(found)


def _speaks_for_itself(found: Found) -> bool:
    """Three kinds of characters, or a rare sequence: no word stands there by chance."""
    text = found.candidate.secret
    kinds = (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum() and c not in "_-. ")
    mixed = sum(any(kind(c) for c in text) for kind in kinds) >= 3
    bare = not found.quoted and text.isalnum()  # may be the name of something
    return (mixed and not bare) or (
        len(text) >= 10 and any(c.isdigit() for c in text) and _rare(text)
    )


def _not_a_literal(found: Found) -> str:
    """The filter by which a value is no literal at all; "" when it may be one."""
    text = found.candidate.secret
    tests = (
        ("binary", not text.isprintable() or "\ufffd" in text),
        ("templated", templated(found.candidate)),
        ("masked", masked(found.candidate)),
        ("names-a-secret", _only_words(text)),
        ("path", _PLACE.match(text) is not None and not _base64(text)),
        ("reference", _ARN.search(found.candidate.before) is not None),
        ("user-id", found.candidate.before.endswith("auth0|")),
        ("badge", _BADGE.search(found.candidate.before) is not None),
        ("test-outcome", not found.quoted and _OUTCOME.search(found.candidate.before) is not None),
        ("pattern", _PATTERN.search(text) is not None),
        (
            "identifier",
            len(text) < 40
            and _NAMES_ONE.fullmatch(text) is not None
            and not any(map(str.isdigit, text[-12:])),
        ),
        ("date", _DATE.fullmatch(text) is not None),
        ("number", _NUMBER.fullmatch(text) is not None),
        ("dotted-name", _DOTTED.fullmatch(text) is not None and not _rare(text)),
        (
            "code",
            (not found.quoted or found.prose)
            and _CODE.fullmatch(text) is not None
            and _JWT.fullmatch(text) is None,
        ),
        ("long", len(text) > _LONGEST),
    )
    return next((name for name, true in tests if true), "")


def _base64(text: str) -> bool:
    """Random base-64, which may begin with a slash as paths do."""
    return _BASE64.fullmatch(text) is not None and text.strip("/=").count("/") < 3 and _rare(text)


def _only_words(text: str) -> bool:
    words = words_of(text)
    return all(w in _WORDS or w.rstrip("0123456789") in _WORDS for w in words)


def _password(found: Found) -> Verdict:
    text = found.candidate.secret
    refused, doubtful = _no_password(found), placeholder_password(found.candidate)
    if refused and not (doubtful and refused in ("bare-word", "repeats")):
        return Verdict(refused)
    if doubtful:
        return Verdict("", Confidence.LOW, ("password name", "placeholder"))
    if _WORD.fullmatch(text):  # as a label says in a user interface: "Password", "Passwort"
        return Verdict("", Confidence.LOW, ("password name", "a word"))
    literal = found.quoted or _mixed(text) or (len(text) >= 10 and _rare(text))
    sure = Confidence.MEDIUM if literal else Confidence.LOW
    return Verdict("", sure, ("password name",))


def _no_password(found: Found) -> str:
    text = found.candidate.secret
    if len(text) < 6:
        return "short"
    if len(set(text)) < 3:
        return "repeats"
    if " " in text and not _passphrase(found):
        return "text"
    shell = _SHELL_NAME.fullmatch(found.name) is not None
    if not found.quoted and not shell and _BARE.fullmatch(text) and not _made_up(text):
        return "bare-word"
    return ""


def _made_up(text: str) -> bool:
    """Letters in no order that a word or the name of something has: `rhZNlwsekkqH`."""
    changes = len(re.findall(r"[a-z][A-Z]|[A-Z]{2}[a-z]", text))
    return len(text) >= 10 and text.isalpha() and changes >= 2 and _rare(text)


def _passphrase(found: Found) -> bool:
    """Several words are a secret in a field of their own only, not a sentence of a form."""
    text = found.candidate.secret
    words = text.split(" ")
    if not found.whole or text != text.strip() or text.endswith((".", "?", ":")):
        return False
    if any(_mixed(word) for word in words):
        return True
    return "phrase" in found.name.lower() and len(words) >= 4 and text == text.lower()


def _key(found: Found, name: NameClass) -> Verdict:
    candidate = found.candidate
    if uuid(candidate):
        return _uuid_key(found, name, name.known or providers.near(candidate.before))
    doubtful = placeholder_credential(candidate)
    refused = next(_no_key(found, name, doubtful), "")
    if refused:
        return Verdict(refused)
    if doubtful:
        return Verdict("", Confidence.LOW, ("key name", "placeholder"))
    return Verdict("", Confidence.MEDIUM, ("key name", "rare sequence"))


def _no_key(found: Found, name: NameClass, doubtful: bool) -> Iterator[str]:
    """Every filter that refuses a key; what costs most is asked last."""
    text = found.candidate.secret
    if not text.isascii() or " " in text or not text.isprintable():
        yield "text"
    if len(text) < (8 if doubtful else 10):
        yield "short"
    known = name.known or providers.near(found.candidate.before)
    tests = (
        ("short", not doubtful and len(text) < 12 and not known),
        ("number", text.replace(".", "").isdigit() and not (known and len(text) >= 15)),
        ("content-hash", content_hash(found.candidate)),
        ("word-like", not doubtful and not _rare(text) and not text.isdigit()),
        ("beside-a-name", found.loose and not _token_like(text, known)),
        ("key-of-something", name.other and not known and not _opaque(found)),
    )
    yield from (name for name, true in tests if true)


def _opaque(found: Found) -> bool:
    """A long value of letters in both cases and digits, or hexadecimal as long as keys are."""
    text = found.candidate.secret
    if _SHELL_NAME.fullmatch(found.name) and len(text) >= 32:
        return True
    if _HEX.fullmatch(text) and not text.isdigit() and not found.loose:
        return True
    tests = (str.isdigit, str.isupper, str.islower)
    return len(text) >= 20 and all(any(test(c) for c in text) for test in tests)


def _uuid_key(found: Found, name: NameClass, known: bool) -> Verdict:
    """Some providers' keys are UUIDs; most UUIDs are none."""
    sure = Verdict("", Confidence.MEDIUM, ("key name", "uuid"))
    if len(found.candidate.secret) > 40 and name.kind != "id":
        return sure if _rare(found.candidate.secret) else Verdict("uuid")
    if known or (not found.loose and (name.kind == "secret" or _GRANTS.search(found.name))):
        return sure if not placeholder_credential(found.candidate) else Verdict("uuid")
    return Verdict("uuid")


def _token_like(text: str, known: bool) -> bool:
    """Long and mixed, or at least long where a provider is named."""
    digits = any(c.isdigit() for c in text)
    both = any(c.islower() for c in text) and any(c.isupper() for c in text)
    if "/" in text[:1] or not (digits or both):
        return False
    if known:
        return len(text) >= 14
    return len(text) >= (20 if both and digits else 30)


def _rare(text: str) -> bool:
    return entropy(text) >= 2.6 and (rarity.looks_random(text) or _grouped(text))


def _grouped(text: str) -> bool:
    """A licence: groups of capital letters and digits, as printed on boxes."""
    return _GROUPS.fullmatch(text) is not None and sum(map(str.isdigit, text)) >= 3


def _mixed(text: str) -> bool:
    """Letters together with digits or signs, as passwords have and words have not."""
    letters = any(c.isalpha() for c in text)
    inner = any(not c.isalpha() and c not in "_-/' .,:;" for c in text[:-1] + "a")
    return letters and (inner or (len(text) >= 10 and text[-1:].isdigit() and _rare(text)))
