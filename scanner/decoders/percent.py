"""Percent-encoding (RFC 3986), of URLs, form bodies and cookies; also `%uXXXX`."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from scanner.decoders._rewriter import Rewriter, bytes_read

_TOKEN = re.compile(r"%u[0-9a-fA-F]{4}|(?:%[0-9a-fA-F]{2})+")

# What decoding brings to light: names and values, addresses, quoted and split lines, and
# letters that need no encoding.  Not %20, %2F and the colon of a scheme: they hide nothing.
_ANCHORS = (
    r"%(?:3[dD]|40|22|27|7[bB]|3[bB]|0[aAdD]|25[2-7][0-9a-fA-F])",
    r"%3[aA](?:[^%]|%2[^fF]|%[^2])",
    r"%(?:3[0-9]|[46][1-9a-fA-F]|7[0-9aA]|5[0-9aAfF])",
    r"%u00[2-7][0-9a-fA-F]",
)


def _plain(token: str) -> str:
    if token[1] == "u":
        return chr(int(token[2:], 16))
    return bytes_read(unquote_to_bytes(token))


plugin = Rewriter("percent", _ANCHORS, _TOKEN, _plain)
