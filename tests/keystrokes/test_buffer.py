"""A field while it is edited, held against a plain model of one."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.keystrokes.buffer import Buffer

MOVES = st.one_of(
    st.tuples(st.just("type"), st.sampled_from("ab c\n")),
    st.tuples(st.sampled_from(["left", "right", "back", "del", "home", "end", "all"])),
    st.tuples(st.sampled_from(["sleft", "sright"])),
)


@settings(max_examples=150)
@given(moves=st.lists(MOVES, max_size=60))
def test_it_edits_as_a_field_does(moves):  # noqa: C901 - the model of a field
    buffer, text, caret, anchor = Buffer(), "", 0, None
    for n, move in enumerate(moves):
        low, high = sorted((caret if anchor is None else anchor, caret))
        selected = low < high
        kind = move[0]
        if kind == "type":
            buffer.insert((move[1], n, float(n)))
            text, caret, anchor = text[:low] + move[1] + text[high:], low + 1, None
        elif kind in ("back", "del"):
            if selected:
                buffer.delete_selection()
                text, caret = text[:low] + text[high:], low
            elif kind == "back" and caret:
                buffer.delete(caret - 1, caret)
                text, caret = text[: caret - 1] + text[caret:], caret - 1
            elif kind == "del" and caret < len(text):
                buffer.delete(caret, caret + 1)
                text = text[:caret] + text[caret + 1 :]
            else:
                buffer.move(caret)
            anchor = None
        elif kind in ("left", "right"):
            by = -1 if kind == "left" else 1
            buffer.step(by)
            caret = (low if by < 0 else high) if selected else min(max(0, caret + by), len(text))
            anchor = None
        elif kind in ("sleft", "sright"):
            by = -1 if kind == "sleft" else 1
            buffer.step(by, selecting=True)
            anchor = caret if anchor is None else anchor
            caret = min(max(0, caret + by), len(text))
        elif kind == "home":
            buffer.move(buffer.line_start())
            caret, anchor = text.rfind("\n", 0, caret) + 1, None
        elif kind == "end":
            buffer.move(buffer.line_end())
            caret = text.find("\n", caret) if "\n" in text[caret:] else len(text)
            anchor = None
        else:
            buffer.select_all()
            caret, anchor = len(text), 0
        assert "".join(c[0] for c in buffer.cells) == text
        assert buffer.caret == caret


def test_undo_and_redo():
    buffer = Buffer()
    for n, char in enumerate("secret"):
        buffer.insert((char, n, 0.0))
    buffer.delete(2, 6)
    buffer.undo()
    assert "".join(c[0] for c in buffer.cells) == "secret"
    buffer.redo()
    assert "".join(c[0] for c in buffer.cells) == "se"


def test_what_was_deleted_is_kept_with_what_stood_around_it():
    buffer = Buffer()
    for n, char in enumerate("pass word end"):
        buffer.insert((char, n, 0.0))
    for _ in range(4):
        buffer.delete(buffer.caret - 1, buffer.caret)
    buffer.settle()
    assert ["".join(c[0] for c in cells) for cells in buffer.lost] == ["pass word end"]
