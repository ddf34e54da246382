"""Fields that hide what is typed into them, by what a recorder says about them."""

from __future__ import annotations

import re
from typing import Any

_NAME = re.compile(
    r"(?:^|[^a-z])(?:pass(?:word|wd|phrase|code)?|pwd|pswd|passwort|kennwort|contrase|mot de passe"
    r"|senha|secret|pin|otp|totp|cvv|cvc|security code|2fa|mfa code|one.time code)(?![a-z])"
    r"|password|passwd|passphrase|passcode|securetextfield|secure text|secureinput",
    re.IGNORECASE,
)
_TYPE = re.compile(r"password|secure|protected|masked", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.]")
MASK = "*•●∙⬤·xX█ \ufffc"  # what recorders write in place of characters


def is_secure_name(name: str) -> bool:
    """True for the accessible name, label or id of a field for secrets."""
    return bool(name) and _NAME.search(_CAMEL.sub(" ", name[:300])) is not None


def is_secure_type(value: Any) -> bool:
    """True for the type or role of a field that hides its characters."""
    return isinstance(value, str) and _TYPE.search(value[:100]) is not None


def is_mask(text: str) -> bool:
    """True for a text of which only the length is left."""
    return not text.strip(MASK)
