"""Detectors whose rules and patterns are known before they are built.

To build a detector may mean to import a library, to compile hundreds of expressions and to
run the examples of every rule.  What the matcher and the reports need of it is kept on disk,
and sent to workers; the detector itself is built when a candidate is first confirmed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import msgspec

from scanner.cache import Cache, made_with
from scanner.detectors import (
    Budget,
    Detector,
    DetectorContext,
    DetectorFactory,
    Drop,
    Form,
    Holder,
    Match,
    Pattern,
    Reader,
    Value,
)
from scanner.model import Rule

_PATIENCE = 0.01  # seconds for one form
_SMALL = 1 << 20  # bytes of a dumped detector that takes no time to load


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """What is known of a detector that was built before with the same options.

    It prints nothing: the patterns of a term list are its terms.
    """

    rules: tuple[Rule, ...]
    patterns: tuple[Pattern, ...]
    storable: bool = False
    checked: tuple[str, ...] = ()  # rules of which it can say how often chance passes them
    weak: tuple[str, ...] = ()  # those of them that a column's values may prove
    places: tuple[str, ...] = ()  # those in which matches are allowed
    dumped: bytes = b""  # of a detector that can be loaded


class Prepared:
    """A detector that is built when it is first asked to confirm something."""

    def __init__(self, known: Known, build: Callable[[], Detector]) -> None:
        self.known, self.storable, self.places = known, known.storable, known.places
        self._build = build
        self._built: Detector | None = None
        self._forms = {pattern.key: pattern.forms for pattern in known.patterns if pattern.forms}

    @property
    def built(self) -> bool:
        """True when something was asked of it."""
        return self._built is not None

    def rules(self) -> Sequence[Rule]:
        return self.known.rules

    def patterns(self) -> Sequence[Pattern]:
        return self.known.patterns

    def confirm(self, value: Value, key: str, hits: Sequence[int]) -> Iterator[Match | Drop]:
        """As the detector itself does; raises what building it raises.

        It is not built for a value in which none of its forms stands.
        """
        if self._built is None and not _may_hold(value, self._forms.get(key, ())):
            return iter(())
        return self._detector.confirm(value, key, hits)

    def holds(self, run: str) -> bool:
        return cast(Holder, self._detector).holds(run)

    # Of a detector that reads:

    @property
    def budget(self) -> Budget:
        return cast(Reader, self._detector).budget

    def cost(self, value: Value) -> int:
        return cast(Reader, self._detector).cost(value)

    def read(self, values: Sequence[Value]) -> Sequence[Sequence[Match | Drop]]:
        return cast(Reader, self._detector).read(values)

    @property
    def _detector(self) -> Detector:
        if self._built is None:
            self._built = self._build()
        return self._built

    def planted(self) -> Iterator[str]:
        """Texts at which it must be asked, of a detector that is loaded in no time."""
        if 0 < len(self.known.dumped) < _SMALL:
            self._built = self._built or self._build()
            yield from getattr(self._built, "planted", tuple)()

    def weak(self) -> Sequence[str]:
        """The patterns that ask for a word, and which a column's values may prove as well."""
        return self.known.weak

    def alone(self, value: Value, key: str) -> Match | None:
        """What a weak rule makes of a whole value beside which no word stands."""
        if self._built is None:
            self._built = self._build()
        found: Match | None = self._built.alone(value, key)  # type: ignore[attr-defined]
        return found

    def chance(self, rule_id: str) -> float | None:
        """How often the check of a rule passes by chance; None where nobody says."""
        if rule_id not in self.known.checked:
            return None
        if self._built is None:
            self._built = self._build()
        share: float | None = self._built.chance(rule_id)  # type: ignore[attr-defined]
        return share


def _may_hold(value: Value, forms: Sequence[Form]) -> bool:
    """True where a form stands, where there are none, and where one takes too long."""
    try:
        return not forms or any(_form(f).search(value.text, timeout=_PATIENCE) for f in forms)
    except TimeoutError:
        return True


@cache
def _form(form: Form) -> Any:
    import regex

    return regex.compile(form.expression, form.flags)


def again(factory: DetectorFactory, context: DetectorContext, known: Known) -> Prepared:
    """The detector of which another process told us."""
    load: Any = getattr(factory, "load", None)
    if known.dumped and load is not None:
        return Prepared(known, lambda: load(context, known.dumped))
    return Prepared(known, lambda: factory.build(replace(context, proven=True)))


def prepare(name: str, factory: DetectorFactory, context: DetectorContext, kept: Cache) -> Prepared:
    """The detector, from the cache if it is there.

    Raises UsageError for a broken rule or option.
    """
    made_of = _made_of(name, factory, context, "depends_on")
    secret = b"" if made_of else _made_of(name, factory, context, "confidential")
    keep = made_of or secret
    stored = kept.get("detector", keep, bool(secret)) if keep else None
    known = _decoded(stored) if stored is not None else None
    if known is not None:
        return again(factory, context, known)
    detector = factory.build(context)
    dump: Any = getattr(detector, "dump", bytes)
    known = Known(
        tuple(detector.rules()),
        tuple(detector.patterns()),
        bool(made_of),
        tuple(getattr(detector, "checked", tuple)()),
        tuple(getattr(detector, "weak", tuple)()),
        tuple(getattr(detector, "places", ())),
        dump(),
    )
    if keep:
        kept.put("detector", keep, msgspec.msgpack.encode(known), bool(secret))
    return Prepared(known, lambda: detector)


def _decoded(stored: bytes) -> Known | None:
    try:
        return msgspec.msgpack.decode(stored, type=Known)
    except msgspec.MsgspecError:
        return None


def _made_of(name: str, factory: DetectorFactory, context: DetectorContext, who: str) -> bytes:
    """A digest of all that decides on rules and patterns; empty when that cannot be known."""
    depends_on = getattr(factory, who, None)
    files = depends_on(context) if depends_on is not None else None
    if files is None:
        return b""
    try:
        facts = [name, who, context.options, [[str(f), _digest(f)] for f in files]]
        facts += [str(context.today)] if who == "confidential" else []
        return json.dumps([*facts, made_with()], default=str, sort_keys=True).encode()
    except (OSError, TypeError, ValueError):
        return b""  # building it will tell what is wrong


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
