"""JSON pointers (RFC 6901) with two additions, see `scanner.model.Location`.

A key is shown by the name that `Named` gives it: itself, or `~h<hash>` when it is sensitive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

Named = Callable[[str], str]

KEY = "~k"  # as the last segment of a decoding step: the key itself, not its value


def segment(key: str | int, repeat: int = 0) -> str:
    """One escaped segment; `repeat` > 0 for the second and later equal keys of one object."""
    text = str(key).replace("~", "~0").replace("/", "~1")
    return f"{text}~d{repeat}" if repeat else text


def join(segments: Iterable[str]) -> str:
    """A pointer from escaped segments; no segments is the whole document, ``""``."""
    return "".join(f"/{s}" for s in segments)


def split(pointer: str) -> list[str]:
    """The escaped segments of a pointer."""
    return pointer.split("/")[1:] if pointer else []


def key_of(seg: str) -> tuple[str, int]:
    """The raw key and repeat count of an escaped segment."""
    text, _, repeat = seg.partition("~d")
    return text.replace("~1", "/").replace("~0", "~"), int(repeat or 0)


def shown(key: str, repeat: int, named: Named) -> str:
    """The segment by which a raw key is shown."""
    name = named(key)
    if name == key:
        return segment(key, repeat)
    return f"{name}~d{repeat}" if repeat else name


def rename(pointer: str, named: Named) -> str:
    """The pointer as it may be shown: every key replaced by its name."""
    return join(s if s == KEY else shown(*key_of(s), named) for s in split(pointer))


def path(name: str, named: Named) -> str:
    """The path of an archive's member as it may be shown; `!/` stands between archives."""
    return "/".join(_part(part, named) if part else part for part in name.split("/"))


def _part(part: str, named: Named) -> str:
    inner = part.removesuffix("!")
    return (named(inner) if inner else "") + part[len(inner) :]


def same(name: str) -> str:
    """The `Named` that hides nothing."""
    return name
