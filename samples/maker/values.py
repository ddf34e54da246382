"""The planted values: of valid shape, built here piece by piece, and plainly nobody's.

Each one is made of the words LEAKGATEDEMO or HOLLOWBROOK and filler.  No account, key,
person, card or telephone line stands behind any of them.
"""

# ruff: noqa: S311 - repeatable filler is the point, nothing here is secret

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import zlib
from collections.abc import Iterator
from random import Random

from maker.text import Value

ALNUM = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Words that scanners take for placeholders; none may stand in a planted value by chance.
TAME = ("example", "sample", "dummy", "test", "placeholder", "changeme", "xxxx", "12345", "abcdef")


def catalogue() -> dict[str, Value]:
    """Every planted value by its id."""
    values = [*_provider_tokens(), *_assembled(), *_passwords(), *_people(), *_terms(), *_markers()]
    for value in values:
        low = value.raw.lower().replace("hollowbrook.example", "").replace(".example", "")
        if any(word in low for word in TAME):
            raise ValueError(f"{value.id} looks like a placeholder")
    return {value.id: value for value in values}


def filler(seed: str, size: int, alphabet: str = ALNUM) -> str:
    """Characters that look random and are always the same."""
    random = Random(f"filler/{seed}")
    return "".join(random.choice(alphabet) for _ in range(size))


