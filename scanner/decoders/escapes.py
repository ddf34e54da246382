r"""Backslash escapes of programming languages in text that is no JSON as a whole.

`\u0040`, `\U00000040`, `\u{40}`, `\x40`, `\100`, `\n`: of C, Java, .NET, JavaScript, Python,
shells, and of JSON cut out of its document.
"""

from __future__ import annotations

import re

from scanner.decoders._rewriter import Rewriter, bytes_read

_TOKEN = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|\\u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]{1,6}\}|\\U[0-9a-fA-F]{8}"
    r"|(?:\\x[0-9a-fA-F]{2})+|(?:\\[0-3][0-7]{2})+"
    r"""|\\[abefnrtv0"'/\\]"""
)
_SINGLE = dict(zip("abefnrtv0", "\a\b\x1b\f\n\r\t\v\0", strict=True))

# Letters that need no escape, and a line break right before what may be a token.  `\x64\`
# is a folder of Windows programs.
_ANCHORS = (
    r"\\u00[2-7][0-9a-fA-F]",
    r"\\U000000[2-7][0-9a-fA-F]",
    r"\\u\{0{0,4}[2-7][0-9a-fA-F]\}",
    r"\\x[2-7][0-9a-fA-F](?:[^\\]|\\x)",
    r"\\(?:0[4-7]|1[0-7])[0-7]\\[01][0-7]",
    r"\\[nrt][A-Za-z0-9_\-]{15}",
)


def _plain(token: str) -> str | None:
    kind = token[1]
    if kind in "uU":
        return _coded(token)
    if kind == "x":
        return bytes_read(bytes.fromhex(token.replace("\\x", "")))
    if len(token) > 2:
        return bytes_read(bytes(int(octal, 8) for octal in token.split("\\")[1:]))
    return _SINGLE.get(kind, kind)


def _coded(token: str) -> str | None:
    codes = [int(code.strip("{}"), 16) for code in re.split(r"\\[uU]", token)[1:]]
    if len(codes) == 2:
        return chr(0x10000 + ((codes[0] & 0x3FF) << 10) + (codes[1] & 0x3FF))
    return chr(codes[0]) if codes[0] <= 0x10FFFF else None


plugin = Rewriter("escapes", _ANCHORS, _TOKEN, _plain)
