"""What an ordinary working day looks like to the recorder; nothing in here is sensitive.

People appear as `u-0142`, machines and projects by dull names: whatever a scanner reports
in these records is a false alarm.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any
from uuid import UUID

from maker.text import Json

APPS = {
    "Terminal": "2.14.1", "Browser": "131.0.6778.86", "Sheets": "16.91.24111",
    "Mail": "16.0.18227", "Editor": "1.95.3", "Chat": "5.41.0", "Tickets": "9.17.2",
}  # fmt: skip
TITLES = {
    "Terminal": ("~/src/collector - zsh", "make check - 92x31", "tail -f build.log"),
    "Browser": ("Search results", "Wiki: how we name branches", "Build #8841 - passed"),
    "Sheets": ("Q3 capacity plan v7", "Seating plan (copy)", "Invoices overview"),
    "Mail": ("Inbox (14)", "Re: lunch on Thursday?", "Drafts"),
    "Editor": ("reader.py - collector", "README.md - docs", "keyboard_layout.json - ui"),
    "Chat": ("#platform-help", "#random", "Thread: broken pipeline"),
    "Tickets": ("DESK-2214 Cursor jumps when docked", "Sprint board", "DESK-1987 Slow login page"),
}
LABELS = (
    "Save", "Cancel", "Sign in", "Forgot password?", "Show token count", "Next", "Reply all",
    "Merge", "Close tab", "Copy link", "New sheet", "Run", "Keyboard shortcuts",
    "Secret santa list",
)  # fmt: skip
TYPED = (
    "thanks, looks good to me", "git status", "can we move the stand-up by ten minutes",
    "=SUM(B2:B41)", "cd ../docs && make html", "the monkey patch in the loader has to go",
    "please enter your password again and tell me if the page still hangs",
    "select count(*) from builds where state = 'failed'", "ls -la build/out",
    "I will be out on Friday afternoon", "pytest -q -k parser", "max_tokens=2048 is enough here",
)  # fmt: skip
QUESTIONS = (
    "How do I group rows by week in a pivot table?", "Why does this loop never end?",
    "Write a short reply that declines the meeting politely.", "What does exit code 137 mean?",
    "Turn this list into a table with two columns.", "Shorten this paragraph to one sentence.",
)  # fmt: skip
ANSWERS = (
    "Use a helper column that holds the Monday of each week, then group by that column.",
    "The index is never increased, so the condition stays true. Move the increment into the loop.",
    "Thank you for the invitation. I cannot join this time, but please send me the notes.",
    "The process was ended by the kernel, most often because it ran out of memory.",
    "Here is the table. I kept the order of your list and left empty cells blank.",
)
MODELS = ("deskmate-small-0926", "deskmate-base-0926")


def uuid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))


def hexes(random: Random, size: int) -> str:
    return f"{random.getrandbits(4 * size):0{size}x}"


def user(random: Random) -> str:
    return f"u-{random.randint(101, 138):04d}"


def event(random: Random, clock: int, kind: str, payload: Any) -> dict[str, Any]:
    """One recorded event as the collector writes it; `clock` is epoch milliseconds."""
    app = random.choice(list(APPS))
    x, y = random.randint(0, 640), random.randint(0, 380)
    return {
        "event_id": uuid(random),
        "ts": clock,
        "user": user(random),
        "session": hexes(random, 16),
        "kind": kind,
        "app": {"name": app, "version": APPS[app], "pid": random.randint(900, 31000)},
        "window": {"title": random.choice(TITLES[app]), "bounds": [x, y, 1280, 800]},
        "payload": payload,
    }


def dull_event(random: Random, clock: int) -> dict[str, Any]:
    """An event with nothing in it that anybody would mind."""
    kinds = list(_PAYLOADS)
    kind = random.choices(kinds, weights=(5, 8, 6, 2, 1, 2))[0]
    return event(random, clock, kind, _PAYLOADS[kind](random))


def _focus(random: Random) -> dict[str, Any]:
    return {"previous": random.choice(list(APPS)), "dwell_ms": random.randint(80, 90000)}


def _click(random: Random) -> dict[str, Any]:
    target = {"role": "button", "label": random.choice(LABELS), "node": random.randint(1, 900)}
    return {"x": random.randint(0, 1919), "y": random.randint(0, 1079), "target": target}


def _typed(random: Random) -> dict[str, Any]:
    return {"text": random.choice(TYPED), "keys": random.randint(4, 90)}


def _request(random: Random) -> dict[str, Any]:
    headers = [
        {"name": "Accept", "value": "application/json"},
        {"name": "X-Request-Id", "value": uuid(random)},
        {"name": "If-None-Match", "value": f'W/"{hexes(random, 32)}"'},
    ]
    url = f"https://tickets.hollowbrook.example/api/v2/issues/{random.randint(900, 2400)}"
    body = Json({"fields": ["title", "state"], "page": random.randint(1, 9), "max_tokens": 2048})
    return {"method": "POST", "url": url, "headers": headers, "body": body}


def _form(random: Random) -> dict[str, Any]:
    fields = [{"key": "username", "value": user(random)}, {"key": "remember", "value": "on"}]
    return {"action": "/login", "fields": fields}


def _state(random: Random) -> dict[str, Any]:
    props = Json({"theme": random.choice(("dark", "light")), "build": hexes(random, 40)})
    return {"state": Json({"route": "/board", "rev": random.randint(1, 400), "props": props})}


_PAYLOADS: dict[str, Callable[[Random], dict[str, Any]]] = {
    "window_focus": _focus, "click": _click, "typed": _typed,
    "request": _request, "form": _form, "app_state": _state,
}  # fmt: skip


def dull_chat(random: Random) -> dict[str, Any]:
    """A conversation with the assistant about nothing in particular."""
    messages = [{"role": "system", "content": "You are Deskmate, a helpful colleague."}]
    for _ in range(random.randint(1, 3)):
        messages.append({"role": "user", "content": random.choice(QUESTIONS)})
        messages.append({"role": "assistant", "content": random.choice(ANSWERS)})
    return chat(random, messages)


def chat(random: Random, messages: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "conversation_id": uuid(random),
        "model": random.choice(MODELS),
        "max_tokens": random.choice((512, 1024, 4096)),
        "temperature": random.choice((0.2, 0.7)),
        "messages": messages,
        "usage": {
            "prompt_tokens": random.randint(20, 900),
            "total_tokens": random.randint(900, 1800),
        },
    }


def woven(random: Random, dull: list[Any], planted: list[Any]) -> list[Any]:
    """The planted records at scattered places among the dull ones, in their own order."""
    places = sorted(random.sample(range(len(dull) + len(planted)), len(planted)))
    rows, rest, extra = [], iter(dull), dict(zip(places, planted, strict=True))
    for place in range(len(dull) + len(planted)):
        rows.append(extra[place] if place in extra else next(rest))
    return rows
