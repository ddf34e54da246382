"""The texts of parsed JSON, each with the place where it stands and the name it goes by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from scanner.files.json_names import (
    CONTAINERS,
    HOLDING,
    MADE,
    MIN_DIGITS,
    SENSITIVE,
    VALUES,
    WRAPPERS,
    array_text,
    identifies,
    label_by,
    numbered,
    pair,
    personal,
)
from scanner.model import Part
from scanner.pointer import Named, join, segment, shown, split

_CACHED_ITEMS = 64
# An option of a command line, given as a list, whose value is the next element.
_FLAG = re.compile(r"--?[\w-]{0,20}(?i:pass|pwd?|secret|token|key|auth|cred)[\w-]{0,20}")


class Spot:
    """A place in documents of one kind; made once, however many records have it."""

    __slots__ = (
        "_field",
        "_items",
        "_labelled",
        "_number",
        "label",
        "parent",
        "part",
        "personal",
        "segment",
        "shapes",
    )

    def __init__(
        self,
        parent: Spot | None = None,
        segment: str = "",
        label: str = "",
        part: Part = Part.VALUE,
    ) -> None:
        self.parent, self.segment, self.label, self.part = parent, segment, label, part
        self.shapes: dict[tuple[str, ...], Shape] = {}
        self._items: list[Spot] = []
        self._labelled: dict[str, Spot] = {}
        self.personal = personal(label)
        self._number: Spot | None = None
        self._field = ""

    @property
    def field(self) -> str:
        """The JSON pointer of this place, with raw keys."""
        if self.parent is not None and not self._field:
            self._field = self.parent.field + join((self.segment,))
        return self._field

    def item(self, index: int) -> Spot:
        """The place of an array's element."""
        if index >= _CACHED_ITEMS:
            return Spot(self, str(index), self.label)
        while len(self._items) <= index:
            self._items.append(Spot(self, str(len(self._items)), self.label))
        return self._items[index]

    def number(self) -> Spot:
        """This place, holding a number."""
        if self._number is None:
            self._number = Spot(self.parent, self.segment, self.label, Part.NUMBER)
        return self._number

    def labelled(self, label: str) -> Spot:
        """This place, going by the name that its sibling gives."""
        spot = self._labelled.get(label)
        if spot is None:
            spot = Spot(self.parent, self.segment, label)
            if len(self._labelled) < 1000:
                self._labelled[label] = spot
        return spot


class Shape:
    """The keys of an object at one place, in order; where their values stand."""

    __slots__ = ("_made", "_marks", "_names", "_outer", "_values", "children", "keys", "members")

    def __init__(self, spot: Spot, keys: tuple[str, ...]) -> None:
        self.keys = keys
        self.children = [child(spot, key, nth) for key, nth in numbered(keys)]
        self.members = [
            (key, Spot(spot, child.segment, "", Part.KEY))
            for key, child in zip(keys, self.children, strict=True)
        ]
        self._names, self._values = pair(keys)
        self._outer = spot.label
        self._marks = [i for i, key in enumerate(keys) if key.lower() == SENSITIVE]
        self._made = keys.index("result") if {"id", "length", "result"} <= set(keys) else -1
        if self._marks and not self._values:
            self._values = [i for i, key in enumerate(keys) if key.lower() in HOLDING]

    def spots(self, values: Sequence[Any]) -> Sequence[Spot]:
        """The places of the values; `{"key": "token", "value": ...}` labels the value."""
        if self._made >= 0 and MADE[0] in values:
            return self._labelled([self._made], MADE[1])
        label = self._label(values) if self._values else ""
        return self._labelled(self._values, label) if label else self.children

    def _labelled(self, places: Sequence[int], label: str) -> list[Spot]:
        spots = list(self.children)
        for i in places:
            spots[i] = spots[i].labelled(label)
        return spots

    def _label(self, values: Sequence[Any]) -> str:
        for i in self._names:
            if label := label_by(self.keys[i], values[i]):
                return label
        marked = any(values[i] is True for i in self._marks)
        return f"{SENSITIVE}={self._outer}" if marked else ""


class _Places:
    """The places that documents have had so far: those of one shard serve the next."""

    def __init__(self) -> None:
        self.made = 0

    @cached_property
    def root(self) -> Spot:
        return Spot()

    def limit(self) -> None:
        """Forget them, if they have become too many."""
        if self.made > 100_000:
            self.__dict__.pop("root", None)
            self.made = 0