def base62(number: int, width: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = ALNUM[rest] + digits
    return digits.rjust(width, "0")


def with_crc32(prefix: str, body: str) -> str:
    """A token as GitHub and npm make them: six digits of checksum after thirty of body."""
    return prefix + body + base62(zlib.crc32(body.encode()), 6)


def luhn(digits: str) -> str:
    """The digits with their check digit."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        n = int(digit) * (2 if place % 2 == 0 else 1)
        total += n - 9 if n > 9 else n
    return digits + str(-total % 10)


def iban(country: str, account: str) -> str:
    """The account with its ISO 13616 check digits."""
    digits = "".join(str(int(c, 36)) for c in f"{account}{country}00")
    return f"{country}{98 - int(digits) % 97:02d}{account}"


def _token(name: str, kind: str, raw: str) -> Value:
    return Value(f"cred.{name}", kind, kind, "credential", raw)


def _provider_tokens() -> Iterator[Value]:
    demo, brook = "LeakgateDemo", "Hollowbrook"
    for name in ("build", "docs", "deploy"):
        body = "HollowbrookDemo" + filler(f"github.{name}", 15)
        yield _token(f"github.{name}", "github-token", with_crc32("gh" + "p_", body))
    yield _token("npm", "npm-token", with_crc32("np" + "m_", brook + filler("npm", 19)))
    yield _token("aws.id", "aws-access-key-id", "AK" + "IA" + "HOLLOWBROOKDEMO7")
    yield _token("aws.id2", "aws-access-key-id", "AK" + "IA" + "LEAKGATEDEMO2QX5")
    yield _token("aws.secret", "aws-secret-key", demo + "/" + filler("aws", 27, ALNUM + "/+"))
    yield _token("aws.secret2", "aws-secret-key", brook + "+" + filler("aws2", 28, ALNUM + "/+"))
    yield _token("stripe", "stripe-key", "sk" + "_live_" + "LEAKGATEDEMO" + filler("stripe", 12))
    slack = f"{filler('slack.a', 12, '2468')}-{filler('slack.b', 12, '3579')}-"
    yield _token("slack", "slack-token", "xo" + "xb-" + slack + demo + filler("slack.c", 12))
    claude = "sk-" + "ant-api03-" + demo + "-" + brook + "-" + filler("anthropic", 68) + "AA"
    yield _token("anthropic", "anthropic-key", claude)
    halves = demo + filler("openai.a", 62), brook + filler("openai.b", 63)
    yield _token("openai", "openai-key", "sk-" + "proj-" + ("T3Blbk" + "FJ").join(halves))
    yield _token("gitlab", "gitlab-token", "gl" + "pat-" + demo + filler("gitlab", 8))
    yield _token("google", "google-api-key", "AI" + "za" + brook + filler("google", 24))
    letters = filler("hf", 22, ALNUM[10:])
    yield _token("huggingface", "huggingface-token", "h" + "f_" + demo + letters)
    parts = demo + filler("sg.a", 10), brook + filler("sg.b", 32)
    yield _token("sendgrid", "sendgrid-key", "S" + "G." + ".".join(parts))


def _assembled() -> Iterator[Value]:
    yield _token("jwt", "jwt", _jwt())
    plea = (
        "This is not a key. It is plain English that a sample of the leakgate project wraps "
        "in the armour of one, so that a scanner may show that it sees the armour. Nobody at "
        "Hollowbrook, which does not exist, could ever have signed anything with it. Please "
        "move along, and have a pleasant day."
    )
    lines = _wrapped(base64.b64encode(plea.encode()).decode())
    armour = "RSA PRIVATE" + " KEY-----"
    pem = f"-----BEGIN {armour}\n{lines}\n-----END {armour}"
    yield _token("pem", "private-key", pem)
    yield _token("pem.flat", "private-key", pem.replace("\n", "\\n"))  # as .env files hold it
    account = base64.b64encode(filler("azure", 52).encode() + b"LEAKGATEDEMO").decode()
    yield _token("azure", "azure-storage-key", account)
    yield _token("bearer", "bearer-token", "LEAKGATEDEMO." + filler("bearer", 34))
    yield _token("session", "session-token", "hbdemo-" + filler("session", 36))
    hook = f"T0HOLLOWB/B0LKGDEMO7/{filler('hook', 24)}"
    yield _token("webhook", "slack-webhook", "https://hooks." + "slack.com/services/" + hook)


def _jwt() -> str:
    claims = {"iss": "hollowbrook-demo", "sub": "deskmate", "note": "opens nothing"}
    parts = [_part({"alg": "HS256", "typ": "JWT"}), _part({**claims, "iat": 1790000000})]
    signed = hmac.new(b"leakgate demo", ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, base64.urlsafe_b64encode(signed).decode().rstrip("=")])


def _part(data: dict[str, object]) -> str:
    raw = json.dumps(data, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _wrapped(text: str) -> str:
    return "\n".join(text[i : i + 64] for i in range(0, len(text), 64))


def _passwords() -> Iterator[Value]:
    yield _token("postgres", "database-password", "Hollow-" + filler("postgres", 14))
    yield _token("mysql", "database-password", "LgDemo" + filler("mysql", 12))
    yield _token("basic", "url-password", "Brook" + filler("basic", 13))
    for name in ("form", "typed", "wiki", "vpn", "wifi", "nested"):
        raw = "HbDemo" + filler(f"password.{name}", 5) + "!" + filler(f"password.{name}2", 5)
        yield _token(f"password.{name}", "password", raw)


STAFF = {
    "mara": "mara.quill", "idris": "idris.holloway", "tamsin": "tamsin.oake",
    "cormac": "cormac.teague", "wren": "wren.ashdown", "odette": "odette.farrow",
    "nils": "nils.abery", "priya": "priya.venn",
}  # fmt: skip


def _people() -> Iterator[Value]:
    for short, name in STAFF.items():
        yield _personal(f"email.{short}", "email", f"{name}@hollowbrook.example")
    yield _personal("email.internal", "email", "joss.calder@mail.hollowbrook.internal")
    yield _personal("email.partner", "email", "elke.sandoval@brightmoor-dental.example")
    yield _personal("email.partner2", "email", "dario.penhallow@orrery-mutual.example")
    for i, line in enumerate(("0123", "0147", "0186", "0119"), 1):
        yield _personal(f"phone.us{i}", "phone", f"+1 202 555 {line}")
    for i, line in enumerate(("0218", "0365", "0871"), 1):
        yield _personal(f"phone.uk{i}", "phone", f"+44 20 7946 {line}")
    cards = {"visa": "499987071305264", "master": "559981640372518", "till": "499971620483915"}
    for name, digits in cards.items():
        yield _personal(f"card.{name}", "payment-card", luhn(digits))
    spaced = luhn("499962085137409")
    blocks = " ".join(spaced[i : i + 4] for i in range(0, 16, 4))
    yield _personal("card.spaced", "payment-card", blocks)
    yield _personal("iban.gb", "iban", iban("GB", "HLBK60161331926819"))
    yield _personal("iban.de", "iban", iban("DE", "000417730532013085"))
    # Printed in a leaflet of the Social Security Administration in 1940 and void ever since.
    yield Value("ssn.leaflet", "us-ssn", "us-ssn", "pii", "219-09-" + "9999", weak=True)


def _personal(name: str, kind: str, raw: str) -> Value:
    return Value(name, kind, kind, "pii", raw)


TERM_FORMS = {
    "halcyon": ("Project Halcyon", "project-halcyon", "halcyon_launch", "ProjectHalcyon"),
    "larkspur": ("Larkspur 2", "larkspur-2", "Larkspur2"),
    "nightheron": ("NIGHTHERON", "night-heron", "NightHeron"),
    "orrery": ("Orrery Mutual migration", "orrery_mutual_migration"),
}


def _terms() -> Iterator[Value]:
    for term, forms in TERM_FORMS.items():
        for i, raw in enumerate(forms):
            yield Value(f"term.{term}{i or ''}", f"term.{term}", term, "term", raw)


def _markers() -> Iterator[Value]:
    markers = {
        "pragma": "pragma: allowlist secret",
        "kingfisher": "kingfisher:ignore",
        "noqa": "noqa",
        "leakgate": "<!-- leakgate:ignore -->",
    }
    for name, raw in markers.items():
        yield Value(f"marker.{name}", "in-band-marker", name, "integrity", raw)
