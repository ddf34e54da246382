"""XML as a stream of events: no entities, nothing from outside, bounded depth.

A document type that defines entities is refused: they are how a small file grows without end,
and how one file reads another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.parsers import expat

from scanner.errors import UnreadableError

_DEEPEST = 1000  # elements in each other
START, END, TEXT, COMMENT, INSTRUCTION = "start", "end", "text", "comment", "instruction"


@dataclass(frozen=True, slots=True)
class Event:
    """`name` is an element's name without its prefix; `text` is what a text or comment says."""

    kind: str
    name: str = ""
    text: str = ""
    attributes: tuple[tuple[str, str], ...] = ()


class _Refused(Exception):
    """The document defines entities."""


class _Handlers:
    def __init__(self) -> None:
        self.events = list[Event]()
        self._depth = 0
        self.parser = parser = expat.ParserCreate()
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = lambda text: self.events.append(Event(TEXT, "", text))
        parser.CommentHandler = lambda text: self.events.append(Event(COMMENT, "", text))
        parser.ProcessingInstructionHandler = self._instruction
        parser.EntityDeclHandler = self._refuse

    def _start(self, name: str, attributes: list[str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Refused
        pairs = tuple(zip(attributes[::2], attributes[1::2], strict=True))
        self.events.append(Event(START, local(name), "", pairs))

    def _end(self, name: str) -> None:
        self._depth -= 1
        self.events.append(Event(END, local(name)))

    def _instruction(self, target: str, data: str) -> None:
        self.events.append(Event(INSTRUCTION, target, data))

    def _refuse(self, *_: object) -> None:
        raise _Refused


def events(content: Iterable[bytes]) -> Iterator[Event]:
    """What a document says, in its order.  Raises UnreadableError where it is not well-formed."""
    handlers = _Handlers()
    for block in content:
        for start in range(0, len(block), 1 << 16):
            yield from _fed(handlers, block[start : start + (1 << 16)], final=False)
    yield from _fed(handlers, b"", final=True)


def _fed(handlers: _Handlers, data: bytes, final: bool) -> Iterator[Event]:
    wrong = ""
    try:
        handlers.parser.Parse(data, final)
    except _Refused:
        wrong = "source.unsupported"
    except (expat.ExpatError, ValueError, LookupError):  # or an encoding that does not exist
        wrong = "source.corrupt"
    found, handlers.events = handlers.events, []
    yield from found
    if wrong:
        raise _error(wrong)


def _error(code: str) -> UnreadableError:
    if code == "source.unsupported":
        what = "the XML defines entities, or is nested too deeply, and was not read"
        return UnreadableError(what, "", "write the document again without a document type", code)
    hint = "write the document again; what came before was scanned"
    return UnreadableError("the XML is damaged or cut off", "", hint, code)


def local(name: str) -> str:
    """The name without its prefix."""
    return name.rpartition(":")[2]
