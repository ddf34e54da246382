"""What stands together on the keys of other keyboards.

Recorders name a key by what it writes at that moment: let go of after its modifier, `@` of a
German keyboard is `q`, and `1` of a French one `&`.  The tables are those of X11 (xkeyboard-config)
but for letters: keys as (alone, with shift, with AltGr).
"""

# ruff: noqa: RUF001 - the accents are what stands on the keys
from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from scanner.keystrokes.keys import base_of, other_case

_KEYS = {
    "us": "`~ 1! 2@ 3# 4$ 5% 6^ 7& 8* 9( 0) -_ =+ [{ ]} \\| ;: '\" ,< .> /?",
    "de": "1! 2\"² 3§³ 4$ 5% 6& 7/{ 8([ 9)] 0=} ß?\\ ´` qQ@ eE€ üÜ +*~ öÖ äÄ #' <>| ,; .: -_ ^°",
    "fr": "²~ &1 é2~ \"3# '4{ (5[ -6| è7` _8\\ ç9^ à0@ )°] =+} eE€ ^¨ $£¤ ù% *µ <> ,? ;. :/ !§",
    "es": "ºª\\ 1!| 2\"@ 3·# 4$~ 5% 6&¬ 7/ 8( 9) 0= '? ¡¿ eE€ `^[ +*] ñÑ ´¨{ çÇ} <> ,; .: -_",
    "it": "\\| 1! 2\" 3£ 4$ 5%€ 6& 7/ 8( 9) 0= '? ì^ eE€ èé[ +*] òç@ à°# ù§ <> ,; .: -_",
    "gb": "`¬ 2\" 3£ 4$€ '@ #~ \\|",
    "se": "§½ 1! 2\"@ 3#£ 4¤$ 5% 6& 7/{ 8([ 9)] 0=} +?\\ ´` eE€ åÅ ¨^~ öÖ äÄ '* <>| ,; .: -_",
    "pt": "\\| 1! 2\"@ 3#£ 4$§ 5% 6& 7/{ 8([ 9)] 0=} '? «» eE€ +*¨ ´` çÇ ºª ~^ <> ,; .: -_",
    "ch": "§° 1+¦ 2\"@ 3*# 4ç 5% 6& 7/ 8( 9) 0= '?´ ^`~ eE€ üè[ ¨!] öé àä{ $£} <>\\ ,; .: -_",
    "be": "&1| é2@ \"3# '4 (5 §6^ è7 !8 ç9{ à0} )° -_ ^¨[ $*] ù%´ µ£` <>\\ ,? ;. :/ =+~ ²³",
}


_TOGETHER = [set(key) for keys in _KEYS.values() for key in keys.split()]
_PAIRS = {name: [key[:2] for key in keys.split() if len(key) > 1] for name, keys in _KEYS.items()}


@cache
def share_a_key(one: str, other: str) -> bool:
    """True for two characters that stand on one key of some keyboard."""
    both = {one, other}
    return base_of(one) == base_of(other) or any(both <= key for key in _TOGETHER)


def likeliest(pairs: Iterable[tuple[str, str]]) -> str:
    """The keyboard on which most of these pairs of characters are a key with and without shift."""
    seen = {frozenset(pair) for pair in pairs}
    keys = {name: {frozenset(key) for key in known} for name, known in _PAIRS.items()}
    return max(keys, key=lambda name: len(seen & keys[name]))


@cache
def shifted_on(layout: str, char: str) -> str:
    """The character that stands with this one on a key; if any does."""
    found = (key.replace(char, "", 1) for key in _PAIRS.get(layout, ()) if char in key)
    return next(found, "") or other_case(char)
