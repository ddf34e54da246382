"""Names in prose: what is read, what is made of it, and what the budget leaves out."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from scanner.batch import ColumnPlaces, TextBatch, UnitLog, text_array
from scanner.detectors import DetectorContext, Match, Value
from scanner.detectors._names_forms import field_name
from scanner.detectors._names_prose import Kind, kind_of
from scanner.detectors._names_tiers import address, narrowed, person, trimmed
from scanner.detectors.names import plugin
from scanner.errors import UnreadableError, UsageError
from scanner.matcher import Matcher
from scanner.model import Confidence
from scanner.readings import Readings
from scanner.regexes.linear import compile_re

CHAT = [
    "Hi Xiomara, can you call Jorge Ramirez before Friday? Thanks, Bob",
    "my name is Anna Kowalska and i live in Leeds",
    "Please ask Michael Brown whether the report is ready for him",
    "Sehr geehrte Frau Schneider, vielen Dank für Ihre Nachricht",
    "Bonjour Camille, merci pour ton message, on se voit demain",
]
TITLES = [
    "Inbox (3) - Outlook",
    "Weekly Report - Google Docs - Google Chrome",
    "Document1 - Microsoft Word",
    "UserService.java - billing - IntelliJ IDEA",
    "Getting Started with Visual Studio Code",
    "How to Use the Pivot Table in Excel - YouTube",
    "Mark Complete | Jira",
    "Administrator: Windows PowerShell",
    "Sprint Planning and Review - Confluence",
]
TELEMETRY = [
    "2026-10-05 09:12:44 INFO OrderRepository - Saved Order in 12 ms and returned",
    'level=info msg="Login Page was opened" app="Acrobat Reader"',
    '{"app":"Outlook","title":"Budget Review","dur":12}',
    "C:\\Users\\Public\\Documents\\Annual Plan.docx",
    "GET /api/v1/users?name=Test HTTP/1.1 200",
    "java.lang.NullPointerException: Cannot invoke String.length() in MainWindow.render",
    "focus changed from Visual Studio Code to Google Chrome by the user at 12:03",
]


@cache
def names(**options: Any) -> Any:
    return plugin.build(DetectorContext(options))


@cache
def matcher(**options: Any) -> Matcher:
    """It takes seconds to compile; the budget plays no part in it."""
    return Matcher({"names": names(**options)})


def found(text: str, label: str = "") -> list[str]:
    (outcomes,) = names().read([Value(text.encode(), label)])
    return [one.secret for one in outcomes if isinstance(one, Match)]


def readings(texts: list[str], label: str = "text", **options: Any) -> tuple[list[str], UnitLog]:
    """What comes out of a batch as a scan has it: anchors, budget, reading."""
    detectors, log = {"names": names(**options)}, UnitLog()
    batch = TextBatch(text_array(texts), ColumnPlaces(len(texts), 0, f"/{label}", label))
    asked = Readings(detectors)
    _, read = asked.split(matcher().candidates(batch))
    told = asked.read(batch, read, log)
    rows = sorted(told.items(), key=lambda item: item[0][1])
    return [o.secret for _, out in rows for o in out if isinstance(o, Match)], log


def test_names_in_chats_of_several_languages() -> None:
    seen, log = readings(CHAT)
    wanted = ("Xiomara", "Jorge Ramirez", "Anna Kowalska", "Michael Brown", "Schneider", "Camille")
    assert {name for name in wanted if name in " ".join(seen)} == set(wanted)
    assert log.problems == []


@pytest.mark.parametrize("label", ["title", "text", "message", ""])
def test_titles_and_telemetry_hold_no_person(label: str) -> None:
    assert readings([*TITLES, *TELEMETRY], label)[0] == []


def test_an_address_in_a_sentence() -> None:
    (match,) = (
        one
        for one in names().read([Value(b"Please send it to 42 Elm Street, Springfield, IL 62704")])[
            0
        ]
        if isinstance(one, Match)
    )
    assert match.rule.id == "prose-address"
    assert match.secret.startswith("42 Elm Street")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("DISCHARGE SUMMARY\nPatient: Harold Whitcombe    DOB", "Harold Whitcombe"),
        ("Arztbrief\nPatientin: Frau Renate K\u00f6ster, geb. 1952", "Renate K\u00f6ster"),
        ('const user = { name: "Bettina Krause" };', "Bettina Krause"),
        ("adres hierboven. Groeten, Sander Koopmans", "Sander Koopmans"),
        ("Nome: Luca De Angelis", "Luca De Angelis"),
        ("Name: Production Cluster", ""),
        ("Customer: Acme Corp", ""),
        ("Nom: Paris", ""),
        ("Best regards, IT Helpdesk", ""),
        ("all for #FionaMcGrath today", "FionaMcGrath"),
        ("see #MarkComplete and #VictoriaLine", ""),
    ],
)
def test_what_forms_and_signatures_say(text: str, name: str) -> None:
    value = Value(text.encode())
    told = [m for m in names().confirm(value, "form", ()) if isinstance(m, Match)]
    assert [m.secret for m in told] == ([name] if name else [])
    (form,) = (p for p in names().patterns() if p.key == "form")
    assert not name or any(compile_re(a).search(text.encode()) for a in form.anchors)


def test_a_recogniser_that_reads_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    detector: Any = plugin.build(DetectorContext())
    assert detector.read([Value(b"Thanks, John Miller, for the note.")])[0]

    class Silent:
        def read(self, texts: list[str]) -> list[list[Any]]:
            return [[] for _ in texts]

    monkeypatch.setitem(detector.__dict__, "_backend", Silent())
    detector.__dict__.pop("_alive")
    with pytest.raises(UnreadableError, match="found no name") as told:
        detector.read([Value(b"Thanks, John Miller, for the note.")])
    assert told.value.code == "detector.dead"


def test_spans_are_code_points() -> None:
    text = "\U0001f600 Grüße an Katharina Vogel und ihre Kollegen aus München"
    (outcomes,) = names().read([Value(text.encode(), "text")])
    for one in outcomes:
        assert text[one.start : one.end]
        if isinstance(one, Match):
            assert text[one.start : one.end] == one.secret


def test_a_long_value_is_read_to_its_end() -> None:
    text = "this is about nothing at all and goes on for long. " * 400
    text += "Then we met Sarah Johnson in the garden."
    assert "Sarah Johnson" in found(text)


# --- what is read


@pytest.mark.parametrize(
    ("text", "label", "kind"),
    [
        ("we will meet at the office and then have lunch", "", Kind.PROSE),
        ("ich habe das nicht gesehen, kannst du mir helfen", "", Kind.PROSE),
        ("я не знаю, кто это", "", Kind.PROSE),
        ("Hi Anna", "message", Kind.PROSE),
        ("Weekly Report - Google Docs", "title", Kind.OTHER),
        ("Weekly Report - Google Docs", "", Kind.OTHER),
        ("you have been logged out of the application by Anna", "window", Kind.MACHINE),
        ("2026-10-05T10:00:00 INFO the job was started by the user", "", Kind.MACHINE),
        ("def foo(self): return self._bar", "", Kind.OTHER),
        ("Anna", "title", Kind.OTHER),
        ("Debra Perlingiere", "text", Kind.PROSE),  # the last line of a letter
        ("Rose Garden", "text", Kind.OTHER),
        ("Mr. McGrath has left us today", "text", Kind.PROSE),
        ("my iPhone broke and PayPal will not pay me", "text", Kind.PROSE),
        ("Zoe Quinn to step down as chair - BBC https://t.co/qq81", "text", Kind.PROSE),
    ],
)
def test_kinds_of_values(text: str, label: str, kind: Kind) -> None:
    assert kind_of(Value(text.encode(), label)) is kind


# --- the two tiers


def tier(text: str, name: str, kind: Kind = Kind.PROSE) -> str:
    start = text.index(name)
    return person(text, start, start + len(name), kind)


def test_what_is_sure_and_what_is_not() -> None:
    assert tier("I saw Michael there", "Michael") == "finding"  # a listed first name
    assert tier("Dear Mr. Zzyx, hello", "Zzyx") == "finding"  # a title before it
    assert tier("with Qworvin Zzyxal at", "Qworvin Zzyxal") == "finding"  # two words, not common
    assert tier("i told Qworvin about it", "Qworvin") == "review"
    assert tier("i told qworvin about it", "qworvin") == "ordinary-word"  # as `moldy` is
    assert tier("You are Zzyxbot, a helper", "Zzyxbot") == "assistant"
    assert tier("open Visual Studio now", "Visual Studio") == "application-or-code"
    assert tier("a line  // kingfisher:ignore", "kingfisher") == "application-or-code"
    assert tier("the userService failed", "userService") == "not-a-name"
    assert tier("the Quillstone Desk is out", "Quillstone Desk") == "ordinary-word"
    assert tier("by Qworvin Zzyxal", "Qworvin Zzyxal", Kind.MACHINE) == "machine-field"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("turn left at Kent Street", "Kent"),
        ("at the Gerard Gardens", "Gerard Gardens"),
        ("the Quillstone Desk is out", "Quillstone"),
        ("we moved to a flat in Austin", "Austin"),
        ("a cup of joe and a snack", "joe"),
        ("so full of mercy", "mercy"),
    ],
)
def test_what_is_called_after_somebody_is_nobody(text: str, name: str) -> None:
    assert tier(text, name) == "ordinary-word"


def test_initials_and_titles_are_no_ordinary_words() -> None:
    assert tier("by Colonel Meredith H. Shade of", "Meredith H. Shade") == "finding"
    assert tier("and Kenny G is on", "Kenny G") == "finding"


def test_a_name_ends_where_something_else_begins() -> None:
    for text, name in (
        ("Eleanor Vance - mobile", "Eleanor Vance"),
        ("Siobhan Gallagher\nPPS", "Siobhan Gallagher"),
        ("M. Lefebvre mardi", "M. Lefebvre"),
        ("Jan van den Berg 0612", "Jan van den Berg"),
        ("Have Sanjay look", "Sanjay"),
    ):
        start, end = narrowed(text, 0, len(text))
        assert text[start:end] == name


def test_edges_are_trimmed() -> None:
    text = 'by "Anna Berg\'s"'
    assert text[slice(*trimmed(text, 3, len(text)))] == "Anna Berg"
    assert trimmed("...", 0, 3)[0] == trimmed("...", 0, 3)[1]


def test_an_address_has_a_number() -> None:
    assert address("12 Elm Street", 0, 13, "ADDRESS") == "finding"
    assert address("Elm Street", 0, 10, "ADDRESS") == "no-house-number"
    assert address("Desktop 3 by Explorer", 0, 21, "ADDRESS") == "application-or-code"


@pytest.mark.parametrize(
    ("label", "text", "hit"),
    [
        ("first_name", "Anneliese", True),
        ("lastName", "Müller", True),
        ("Nachname", "Schneider", True),
        ("file_name", "Anna", False),
        ("display_name", "Save Button", False),
        ("last_name", "n/a", False),
    ],
)
def test_fields_named_after_names(label: str, text: str, hit: bool) -> None:
    batch = TextBatch(text_array([text]), ColumnPlaces(1, 0, f"/{label}", label))
    asked = list(matcher(ner="off").candidates(batch))
    confirmed = [
        m for c in asked for m in names(ner="off").confirm(Value(text.encode(), label), c.key, ())
    ]
    assert bool(confirmed) is hit
    assert (field_name("Anna Berg") is not None) and field_name("Click Here") is None


# --- the budget


def test_what_the_budget_leaves_out_is_counted() -> None:
    seen, log = readings([CHAT[0], *CHAT[1:]], budget=20)
    assert seen
    (problem,) = log.problems
    assert (problem.code, problem.count) == ("note.reader.budget", len(CHAT) - 1)
    assert "20 words" in problem.what
    assert not problem.is_failure
    _, strict = readings(CHAT, budget=20, beyond_budget="incomplete")
    assert strict.problems[0].is_failure


def test_a_text_is_paid_for_once() -> None:
    seen, log = readings([CHAT[0]] * 50, budget=20)
    assert len(seen) % 50 == 0 and seen
    assert log.problems == []


def test_the_same_twice() -> None:
    assert readings(CHAT) == readings(CHAT)


# --- options


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"model": "embedded"}, "'model' is no option"),
        ({"ner": "xx_no_such_package"}, "no spaCy pipeline"),
        ({"ner": "no/such/path"}, "no spaCy pipeline"),
        ({"ner": 3}, "must be a name"),
        ({"budget": -1}, "whole number"),
        ({"budget": "many"}, "whole number"),
        ({"beyond_budget": "ignore"}, "neither"),
        ({"nlp_engine": "x.yaml"}, "for ner: presidio"),
        ({"ner": "presidio", "nlp_engine": "no/such.yaml"}, "no such file"),
        ({"ner": "presidio"}, "not installed"),
    ],
)
def test_wrong_options_are_usage_errors(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        plugin.build(DetectorContext(options))
    assert says in caught.value.what
    assert caught.value.hint or caught.value.where


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spaCy pipeline of somebody's own: one that knows a single name."""
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "PER", "pattern": "Qworvin Zzyxal"}])
    folder = tmp_path_factory.mktemp("own") / "pipeline"
    nlp.to_disk(folder)
    return folder


