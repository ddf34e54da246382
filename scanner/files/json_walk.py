"""JSON as a scanner must see it: every member of every object, numbers as they are written.

A parsed object is a tuple of (key, value) pairs, so that repeated keys stay; an array is a
list; a number is the bytes it was written with.  The standard parser builds this in C.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any

from scanner.model import Part
from scanner.pointer import Named, join, segment, shown, split

MAX_NESTING = 200
KEY_BYTES = 64  # of a pair of keys that is written as an array of numbers
_MIN_DIGITS = 7  # shorter numbers identify nobody
_CACHED_ITEMS = 64
_TORN = 16  # characters at the end of a beginning that may be half a word, number or escape
_SPACE, _COMMA = re.compile(r"[ \t\r\n]*+"), re.compile(r"[ \t\r\n]*+,")
# An option of a command line, given as a list, whose value is the next element.
_FLAG = re.compile(r"--?[\w-]{0,20}(?i:pass|pwd?|secret|token|key|auth|cred)[\w-]{0,20}")
# What makes a number personal however short it is, and with a fraction: a place, or a pay.
_PLACES = r"lat|lng|lon|long|coords?|geo|gps|latlng|lat_?lon|geo_?point"
_PERSONAL = re.compile(
    rf"(?:^|[\W_])(?i:{_PLACES})(?:[\W_]|$)|[a-z](?:Lat|Lng|Lon|Coords?)(?:[\W_]|$)"
    r"|(?i:latitude|longitude|coordinates|salar[iy]|wage|gehalt|salaire|sueldo|stipendio)"
)
_PAIR = range(2, 4)  # of a place as an array: its coordinates, and its height
_SURROGATES = re.compile("[\ud800-\udfff]")
NAMING = [
    "key",
    "name",
    "field",
    "label",
    "header",
    "param",
    "parameter",
    "variable",
    "var",
    "property",
    "setting",
    "env",
    "parameterkey",
    "field_name",
    "fieldname",
    "field_label",
    "fieldlabel",
    "aria_label",
    "aria-label",
    "arialabel",
    "placeholder",
    "window",
    "window_title",
    "windowtitle",
    "window_name",
    "active_window",
    "id",
]
HOLDING = frozenset(
    """value val content text data default parametervalue input typed typed_text entered keys
    input_value inputvalue user_input""".split()  # noqa: SIM905 - read as words
)
# Of these, what goes by the name of the object it stands in when no sibling names it.
VALUES = frozenset(["value", "default", "#text", "_text", "$t", "_value", "plaintext"])
# Objects in which all that has a name is a secret.
CONTAINERS = frozenset(
    [
        "secrets",
        "passwords",
        "token",
        "auth",
        "credentials",
        "api_keys",
        "apikeys",
        "access_keys",
        "accesskeys",
        "jwt",
        "jwtsettings",
        "jwt_settings",
        "jwtoptions",
        "jwtconfig",
    ]
)
SENSITIVE = "sensitive"  # `"sensitive": true` beside a value, as Terraform marks outputs
WRAPPERS = frozenset(("stringvalue", "string_value", "s"))  # OpenTelemetry, DynamoDB

_scan = json.JSONDecoder(
    object_pairs_hook=tuple,
    parse_int=str.encode,
    parse_float=str.encode,
    strict=False,
).scan_once  # type: ignore[attr-defined]


class NotJson(ValueError):
    """The text is no JSON; the reason is in our own words and quotes nothing."""


class TooDeep(NotJson):
    """The text begins and ends as JSON does, but is nested too deeply to be read."""


def parse(text: str, lossy: bool = False) -> Any:
    """The document in the form described above.

    Lone surrogates become U+FFFD one for one; `lossy` says that the text itself has some,
    not only escapes of them.  Control characters in strings are let pass.  Raises NotJson.
    """
    text = text.strip(" \t\r\n")
    try:
        document, end = _scan(text, 0)
    except RecursionError:
        closed = text[-1:] in ("]", "}")
        raise (TooDeep if closed else NotJson)("JSON nested too deeply") from None
    except (ValueError, StopIteration):
        raise NotJson("not valid JSON") from None
    if end != len(text):
        raise NotJson("more text after the JSON value")
    if text.count("[") + text.count("{") > MAX_NESTING and _depth(document) > MAX_NESTING:
        raise TooDeep("JSON nested too deeply")
    return _scrubbed(document) if lossy or "\\ud" in text or "\\uD" in text else document


def unescape(text: str) -> str:
    """The text of a string from what stands between its quotes.  Raises NotJson."""
    if "\\" not in text:
        return text
    try:
        found: str = _scan(f'"{text}"', 0)[0]
    except ValueError:
        raise NotJson("not valid JSON") from None
    return found


def element(text: str, start: int) -> tuple[Any, int] | None:
    """The array element at `start`, and where the one after its comma begins.

    None where there is no comma, and for what needs the care that `parse` takes.
    """
    try:
        node, end = _scan(text, _SPACE.match(text, start).end())  # type: ignore[union-attr]
    except (ValueError, StopIteration, RecursionError):
        return None
    comma = _COMMA.match(text, end)
    deep = text.count("[", start, end) + text.count("{", start, end) > MAX_NESTING
    return None if comma is None or deep else (node, comma.end())


def begins(head: str) -> bool:
    """True when the text could be the beginning of a JSON document."""
    try:
        end = _scan(head, len(head) - len(head.lstrip(" \t\r\n")))[1]
        return not head[end:].strip(" \t\r\n")
    except json.JSONDecodeError as error:
        return error.msg.startswith("Unterminated") or error.pos >= len(head) - _TORN
    except StopIteration as stop:
        return int(stop.value) >= len(head) - _TORN
    except RecursionError:
        return True


def scrub(text: str) -> str:
    """The text with lone surrogates replaced by U+FFFD, one for one."""
    return _SURROGATES.sub("\ufffd", text)


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

    __slots__ = ("_marks", "_names", "_outer", "_values", "children", "keys", "members")

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
        if self._marks and not self._values:
            self._values = [i for i, key in enumerate(keys) if key.lower() in HOLDING]

    def spots(self, values: Sequence[Any]) -> Sequence[Spot]:
        """The places of the values; `{"key": "token", "value": ...}` labels the value."""
        if not self._values:
            return self.children
        label = self._label(values)
        if not label:
            return self.children
        spots = list(self.children)
        for i in self._values:
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
                if item and (type(item) is not bytes or len(item) >= _MIN_DIGITS):
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
                if len(value) >= _MIN_DIGITS or child.personal:
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


def array_text(node: Sequence[Any], personal: bool) -> str | None:
    """The text of an array that is one value: as many small numbers as a pair of Ed25519 keys
    has bytes; or the coordinates of a place, where its name is `personal`.
    """
    if len(node) == KEY_BYTES and all(type(n) is bytes and len(n) <= 3 for n in node):
        return f"[{b','.join(node).decode('ascii')}]"
    place = personal and len(node) in _PAIR and all(type(n) is bytes and b"." in n for n in node)
    return b", ".join(node).decode("ascii") if place else None


@lru_cache(maxsize=4096)
def personal(name: str) -> bool:
    """True when every number of this name is worth a look: `lat`, `annualSalary`."""
    return _PERSONAL.search(name) is not None


def identifies(number: bytes) -> bool:
    """False for a number that can be nobody's: a short one, or one with a fraction.

    Measures, coordinates on a screen, embeddings: no number of a card, a person or a phone.
    """
    if len(number.translate(None, b"+-.eE")) < _MIN_DIGITS:
        return False
    fraction, _, exponent = number.partition(b".")[2].lower().partition(b"e")
    return bool(exponent) or not fraction.strip(b"0")


def pair(keys: Sequence[str]) -> tuple[list[int], list[int]]:
    """Of `{"name": ..., "value": ...}` and its like: which keys name, best first, which hold."""
    low = [key.lower() for key in keys]
    naming = [i for name in NAMING for i, key in enumerate(low) if key == name]
    return naming, [i for i, key in enumerate(low) if key in HOLDING] if naming else []


def naming_columns(names: Sequence[str]) -> tuple[int, list[int]]:
    """The same for columns: the one that names (-1: none does), and those it names.

    A column of ids does not count: it names rows, not values.
    """
    naming, named = pair(names)
    naming = [i for i in naming if names[i].lower() != "id"]
    return (naming[0], named) if naming and named else (-1, [])


def numbered(keys: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Each key with how many equal ones came before it."""
    if len(set(keys)) == len(keys):
        yield from ((key, 0) for key in keys)
        return
    before: dict[str, int] = {}
    for key in keys:
        yield key, before.get(key, 0)
        before[key] = before.get(key, 0) + 1


