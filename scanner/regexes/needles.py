"""The rarest literal text that every match of an expression holds: what a first look is for.

An engine sweeps thousands of literals over text faster than a handful of expressions; and a
literal that hardly ever stands in text leaves little to look at more closely.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from scanner.regexes.charsets import Chars
from scanner.regexes.tree import Alt, Bound, Node, One, Rep, Seq

_SHORTEST = 4  # characters of a literal worth looking for by itself
_RARE = 1e-5  # of places in text where it may stand, at most
_OFTEN = 1e-4
# Words that are looked for in any case, as names of secrets: they cost nothing more.
_LOOKED_FOR = ("secret", "token", "password", "passwd", "credential", "apikey", "api_key")
_MOST = 12  # literals for one expression
# Words of code, logs and forms: far more frequent than their letters say.
_COMMON = frozenset(
    """access account action address agent alert allow android anonymous answer api app
    application array assert async attribute audit auth author authorization auto await base
    basic batch bearer binary block board boolean branch browser bucket buffer build button
    bytes cache call cancel card case catch center certificate change channel character check
    child class clear click client close cloud code collection color column command comment
    commit common company compile complete component config configuration connect connection
    console const constant contact container content context continue control cookie copy count
    country create credential credentials current customer daily dashboard data database date
    debug default define delete deploy description design detail develop device direct
    directory disable display docs document domain download driver editor element email enable
    encoding encrypt endpoint engine enter entity entry error event example exception exclude
    execute exist expect expire export extend extension external factory false feature fetch
    field file filter final find first flag float folder follow font force format found
    frame from function general generate github global google graph group handle handler
    hash header height hello help hidden history home host html http https icon identifier
    image import include index info information initial input insert install instance integer
    integration internal invalid issue item java javascript json keyboard label language last
    layout length level library license limit line link list load local location lock login mail
    logger long main manage manager master match maximum media member memory menu merge message
    metadata method middle minimum mobile mode model modified module monitor month mouse name
    native network next node none normal note null number object office offset online only open
    operation option order organization origin other output owner package page panel param
    parameter parent parse part partner pass password patch path pattern payload payment
    pending people permission person phone pipeline platform play please plugin point policy
    pool port position post prefix present preview previous primary print priority private
    process product profile program progress project prompt property protected protocol provider
    proxy public publish pull push python query queue quick range read reason receive record
    reference refresh region register registry release reload remote remove render repeat
    replace reply report repository request require required reset resource response rest
    result return review right role root route router rule runtime sample save scan schedule
    schema scope screen script search second secret section secure security select send sender
    series server service session setting setup shared short show signature signing simple
    single site size slack software sort source space span special spring stack staging standard
    start state static status stop storage store stream string structure style subject submit
    subscription success suffix summary support switch symbol sync system table target task
    team template term test text theme thread time timeout title token tool total trace track
    transaction transfer transform trigger true type undefined unique unit unknown update upload
    user username valid validate value variable vendor verify version video view virtual visible
    visual wait warning watch webhook website widget width window word work worker workspace
    write""".split()  # noqa: SIM905 - read as words
)


@dataclass(frozen=True, slots=True)
class Needle:
    """A literal; `caseless` for ASCII letters only."""

    text: str
    caseless: bool

    @property
    def expression(self) -> str:
        body = re.sub(r"([^0-9A-Za-z_])", lambda m: f"\\x{ord(m[1]):02x}", self.text)
        return f"(?i:{body})" if self.caseless else body


def needles(node: Node, rare: bool = True) -> frozenset[Needle]:
    """Literals of which one stands in every match; none when the best are too frequent.

    With `rare` false they may be words that are looked for in any case.
    """
    found = min(_choices(node), key=_cost, default=frozenset[Needle]())
    known = [n for n in found if rare or n.text.lower() not in _LOOKED_FOR]
    return found if _cost(frozenset(known)) <= _RARE and len(found) <= _MOST else frozenset()


def word(text: str) -> Needle | None:
    """The needle for a word in either case; None for one that is too frequent."""
    needle = Needle(text, caseless=True)
    rare = text not in _LOOKED_FOR and _cost(frozenset([needle])) <= _RARE
    return needle if rare and len(text) >= _SHORTEST else None


def _choices(node: Node) -> Iterator[frozenset[Needle]]:
    """Sets of literals, each of which every match holds one of."""
    match node:
        case Seq(items):
            yield from (frozenset({run}) for run in _runs(items))
            for item in items:
                yield from _choices(item)
        case Alt(items):
            each = [min(_choices(item), key=_cost, default=None) for item in items]
            if all(each):
                yield frozenset().union(*(one for one in each if one))
        case Rep(item, low, _) if low:
            yield from _choices(item)
        case One():
            yield from (frozenset({run}) for run in _runs((node,)))


def _runs(items: tuple[Node, ...]) -> Iterator[Needle]:
    """The longest stretches of fixed characters."""
    run: list[tuple[str, bool]] = []
    for item in (*items, None):
        fixed = _fixed(item.chars) if isinstance(item, One) else None
        if fixed is not None:
            run.append(fixed)
        elif not isinstance(item, Bound):
            if len(run) >= _SHORTEST:
                yield Needle("".join(c for c, _ in run), any(folds for _, folds in run))
            run = []


def _fixed(chars: Chars) -> tuple[str, bool] | None:
    """The one character of a set, and whether it stands for both cases."""
    codes = [code for code in range(128) if chars.ascii >> code & 1]
    if chars.wide or not codes or len(codes) > 2:
        return None
    if len(codes) == 2:
        return (chr(codes[1]), True) if chr(codes[0]).lower() == chr(codes[1]) else None
    return chr(codes[0]), False


def _cost(literals: frozenset[Needle]) -> float:
    """The share of places in text where one of them may stand, roughly."""
    return sum(map(_frequency, literals))


def _frequency(needle: Needle) -> float:
    share = 1.0
    for char in needle.text:
        upper = char.isupper() and not needle.caseless
        share *= 0.006 if upper or not char.isalnum() else 0.05
    words = [word for word in re.split(r"[^a-z0-9]+", needle.text.lower()) if word]
    plain = [word for word in words if _is_common(word)]
    telling = any(len(word) >= _SHORTEST for word in words if word not in plain)
    if telling or not plain:
        return share
    return max(share, _OFTEN / 2 if needle.text.lower() in _LOOKED_FOR else _OFTEN)


@cache
def _is_common(word: str) -> bool:
    """True for a common word or a part of one."""
    return any(word.removesuffix("s") in known for known in _COMMON)
