"""The texts of a pickle, read from its opcodes: nothing is imported, made or called.

A text is called by the key before it where the opcodes say that it is a value of a dictionary.
"""

from __future__ import annotations

import io
import pickletools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from scanner.batch import Place, UnitLog
from scanner.errors import UnreadableError
from scanner.files.json_names import identifies
from scanner.files.streams import BLOCK
from scanner.model import Part
from scanner.sources._runs import runs
from scanner.sources._seen import HEAD, source_of
from scanner.sources._texts import Found

_DANGEROUS = frozenset(
    {"os", "posix", "nt", "subprocess", "builtins", "__builtin__", "sys", "runpy", "socket", "pty",
     "shutil", "importlib", "code", "webbrowser", "ctypes", "commands", "operator"}
)  # fmt: skip
_HARMLESS = frozenset(
    {"set", "frozenset", "object", "complex", "range", "slice", "bytearray", "list", "dict", "int",
     "str", "tuple", "float", "bytes", "bool", "attrgetter", "itemgetter"}
)  # fmt: skip
_GLOBALS = frozenset({"GLOBAL", "INST"})
_MEMOS = frozenset({"PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE", "FRAME", "PROTO"})
_MARK = "mark"


@dataclass(slots=True)
class _Stack:
    """How many objects lie behind each mark; in a dictionary keys and values take turns."""

    levels: list[tuple[bool, int]] = field(default_factory=lambda: [(False, 0)])
    last: str = ""  # the opcode before, memos aside

    @property
    def is_value(self) -> bool:
        mapping, count = self.levels[-1]
        return mapping and count % 2 == 1

    def take(self, opcode: Any) -> None:
        before = [kind.name for kind in opcode.stack_before]
        mapping, count = self.levels[-1]
        if opcode.name == "MARK":
            self.levels.append((self.last == "EMPTY_DICT", 0))
        elif _MARK in before:
            if len(self.levels) > 1:
                self.levels.pop()
            mapping, count = self.levels[-1]
            self.levels[-1] = mapping, count + len(opcode.stack_after) - before.index(_MARK)
        else:
            self.levels[-1] = mapping, count + len(opcode.stack_after) - len(before)
        if opcode.name not in _MEMOS:
            self.last = opcode.name


def texts(stream: BinaryIO, log: UnitLog) -> Found:
    """Every text of the pickles in a stream.  Raises UnreadableError where they are damaged."""
    number = 0
    for number, (label, part, text) in enumerate(_Held(log).all(stream)):
        yield Place(number, "", label, part), text
    log.records += number + 1


class _Held:
    """Holds the last text back until the next opcode tells what it was."""

    def __init__(self, log: UnitLog) -> None:
        self._log, self._label, self._strings = log, "", ["", ""]
        self._held: tuple[str, Part, str] | None = None

    def all(self, stream: BinaryIO) -> Iterator[tuple[str, Part, str]]:
        """(label, part, text) in the order of the opcodes, pickle after pickle."""
        head, begun = stream.read(2), False
        while head:
            if head[:1] != b"\x80" and begun:  # at first it is protocol 0 or 1, without a mark
                yield from self._rest(head, stream)
                return
            begun = True
            yield from self._one(_Behind(head, stream))
            head = stream.read(2)

    def _one(self, stream: Any) -> Iterator[tuple[str, Part, str]]:
        stack = _Stack()
        for opcode, argument in _opcodes(stream):
            if self._held is not None and opcode.name not in _MEMOS:
                label = self._strings[0] if opcode.name == "SETITEM" else self._held[0]
                yield (label, *self._held[1:])
                self._held = None
            label = self._label if stack.is_value else ""
            for part, text in self._said(opcode, argument):
                if self._held is not None:
                    yield self._held
                self._held = label, part, text
            self._named(opcode, argument)
            stack.take(opcode)
        if self._held is not None:
            yield self._held
            self._held = None

    def _said(self, opcode: Any, argument: Any) -> Iterator[tuple[Part, str]]:
        if opcode.name in _GLOBALS or opcode.name == "STACK_GLOBAL":
            self._global(opcode, argument)
        if opcode.name in _GLOBALS:
            yield Part.METADATA, str(argument)
        elif isinstance(argument, str):
            yield Part.VALUE, argument
        elif isinstance(argument, bytes | bytearray):
            yield from ((Part.VALUE, text) for text in _of_bytes(bytes(argument), self._log))
        elif "INT" in opcode.name or opcode.name.startswith("LONG"):
            digits = str(argument) if isinstance(argument, int) else ""
            if opcode.name not in _MEMOS and identifies(digits.encode()):
                yield Part.NUMBER, digits

    def _named(self, opcode: Any, argument: Any) -> None:
        if isinstance(argument, str) and opcode.name not in _GLOBALS:
            self._strings = [self._strings[1], argument]
            self._label = argument if len(argument) <= 100 else ""

    def _global(self, opcode: Any, argument: Any) -> None:
        pair = str(argument).split(" ")[:2] if opcode.name in _GLOBALS else self._strings
        if pair[0].partition(".")[0] in _DANGEROUS and pair[-1] not in _HARMLESS:
            what = "the pickle would call functions of the system when it is loaded"
            hint = "do not load it; it was read here without being loaded"
            self._log.problem("note.pickle_runs_code", what, "", hint)

    def _rest(self, head: bytes, stream: BinaryIO) -> Iterator[tuple[str, Part, str]]:
        """What lies behind the last pickle, such as the numbers of tensors."""
        what = "bytes behind the pickle were read for the text in them"
        self._log.problem("note.binary", what)
        before = head
        while block := stream.read(BLOCK):
            yield from (("", Part.VALUE, text) for text in runs(before + block))
            before = b""
        if before:
            yield from (("", Part.VALUE, text) for text in runs(before))


def _of_bytes(data: bytes, log: UnitLog) -> Iterator[str]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text:
        yield text
    elif data[:1] == b"\x80" and data[-1:] == b".":
        try:  # a pickle in the pickle
            yield from [text for _, text in list(texts(io.BytesIO(data), UnitLog()))]
        except UnreadableError:
            yield from runs(data)
    else:
        if source_of(data[:HEAD]):
            hint = "take them out of the pickle, and scan them as files"
            log.problem("source.binary_value", "pictures in pickles were not read", "", hint)
        log.problem("note.binary", "bytes that are no text were read for the text in them")
        yield from runs(data)


def _opcodes(stream: Any) -> Iterator[tuple[Any, Any]]:
    """The opcodes with their arguments.  Raises UnreadableError where they are none."""
    found, damaged = pickletools.genops(stream), False
    while not damaged:
        try:
            opcode, argument, _ = next(found)
        except StopIteration:
            return
        except UnreadableError:
            raise
        except Exception:  # noqa: BLE001 - its message quotes the data
            damaged = True
        else:
            yield opcode, argument
    hint = "write the file again from its origin; what came before was scanned"
    raise UnreadableError("the pickle is damaged or cut off", "", hint, "source.corrupt")


class _Behind:
    """The first bytes, which were read to look at them, and the stream behind them."""

    def __init__(self, head: bytes, stream: Any) -> None:
        self._head, self._stream = head, stream

    def read(self, size: int) -> bytes:
        taken, self._head = self._head[:size], self._head[size:]
        return taken + (self._stream.read(size - len(taken)) if size > len(taken) else b"")

    def readline(self) -> bytes:
        line = b""
        while not line.endswith(b"\n") and (byte := self.read(1)):
            line += byte
        return line
