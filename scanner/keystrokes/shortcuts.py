"""What keys do together with Ctrl, Alt, Cmd and Shift: in desktop programs, on macOS, in shells."""

from __future__ import annotations

import re
from collections.abc import Collection

from scanner.keystrokes.buffer import Buffer
from scanner.keystrokes.keys import Key, Kind
from scanner.keystrokes.stream import Stream

_TERMINAL = re.compile(
    r"term(?:inal|inator|ux)?\b|xterm|iterm|konsole|alacritty|kitty|wezterm|tmux|powershell"
    r"|cmd\.exe|\bbash\b|\bzsh\b|\bfish\b|\bputty\b|\bssh\b|windows ?terminal|\btty",
    re.IGNORECASE,
)
_COMMANDS = frozenset(["ctrl", "alt", "meta"])
_EDITS = {"x": Kind.CUT, "c": Kind.COPY, "v": Kind.PASTE, "z": Kind.UNDO, "y": Kind.REDO}
_EDITS |= {"a": Kind.SELECT_ALL}
_BEYOND = {Kind.COPY: "copy", Kind.CUT: "cut", Kind.PASTE: "paste", Kind.BUTTON: "close"}
_MOVES = (Kind.LEFT, Kind.RIGHT, Kind.UP, Kind.DOWN, Kind.HOME, Kind.END)


def is_terminal(window: str) -> bool:
    """True for the title or program name of a terminal."""
    return bool(window) and _TERMINAL.search(window) is not None


def is_command(key: Key, held: Collection[str], mac: bool | None, terminal: bool) -> bool:
    """True when a character key inserts nothing, because of what is held with it."""
    if _COMMANDS.isdisjoint(held) or "altgr" in held:
        return False
    if "alt" in held and "meta" not in held:
        if "ctrl" in held:  # AltGr of Windows
            return key.coded or (key.char.isascii() and key.char.isalnum())
        return key.char.isascii() if not mac or terminal else key.coded
    return True


def apply(stream: Stream, key: Key, held: Collection[str], mac: bool | None) -> str:
    """Do to the buffer what a key does; what takes more than the buffer is returned by name.

    That is copy, cut, paste, yank (paste what a shell's line lost last), and close: what the
    field holds afterwards is unknown.
    """
    buffer, kind = stream.buffer, key.kind
    if kind is Kind.CHORD:
        held = {*held, *key.modifiers}
        kind = Kind.__members__.get(key.char, Kind.CHAR)
    if kind is Kind.CHAR:
        return _letter(stream, key.base, held, mac)
    if kind is Kind.DELETE and "shift" in held and not mac and buffer.selected():
        kind = Kind.CUT
    elif kind is Kind.INSERT:
        kind = Kind.PASTE if "shift" in held else Kind.COPY if "ctrl" in held else kind
    if kind in (Kind.BACKSPACE, Kind.DELETE):
        _delete(stream, kind, held, mac)
        return ""
    if kind in _MOVES:
        return _move(stream, kind, held, mac)
    return _edit(buffer, kind, held)


def _letter(stream: Stream, letter: str, held: Collection[str], mac: bool | None) -> str:
    command = "meta" if mac else "ctrl"
    if (stream.terminal or mac) and "ctrl" in held and "shift" not in held:
        return _readline(stream, letter)
    if stream.terminal and "alt" in held:
        _words(stream, letter)
        return ""
    if command in held and letter in _EDITS:
        kind = _EDITS[letter]
        return _edit(stream.buffer, kind, held if letter == "z" else ())
    if "meta" in held and mac is None and letter in _EDITS and letter not in "xyz":
        return _edit(stream.buffer, _EDITS[letter], ())
    return ""


def _edit(buffer: Buffer, kind: Kind, held: Collection[str]) -> str:
    if kind is Kind.SELECT_ALL:
        buffer.select_all()
    elif kind is Kind.REDO or (kind is Kind.UNDO and "shift" in held):
        buffer.redo()
    elif kind is Kind.UNDO:
        buffer.undo()
    return _BEYOND.get(kind, "")


def _delete(stream: Stream, kind: Kind, held: Collection[str], mac: bool | None) -> None:
    buffer, back = stream.buffer, kind is Kind.BACKSPACE
    if buffer.delete_selection():
        return
    at = buffer.caret
    if mac and "meta" in held:
        to = buffer.line_start() if back else buffer.line_end()
    elif "ctrl" in held or "alt" in held:
        to = buffer.word(-1 if back else 1)
    else:
        to = at - 1 if back else at + 1
    buffer.delete(min(at, to), max(at, to))


def _move(stream: Stream, kind: Kind, held: Collection[str], mac: bool | None) -> str:
    buffer, selecting = stream.buffer, "shift" in held
    by = -1 if kind in (Kind.LEFT, Kind.UP, Kind.HOME) else 1
    if kind in (Kind.HOME, Kind.END):
        whole = "ctrl" in held
        to = (0 if whole else buffer.line_start()) if by < 0 else buffer.line_end()
        buffer.move(len(buffer.cells) if whole and by > 0 else to, selecting)
    elif kind in (Kind.UP, Kind.DOWN):
        if stream.terminal:  # another line of the history
            return "close"
        if mac and "meta" in held:
            buffer.move(0 if by < 0 else len(buffer.cells), selecting)
        else:
            buffer.vertical(by, selecting)
    elif mac and "meta" in held:
        buffer.move(buffer.line_start() if by < 0 else buffer.line_end(), selecting)
    elif "ctrl" in held or "alt" in held:
        buffer.move(buffer.word(by), selecting)
    else:
        buffer.step(by, selecting)
    return ""


def _readline(stream: Stream, letter: str) -> str:
    """Ctrl and a letter in a shell, and in any text field of macOS."""
    buffer = stream.buffer
    at, start, end = buffer.caret, buffer.line_start(), buffer.line_end()
    moves = {"a": start, "e": end, "b": at - 1, "f": at + 1}
    deletes = {"h": (at - 1, at), "d": (at, at + 1)}
    kills = {"k": (at, end), "u": (start, at), "w": (buffer.word(-1, by_space=True), at)}
    if letter in moves:
        buffer.move(moves[letter])
    elif letter in deletes:
        buffer.delete(*deletes[letter])
    elif letter in kills:
        low, high = kills[letter]
        stream.kill(max(start, low), high)
    elif letter == "t":
        buffer.swap()
    elif letter in ("j", "m"):
        number = buffer.cells[-1][1] if buffer.cells else len(stream.rows.rows) - 1
        buffer.insert(("\n", number, buffer.cells[-1][2] if buffer.cells else 0.0))
    return {"y": "yank", "c": "close" if stream.terminal else ""}.get(letter, "")


def _words(stream: Stream, letter: str) -> None:
    """Alt and a letter in a shell."""
    buffer, at = stream.buffer, stream.buffer.caret
    if letter in "bf":
        buffer.move(buffer.word(-1 if letter == "b" else 1))
    elif letter == "d":
        stream.kill(at, buffer.word(1))