def label_by(key: str, name: Any) -> str:
    """The label that a naming member `key: name` gives to its sibling; "" for none."""
    known = key.lower() != "id"
    fits = isinstance(name, str) and 0 < len(name) <= 100 and (known or like_a_name(name))
    return name if fits else ""


def child(spot: Spot, key: str, nth: int) -> Spot:
    """The place of a member of the object at `spot`: of `key`, after `nth` equal ones."""
    low = key.lower()
    if spot.label and (low in WRAPPERS or low in VALUES):
        label = spot.label
    else:
        label = f"{spot.label}.{key}" if spot.label.lower() in CONTAINERS else key
    return Spot(spot, segment(key, nth), label)


def like_a_name(identifier: str) -> bool:
    """False for row numbers, UUIDs and the like, which label nothing."""
    return identifier[0].isalpha() and sum(map(str.isdigit, identifier)) < 6


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


def _depth(document: Any) -> int:
    """How many objects and arrays lie in each other."""
    depth, level = 0, [document]
    while level:
        inner = [i for node in level for i in _members_of(node)]
        level = [node for node in inner if isinstance(node, list | tuple)]
        depth += 1
    return depth


def _members_of(node: Any) -> Any:
    return [value for _, value in node] if isinstance(node, tuple) else node


def _scrubbed(node: Any) -> Any:
    if isinstance(node, str):
        return scrub(node)
    if isinstance(node, list):
        return [_scrubbed(item) for item in node]
    if isinstance(node, tuple):
        return tuple((scrub(key), _scrubbed(value)) for key, value in node)
    return node
