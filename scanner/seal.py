"""The only room that turns a raw value into what may leave: fingerprint and preview.

A fingerprint is HMAC-SHA256 (RFC 2104) under the deployment key over the value's family
and its normalised form: the same secret in two places has one fingerprint, and without
the key it cannot be guessed back, not even for short values such as phone numbers.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from scanner.about import person_key
from scanner.detectors import Match
from scanner.model import About, Finding, Location

_BULLETS = "•" * 8
_NOTHING = About()


class Sealer:
    """Seals matches under one deployment key.  Its repr shows nothing of the key."""

    def __init__(self, key: bytes, observed_at: datetime) -> None:
        self._key, self._observed_at = key, observed_at

    def __repr__(self) -> str:
        return "<Sealer>"

    def seal(
        self, match: Match, location: Location, offset: int = 0, about: About = _NOTHING
    ) -> Finding:
        """The finding of one match at one place; `location` must already be safe to show.

        `offset` is where the text of the match begins in the value at that place.  Where the
        record names nobody, an e-mail address is that of a person.
        """
        fingerprint = self.digest("value", match.family, match.normal)
        spot = replace(location, start=offset + match.start, end=offset + match.end)
        return Finding(
            id=self.id_of(fingerprint, match.rule.id, spot),
            rule_id=match.rule.id,
            category=match.rule.category,
            severity=match.severity,
            confidence=match.confidence,
            location=spot,
            fingerprint=fingerprint,
            preview=preview(match.secret, match.reveal),
            observed_at=self._observed_at,
            evidence=match.evidence,
            subject=about.user or self._subject(match),
            about=about,
        )

    def _subject(self, match: Match) -> str:
        key = person_key(match.normal) if "email" in match.family else None
        return self.person(*key) if key else ""

    def person(self, kind: str, key: str) -> str:
        """The pseudonym of a person by what identifies them (`scanner.about.person_key`)."""
        return f"~p{self.digest('person', kind, key)[:16]}"

    def pseudonym(self, mark: str, text: str) -> str:
        """The pseudonym of a session (`s`) or window (`w`); "" of nothing."""
        return f"~{mark}{self.digest(f'about {mark}', text)[:16]}" if text else ""

    def id_of(self, fingerprint: str, rule_id: str, spot: Location) -> str:
        """The id of the finding of one value by one rule at one place."""
        return self.digest("finding", fingerprint, rule_id, *_parts(spot))[:16]

    def digest(self, *parts: str) -> str:
        """Keyed digest of some texts, as 64 hex digits."""
        message = b"\0".join(p.encode("utf-8", "surrogatepass") for p in parts)
        return hmac.digest(self._key, message, "sha256").hex()

    def name_of(self, key: str) -> str:
        """The name under which a sensitive key or file name is shown."""
        return f"~h{self.digest('name', key)[:16]}"


def preview(secret: str, reveal: int) -> str:
    """A mask that keeps a public prefix (at most a third of the value) and a rough length.

    >>> preview("ghp_0123456789abcdefghij0123456789abcdef", 4)
    'ghp_•••••••• (32 to 63 characters)'
    """
    head = secret[: min(reveal, len(secret) // 3)]
    return f"{head}{_BULLETS} ({_size(len(secret))})"


def _size(length: int) -> str:
    # A range: the exact length of a password is a part of the password.
    low = 1
    while low * 2 <= length:
        low *= 2
    return f"{low} to {low * 2 - 1} characters" if length >= 8 else "under 8 characters"


def _parts(spot: Location) -> Iterable[str]:
    yield from (spot.uri, spot.member, str(spot.record), spot.field, spot.part)
    yield from spot.layers
    yield from (str(spot.start), str(spot.end))
