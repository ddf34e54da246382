"""The version of an installed package, read without parsing the rest of what it says of itself."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution

_VERSION = re.compile(r"^Version:\s*(\S+)", re.MULTILINE)


@cache
def version(package: str) -> str:
    """The version; "" for a package that is not there."""
    try:
        said = distribution(package).read_text("METADATA")
    except PackageNotFoundError:
        return ""
    found = _VERSION.search(said or "")
    return found[1] if found else ""
