"""Which member of a record tells what about a key event, by the names recorders use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from scanner.keystrokes.recorder import Act

ROLES: dict[str, tuple[str, ...]] = {
    role: tuple(names.split())
    for role, names in {
        "key": "keychar char character characters chars canonicalkeychar key keyname"
        " canonicalkeyname keysym keystr keyvalue keytext keypressed pressedkey keystroke keylabel"
        " letter charactersignoringmodifiers unmodchars k code keycode keyvk vk vkcode virtualkey"
        " virtualkeycode windowsvirtualkeycode which name scancode hardwarekeycode rawcode keyval"
        " usage usageid hidusage charcode eventcode kcgkeyboardeventkeycode sym keystrokes taste"
        " touche tecla button",
        "act": "event eventtype eventname type action actiontype name kind keyaction keyevent state"
        " keystate direction pressed ispressed down isdown keydown up op status value phase msg"
        " message wparam e a ev evt act callback inputtype ereignis aktion evenement evento accion",
        "press": "press presstime pressed pressat presstimestamp presstimems presstimens timepress"
        " tpress downtime down keydown keydowntime timedown tdown start starttime pressedat",
        "release": "release releasetime released releaseat releasetimestamp releasetimems"
        " releasetimens timerelease trelease uptime up keyup keyuptime timeup tup end endtime"
        " releasedat",
        "time": "timestampns timens timestampus timestampms timems timestamp time ts t"
        " timestampunix timestampsec eventtime datetime date when createdat at clock epoch ns"
        " zeitstempel zeit horodatage fecha uhrzeit loggedat recordedat",
        "user": "user userid username uid employee employeeid actor participant subject person"
        " account owner operator distinctid who usr benutzer utilisateur usuario",
        "session": "session sessionid recording recordingid recordingtimestamp runid trace deviceid"
        " device host hostname machine machineid computer participantsession sid",
        "window": "windowtitle window activewindow windowname windowid app application appname"
        " applicationname process processname program exe bundleid foreground url page tab title"
        " win pageurl fenster fenetre ventana",
        "field": "field fieldname fieldid element elementid elementname selector target targetid"
        " xpath control controlname widget inputname inputid label accessiblename placeholder"
        " ariarole arialabel",
        "secure": "secure issecure secureinput secureinputenabled ispassword passwordfield"
        " isprotected protected masked ismasked fieldtype inputtype elementtype controltype role"
        " autocomplete",
        "mods": "modifiers mods modifier modifierkeys activemodifiers keymodifiers modifierstate"
        " modifierflags metastate modmask mask mod flags state",
        "ctrl": "ctrlkey ctrl control controlkey",
        "shift": "shiftkey shift",
        "alt": "altkey alt option optionkey",
        "meta": "metakey meta cmd command win super",
        "text": "text data clipboard clipboardtext content pastedtext paste inserted composition",
        "buffer": "buffer textbuffer currentbuffer keybuffer currenttext textsofar typedtext typed"
        " inputvalue fieldvalue fulltext accumulated bufferedtext value content text",
        "platform": "platform os osname system",
    }.items()
}
_ACTS = {
    Act.DOWN: "press pressed down keydown keypressed keydownevent kd make repeat autorepeat hold"
    " keyrepeat keystroke keypress keypressevent key rawkeydown typed keytyped tapped keystrpress"
    " wmkeydown wmsyskeydown kcgeventkeydown nativekeypressed gedruckt gedrueckt taste presionada"
    " presionado pulsada enfonce enfoncee appuye appuyee",
    Act.UP: "release released up keyup keyrelease keyreleased keyupevent break ku rawkeyup"
    " keystrrelease wmkeyup wmsyskeyup kcgeventkeyup nativekeyreleased losgelassen soltada soltado"
    " relache relachee",
    Act.CLICK: "click mousedown mouseclick buttonpress buttondown touchstart pointerdown tap"
    " doubleclick dblclick mousepress singleclick mouseleftdown leftclick rightclick mouse"
    " wmlbuttondown wmrbuttondown lbuttondown rbuttondown leftbuttondown rightbuttondown"
    " leftmousedown rightmousedown kcgeventleftmousedown kcgeventrightmousedown",
    Act.FOCUS: "focus windowfocus focuschange focuschanged windowchange windowchanged appswitch"
    " activewindow activate windowactivated focusin focusout blur tabchange navigate pageload"
    " windowswitch appactivated windowopen focusgained focuslost",
    Act.CLIP: "clipboard clipboardchange clipboardchanged clipboardupdate clipboardcopy copy cut",
    Act.PASTE: "paste clipboardpaste pasted insertfrompaste",
    Act.BESIDE: "screenshot screen frame capture screencapture domchange mutation dom domsnapshot"
    " snapshot axtree image thumbnail",
    Act.TEXT: "compositionend imecommit commit textinserted inserttext typetext dictation"
    " textcommit typedtext insertreplacementtext insertfromcomposition",
    Act.ERASE: "deletecontentbackward",
}
ACTS: dict[str, Act] = {name: act for act, names in _ACTS.items() for name in names.split()}
FLAGS = frozenset(
    ["pressed", "ispressed", "down", "isdown", "keydown", "state", "value", "keystate"]
)
_AROUND = re.compile(r"^(?:on|kb|keyboard|key|input|user|win32)|(?:event)$")
_SHORT = frozenset(["a", "e", "ev", "evt", "act", "action", "event", "type", "updown"])
_PLAIN = re.compile(r"[^a-z0-9]")
_UNIT = re.compile(
    r"(?<=[a-z])(?:unix|epoch)?(?:ms|us|ns|s|millis?|micros?|nanos?|[mun]?sec|utc|iso|unix|epoch)$"
)
_MOST, _DEPTH = 200, 3  # members of a record, and objects in each other
_TIMES = ("time", "press", "release")
_ELSE = ("value", "arg", "input")  # the key, where nothing else may be it
_COLUMNS = (
    "data event payload details detail properties attributes keyboard params keyevent input args"
    " body element target window context meta eventdata modifiers events records keystrokes keys"
    " actions log entries items batch steps value message fields"
)
WRAPPERS = frozenset(_COLUMNS.split())  # columns of tables in which events may stand


@lru_cache(maxsize=4096)
def plain(name: Any) -> str:
    """A name without case, punctuation and accents."""
    folded = unicodedata.normalize("NFKD", str(name)[:200]).lower()
    return _PLAIN.sub("", folded)[:60]


def act_of(name: str, value: Any) -> Act | None:
    """What a value says has happened; `name` is the plain name of its member."""
    if isinstance(value, (bool, int, float)):
        if name in FLAGS and value in (0, 1, 2):
            return Act.UP if value == 0 else Act.DOWN
        return (Act.UP if value else Act.DOWN) if name == "up" and value in (0, 1) else None
    if not isinstance(value, str) or len(value) > 60:
        return None
    words = plain(value)
    found = _letter(name, words)
    return ACTS.get(words, ACTS.get(_AROUND.sub("", words))) if found is None else found


def _letter(name: str, words: str) -> Act | None:
    """What a letter or a number says, as logs write that are short of room."""
    if len(words) > 5:
        return None
    if name in _SHORT and words in ("d", "u", "p", "r"):
        return Act.DOWN if words in ("d", "p") else Act.UP
    if name in FLAGS and words in ("0", "1", "2", "true", "false", "d", "u"):
        return Act.UP if words in ("0", "false", "u") else Act.DOWN
    return None


def members(record: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """(path, value) of what stands in a record, and in objects inside it."""
    return islice(_members(record, ()), _MOST)


def _members(
    record: Mapping[str, Any], above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in record.items():
        if isinstance(value, dict) and len(above) < _DEPTH:
            yield from _members(value, (*above, name))
        else:
            yield (*above, name), value


def roles(paths: Iterable[tuple[str, ...]]) -> dict[str, list[tuple[str, ...]]]:
    """For each role the members that may have it, likeliest first."""
    return _roles(tuple(paths))


@lru_cache(maxsize=4096)
def _roles(paths: tuple[tuple[str, ...], ...]) -> dict[str, list[tuple[str, ...]]]:
    named = [(plain(path[-1]), path) for path in paths]
    found = {
        role: [path for name in names for own, path in named if own == name]
        for role, names in ROLES.items()
    }
    for role in _TIMES:  # with their units behind
        bare = [(_UNIT.sub("", own), path) for own, path in named if path not in found[role]]
        found[role] += [path for name in ROLES[role] for own, path in bare if own == name]
    if not found["key"]:
        found["key"] = [path for own, path in named if own in _ELSE]
    return found