def test_a_pipeline_of_ones_own_by_its_path(pipeline: Path) -> None:
    own = plugin.build(DetectorContext({"ner": "pipeline"}, folder=str(pipeline.parent)))
    (outcomes,) = own.read([Value(b"we met Qworvin Zzyxal at the fair")])
    assert [one.secret for one in outcomes] == ["Qworvin Zzyxal"]


def test_presidios_engine(pipeline: Path) -> None:
    conf = pipeline.parent / "engine.json"
    models = [{"lang_code": "en", "model_name": str(pipeline)}]
    conf.write_text(json.dumps({"nlp_engine_name": "spacy", "models": models}), "utf-8")
    own = plugin.build(DetectorContext({"ner": "presidio", "nlp_engine": str(conf)}))
    (outcomes,) = own.read([Value(b"we met Qworvin Zzyxal at the fair")])
    assert [one.secret for one in outcomes] == ["Qworvin Zzyxal"]


# --- the traps


def test_nothing_goes_to_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    fresh = plugin.build(DetectorContext({}))
    assert fresh.read([Value(CHAT[0].encode(), "text")])[0]


def test_spacy_is_imported_when_prose_turns_up() -> None:
    code = (
        "import sys; from scanner.detectors import DetectorContext, Value, names\n"
        "found = names.plugin.build(DetectorContext({})); found.patterns()\n"
        "found.cost(Value(b'Weekly Report - Word', 'title'))\n"
        "print('spacy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_confidence_follows_the_tier() -> None:
    (outcomes,) = names().read([Value(b"Hello Michael, how are you doing today?", "text")])
    (match,) = (one for one in outcomes if isinstance(one, Match))
    assert (match.confidence, match.severity) == (Confidence.MEDIUM, "medium")
    assert "Michael" not in repr(match)
