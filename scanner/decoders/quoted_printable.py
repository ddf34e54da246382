"""Quoted-printable (RFC 2045) of e-mail bodies: `=3D`, and soft breaks within lines."""

from __future__ import annotations

import re

from scanner.decoders._rewriter import Rewriter, bytes_read

# Base64 ends its lines in the same way, before an armour's last line above all.
_TOKEN = re.compile(r"(?:=[0-9A-F]{2})+|(?<!=)=[ \t]*\r?\n(?!-----END )")

_ANCHORS = (
    r"=(?:3D|(?:40|2E|2D|5F)[A-Za-z])",
    r"[!-<>-~ ]=\r?\n[ !-<>-~]",
)


def _plain(token: str) -> str:
    if token[-1] == "\n":
        return ""
    return bytes_read(bytes.fromhex(token.replace("=", "")))


plugin = Rewriter("quoted_printable", _ANCHORS, _TOKEN, _plain)