_places = _Places()


class Walker:
    """Collects the texts of documents: strings, long numbers, and the shapes with their keys."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.spots: list[Spot] = []
        # Shapes since the last `clear`, each with the numbers of the records that have it.
        self.shapes: dict[Shape, list[int]] = {}
        self.record = 0

    def walk(self, document: Any, spot: Spot | None = None) -> None:
        """Add every text of a parsed document, or of a part of one that stands at `spot`."""
        self._add(document, spot or _places.root)

    def clear(self) -> None:
        """Forget the texts; keep the places, unless they have become too many."""
        self.texts, self.spots, self.shapes = [], [], {}
        _places.limit()

    def members(self) -> Iterator[tuple[str, Spot, list[int]]]:
        """Every key with its place and the records it was seen in."""
        for shape, records in self.shapes.items():
            for key, spot in shape.members:
                yield key, spot, records

    def _add(self, node: Any, spot: Spot) -> None:
        kind = type(node)
        if kind is str:
            self.texts.append(node)
            self.spots.append(spot)
        elif kind is bytes:
            self._number(node, spot)
        elif kind is tuple and node:
            self._members(node, spot)
        elif kind is list:
            if (text := array_text(node, spot.personal)) is not None:
                self.texts.append(text)
                self.spots.append(spot)
            flag = ""
            for i, item in enumerate(node):
                if item and (type(item) is not bytes or len(item) >= MIN_DIGITS):
                    self._add(item, spot.item(i).labelled(flag) if flag else spot.item(i))
                flag = item if type(item) is str and _FLAG.fullmatch(item) else ""

    def _members(self, node: tuple[tuple[str, Any], ...], spot: Spot) -> None:
        keys, values = zip(*node, strict=True)
        for child, value in zip(self._shape(spot, keys).spots(values), values, strict=True):
            kind = type(value)
            if kind is str:
                if value:
                    self.texts.append(value)
                    self.spots.append(child)
            elif kind is bytes:
                if len(value) >= MIN_DIGITS or child.personal:
                    self._number(value, child)
            elif value:
                self._add(value, child)

    def _shape(self, spot: Spot, keys: tuple[str, ...]) -> Shape:
        shape = spot.shapes.get(keys)
        if shape is None:
            shape = spot.shapes[keys] = Shape(spot, keys)
            _places.made += len(keys) + 1
        records = self.shapes.get(shape)
        if records is None:
            records = self.shapes[shape] = []
        records.append(self.record)
        return shape

    def _number(self, written: bytes, spot: Spot) -> None:
        if spot.personal or identifies(written):
            self.texts.append(written.decode("ascii"))
            self.spots.append(spot.number())


def child(spot: Spot, key: str, nth: int) -> Spot:
    """The place of a member of the object at `spot`: of `key`, after `nth` equal ones."""
    low = key.lower()
    if spot.label and (low in WRAPPERS or low in VALUES):
        label = spot.label
    else:
        label = f"{spot.label}.{key}" if spot.label.lower() in CONTAINERS else key
    return Spot(spot, segment(key, nth), label)


def find(document: Any, field: str, part: Part, named: Named) -> str:
    """The text at a pointer whose keys are shown by their names.

    For part KEY that is the key of the member itself.  Raises LookupError when it is not there.
    """
    node, key = document, ""
    for seg in split(field):
        key, node = _step(node, seg, named)
    if part is Part.KEY:
        return key
    if isinstance(node, bytes):
        return node.decode("ascii")
    if isinstance(node, list):
        node = array_text(node, personal=True)
    if not isinstance(node, str):
        raise LookupError("no text at this place")
    return node


def _step(node: Any, seg: str, named: Named) -> tuple[str, Any]:
    if isinstance(node, list):
        index = int(seg) if seg.isdecimal() else _index(len(node), seg, named)
        return seg, node[index]
    if isinstance(node, tuple):
        for (key, nth), (_, value) in zip(numbered([k for k, _ in node]), node, strict=True):
            if shown(key, nth, named) == seg:
                return key, value
    raise LookupError("no member of this name")


def _index(size: int, seg: str, named: Named) -> int:
    """The index that goes by a name of its own."""
    for index in range(size):
        if shown(str(index), 0, named) == seg:
            return index
    raise LookupError("no element of this name")
