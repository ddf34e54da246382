"""Looks at a block of JSON Lines before any row of it is parsed.

What the anchors hit in the undecoded text is traced back to single strings and numbers.
These are decoded and handed out as suspects; only the rows of suspects that do hold
something, and rows about which the frame leaves a doubt, have to be parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from scanner.batch import Suspect, TextBatch
from scanner.files.json_escapes import escapes
from scanner.files.json_names import issued, personal
from scanner.files.json_parse import parse
from scanner.files.json_rows import Rows, Strings, blanked
from scanner.files.json_views import View, views
from scanner.model import Part
from scanner.sources import _members as members
from scanner.sources._keys import NAMING, TELLING, table
from scanner.sources._members import Kind, Unclear
from scanner.sources._numbers import Numbers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Offsets = NDArray[np.int64]

Parse = Callable[[list[int]], Iterator[TextBatch]]
_TOO_LONG = 1 << 16  # bytes; a longer string is scanned with its row, not on its own
_OPENS = b'[{" \\'  # how a string begins that may hold more JSON
_QUOTE, _BRACE, _BRACKET, _CLOSE, _COLON, _COMMA = b'"{[]:,'
_NUMBER = frozenset(b"-0123456789")


class Glance:
    """One block, an `Undecoded`.  `parse` gives the decoded values of rows."""

    def __init__(self, rows: Rows, bad: list[int], parse: Parse) -> None:
        self._rows, self._parse, self.to_parse = rows, parse, set(bad)
        self._strings = Strings(blanked(rows, bad))
        # Offsets in the block at which anchors ended: in it as it is written, and within strings
        # whose escapes are undone those of values and of labels.
        self._plain: list[Offsets] = []
        self._values: list[Offsets] = []
        self._labels: list[Offsets] = []

    def __len__(self) -> int:
        return len(self._rows.ends)

    @property
    def strings(self) -> int:
        """How many strings its valid rows have."""
        return len(self._strings)

    def batches(self) -> Iterator[TextBatch]:
        return self._parse(sorted(self.to_parse))

    def sample(self, rows: int) -> Iterator[TextBatch]:
        """The first rows that are not in `to_parse`, as those may be no JSON."""
        wanted = (row for row in range(min(len(self), 2 * rows)) if row not in self.to_parse)
        return self._parse(list(islice(wanted, rows)))

    def views(self, depth: int) -> Iterator[View]:
        """The texts in which anchors are to be searched."""
        import numpy as np

        strings = self._strings
        last = View(strings.data, strings.bounds, np.arange(0))
        yield last
        for view in views(last, strings.escapes, depth):
            yield (last := view)
        if last.deep:
            left = last.origin(escapes(last.text).starts())
            self.to_parse.update(self._rows.of(left).tolist())

    def note(self, view: View, values: Offsets, labels: Offsets) -> None:
        """Take what was hit in a view: offsets of the last bytes of hits.

        What is a key in the block itself is known without them.
        """
        if view.deep:
            self._values.append(view.origin(values))
            self._labels.append(view.origin(labels))
        else:
            self._plain.append(values)

    def suspects(self, known: Container[bytes], named: Callable[[str], bool]) -> Iterator[Suspect]:
        """The texts that were hit, each once, less those known to hold nothing."""
        import numpy as np

        hit, elsewhere = self._strings.at(np.concatenate(self._plain))
        # A string with escapes is not what it says: it is hit in another view, or not at all.
        hit = np.setdiff1d(hit, self._strings.at(self._strings.escapes.starts())[0])
        if self._values:
            inside, _ = self._strings.at(np.concatenate(self._values))
            hit = np.union1d(np.union1d(hit, inside), self._opened())
        more, numbers = self._labelled(named)
        self._arrays(elsewhere)
        yield from self._texts(np.union1d(hit, np.array(more, np.int64)), known)
        yield from self._numbers(dict.fromkeys(self._digits(elsewhere), False) | numbers, known)

    # Labels ------------------------------------------------------------------------------

    def _opened(self) -> Offsets:
        """Strings that may be JSON, in which a label was hit."""
        import numpy as np

        tokens, _ = self._strings.at(np.concatenate(self._labels))
        first = self._strings.data[self._strings.starts(tokens)]
        found: Offsets = tokens[np.isin(first, list(_OPENS))]
        return found

    def _labelled(self, named: Callable[[str], bool]) -> tuple[list[int], dict[int, bool]]:
        """Strings to look at because of what they are called; offsets of such numbers, and
        whether they are to be looked at even when they are short or have a fraction."""
        keys, texts, numbers = self._strings.keys(), list[int](), dict[int, bool]()
        kinds, raw = table(named).kinds(self._strings, keys), self._strings.raw
        for string in self._near(keys[(kinds & TELLING) > 0]):
            at, key = members.after_colon(raw, string.end + 1), raw[string.start : string.end]
            if raw[at] == _QUOTE:
                texts.append(string.token + 1)
            elif raw[at] in _NUMBER:
                numbers[at] = personal(members.key_of(key).text)
            elif members.tells(key):
                self._parse_row_at(at)
            else:
                self._below_a_name(at, personal(members.key_of(key).text))
        for string in self._near(keys[(kinds & NAMING) > 0]):
            if raw[members.after_colon(raw, string.end + 1)] == _QUOTE:
                self._name_of_a_sibling(string.token + 1, named)
        return texts, numbers

    def _below_a_name(self, at: int, personal: bool) -> None:
        """What is below a telling name: an array goes by it, of an object only wrappers do."""
        raw = self._strings.raw
        array = raw[at] == _BRACKET and (personal or not members.holds_nothing(raw, at))
        wraps = raw[at] == _BRACE and members.may_wrap(self._row_text(at))
        if array or wraps:
            self._parse_row_at(at)

    def _name_of_a_sibling(self, token: int, named: Callable[[str], bool]) -> None:
        """Parse the row of a string after a naming key, if it is a name that tells something."""
        name = members.key_of(members.text_of(self._strings, token)).text
        if named(issued(name)):
            row = self._rows.of_one(int(self._strings.starts(token)))
            if members.may_name(self._rows.text(row)):
                self.to_parse.add(row)

    # Texts -------------------------------------------------------------------------------

    def _texts(self, tokens: Offsets, known: Container[bytes]) -> Iterator[Suspect]:
        rows = self._rows.of(self._strings.starts(tokens)).tolist()
        for string, row in zip(self._near(tokens), rows, strict=True):
            if row not in self.to_parse:
                yield from self._text(string, row, known)

    def _text(self, string: _String, row: int, known: Container[bytes]) -> Iterator[Suspect]:
        raw, (_, start, end, low, _) = self._strings.raw, string
        if raw[end + 1] == _COLON or members.is_key(raw, end):
            memo = raw[start - 1 : end + 1]
            if memo not in known:
                yield Suspect(row, "", _decoded(memo), Part.KEY, memo)
            return
        key = self._owner(string, row)
        if key is None:
            self.to_parse.add(row)
            return
        memo = raw[low:end] if raw[start - 2] == _COLON else b"%b\0%b" % (key, raw[start:end])
        if memo not in known:
            text = _decoded(raw[start - 1 : end + 1])
            yield Suspect(row, members.key_of(key).text, text, Part.VALUE, memo)

    def _owner(self, string: _String, row: int) -> bytes | None:
        """The key that a string goes by; None when its row must be parsed to know."""
        if string.end - string.start > _TOO_LONG:
            return None
        try:
            key = self._key(string) or members.owner(self._strings, string.token)
        except Unclear:
            return None
        kind = members.key_of(key).kind
        if kind is Kind.HOLDING and self._may_be_named(row, string.start):
            return None
        return None if kind is Kind.WRAPPER else key

    def _key(self, string: _String) -> bytes | None:
        """The key that stands straight before a string."""
        raw = self._strings.raw
        between = raw[string.low_end + 1 : string.start - 1] if string.token else b""
        return raw[string.low : string.low_end] if between in members.COLONS else None

    def _arrays(self, offsets: Offsets) -> None:
        """Arrays that were hit as a whole, or at an option of a command line."""
        data = self._strings.data
        for at in offsets.tolist():
            if data[at] == _CLOSE or (data[at] == _COMMA and self._option(at)):
                self._parse_row_at(at)

    def _option(self, comma: int) -> bool:
        """Whether the string before a comma is an option, as `--password`."""
        raw = self._strings.raw
        end = raw.rfind(b'"', 0, comma)
        return raw.startswith(b"-", raw.rfind(b'"', 0, max(end, 0)) + 1)

    # Numbers -----------------------------------------------------------------------------

    def _digits(self, offsets: Offsets) -> list[int]:
        data = self._strings.data
        return [at for at in offsets.tolist() if data[at] in _NUMBER]

    def _numbers(self, offsets: Mapping[int, bool], known: Container[bytes]) -> Iterator[Suspect]:
        numbers, named = Numbers(self._strings), {at for at, told in offsets.items() if told}
        for start, number in numbers.at(offsets, named):
            row = self._rows.of_one(start)
            if row in self.to_parse:
                continue
            try:
                yield from self._number((row, start), numbers.key(start, number), number, known)
            except Unclear:
                self.to_parse.add(row)

    def _number(
        self, place: tuple[int, int], key: bytes, number: bytes, known: Container[bytes]
    ) -> Iterator[Suspect]:
        row, start = place
        kind, memo = members.key_of(key).kind, b"%b\0#%b" % (key, number)
        named = kind is Kind.HOLDING and self._may_be_named(row, start)
        if named or kind is Kind.WRAPPER:
            self.to_parse.add(row)
        elif memo not in known:
            label = members.key_of(key).text
            yield Suspect(row, label, number.decode("ascii"), Part.NUMBER, memo)

    def _may_be_named(self, row: int, start: int) -> bool:
        return members.may_be_named(self._rows.text(row), start - int(self._rows.starts[row]))

    # Rows --------------------------------------------------------------------------------

    def _near(self, tokens: Offsets) -> Iterator[_String]:
        """These strings, each with the bounds of the one before it (of no use for token 0)."""
        ours = self._strings
        bounds = (
            ours.starts(tokens),
            ours.ends(tokens),
            ours.starts(tokens - 1),
            ours.ends(tokens - 1),
        )
        return map(_String, tokens.tolist(), *(b.tolist() for b in bounds))

    def _row_text(self, at: int) -> bytes:
        return self._rows.text(self._rows.of_one(at))

    def _parse_row_at(self, at: int) -> None:
        self.to_parse.add(self._rows.of_one(at))


class _String(NamedTuple):
    token: int
    start: int
    end: int
    low: int
    low_end: int


def _decoded(raw: bytes) -> str:
    text: str = parse(raw.decode())
    return text
