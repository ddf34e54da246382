"""Unreleased-product terms: every way to write them, nothing of them in what is shown."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.batch import ColumnPlaces, TextBatch
from scanner.detectors import Detector, DetectorContext, Match, Value
from scanner.detectors._term_match import Form
from scanner.detectors.terms import plugin
from scanner.errors import UsageError
from scanner.matcher import Matcher

YAML = """
version: 1
terms:
  - id: halcyon
    term: Project Halcyon
    aliases: [HLC-9, Halcyon]
    owner: Device Platform
    severity: critical
    embargo_until: 2027-01-15
  - id: muse
    term: Muse
  - id: hatch
    term: hatch
    caseless: true
  - id: bluefin
    term: BlueFin
    caseless: false
  - id: gruen
    term: Gr\u00fcner \u041c\u0438\u0440
"""


@pytest.fixture(scope="module")
def terms(tmp_path_factory: pytest.TempPathFactory) -> Detector:
    path = tmp_path_factory.mktemp("terms") / "terms.yaml"
    path.write_text(YAML, "utf-8")
    return built(path)


def built(*paths: Path, today: date | None = None) -> Detector:
    return plugin.build(DetectorContext({"files": [str(p) for p in paths]}, today))


@cache
def matchers(found: Detector) -> list[Matcher]:
    return [Matcher({"terms": found}, engine) for engine in ("hyperscan", "re2")]


def scan(found: Detector, text: str) -> list[Match]:
    """The matches, in order; both engines must make the same candidates of them."""
    batch = TextBatch(pa.array(["", text]), ColumnPlaces(2, 0, "/text", "text"))
    asked = [{c.key for c in m.candidates(batch) if c.row == 1} for m in matchers(found)]
    value = Value(text.encode())
    every = {p.key: list(found.confirm(value, p.key, ())) for p in found.patterns()}
    for keys in asked:
        assert {key for key, matches in every.items() if matches} <= keys
    matches = [m for some in every.values() for m in some if isinstance(m, Match)]
    return sorted(matches, key=lambda m: (m.start, m.end))


def ids(found: Detector, text: str) -> set[str]:
    return {m.rule.id.removeprefix("term-") for m in scan(found, text)}


@pytest.mark.parametrize(
    "text",
    [
        *("Project Halcyon", "project halcyon", "PROJECT HALCYON", "ProjectHalcyon"),
        *("projectHalcyon", "project_halcyon", "PROJECT-HALCYON", "projecthalcyon"),
        *("project.halcyon", "Project  Halcyon", "Project\n    Halcyon", "Project\u00a0Halcyon"),
        *("Project\u2013Halcyon", "Project\x0bHalcyon", "Project Halcyon's plan"),
        *("two project halcyons", "(Project Halcyon)", "/src/project_halcyon/main.c"),
        *("getProjectHalcyonBuild()", "PROJECT_HALCYON_V2", "projecthalcyon2", "_Project_Halcyon_"),
        *("HLC-9", "hlc9", "HLC 9", "hlc_9", "the HLC-9s", "Halcyon", "HALCYON", "halcyon_build"),
        *("launchHalcyonNow", "HalcyonService", "XMLHalcyon", "Halcyon2"),
        *("?q=project%20hlc-9", "q=project+halcyon", "Project::Halcyon"),
    ],
)
def test_ways_to_write_it(terms: Detector, text: str) -> None:
    assert "halcyon" in ids(terms, text)


@pytest.mark.parametrize(
    "text",
    [
        *("halcyonic project", "Project Halcyonic", "PROJECTHALCYONIC", "subproject halcyonite"),
        *("Halcyonic", "project: halcyonic", "HLC-95", "xhlc9", "HLC9b", "Project or Halcyonite"),
        *("a halcyon day", "Project" + " " * 11 + "halcyon", "HALCYONS1X".replace("S1X", "IC")),
    ],
)
def test_other_words(terms: Detector, text: str) -> None:
    assert "halcyon" not in ids(terms, text)


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        *((t, True) for t in ("Muse", "MUSE", "Muse's", "muse_plan", "launchMuse", "museBuild")),
        *((t, False) for t in ("muse", "to muse-like", "muses", "amuse", "museum", "Museum")),
    ],
)
def test_a_plain_word_needs_more_than_its_letters(terms: Detector, text: str, fires: bool) -> None:
    assert ("muse" in ids(terms, text)) is fires


@pytest.mark.parametrize(
    "text",
    [
        *("Pr\u043eject H\u0430lcyon", "Pr\u00f3ject H\u00e4lcy\u00f6n", "proj\u200bect halcyon"),
        *("Ha\u0301lcyon Projec\u0301t Halcyon", "project \u041d\u0430l\u0441\u0443\u043en"),
        *("pr0j3ct h4lcy0n", "PROJECT H@LCYON", "pr\u043ejecthalcyon", "project_h4lcyon_v2"),
        *("ProjectH\u00e0lcyon", "\u1d18\u0280\u1d0f\u1d0a\u1d07\u1d04\u1d1b halcyon"),
    ],
)
def test_letters_that_look_alike(terms: Detector, text: str) -> None:
    assert "halcyon" in ids(terms, text)


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        *((t, True) for t in ("codename: muse", "src/muse/main.c", "project Muse")),
        *((t, True) for t in ("we ship Muse in May", "acme/muse.git", "muse near hlc-9 and more")),
        *((t, False) for t in ("Muse on it. Then go.", "they muse/ponder", "THE MUSE SPOKE")),
        *((t, False) for t in ("to muse about it", "His Muse Spoke", "the muses", "a musing")),
    ],
)
def test_an_ordinary_word_needs_evidence(terms: Detector, text: str, fires: bool) -> None:
    assert ("muse" in ids(terms, text)) is fires


def test_of_many_ordinary_words_a_weak_reason_is_none(tmp_path: Path) -> None:
    words = "hatch value press stone table river window garden paper house mouse table chair"
    more = "bottle candle basket button carpet castle cheese circle coffee copper corner cotton"
    rest = "county couple course cousin damage dancer desert dinner doctor dollar domain dragon"
    last = "driver eagle earth engine fabric family farmer father fellow figure filter finger fish"
    path = tmp_path / "t.txt"
    path.write_text(
        "\n".join(dict.fromkeys(f"{words} {more} {rest} {last} planet rocket silver".split())),
        "utf-8",
    )
    found = built(path)
    for text in ("value_of(figure_table)", "Click Table to open the Window", "a stone house"):
        assert not ids(found, text), text
    (match,) = scan(found, "git clone git@host.example:acme/hatch.git")
    assert match.confidence == "medium"


def test_what_sorts_of_terms_there_are(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    rows = [
        {"id": "tick", "term": "QZX", "kind": "ticket"},
        {"id": "below", "term": "*.hw.example", "kind": "host"},
        {"id": "glob", "term": "db*.lab.example", "kind": "host"},
        {"id": "host", "term": "falcon-build", "kind": "host"},
        {"id": "nda", "term": "Orrery Mutual", "kind": "customer"},
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    found = built(path)
    for text, wanted in {
        "see QZX-123, please": {"tick"},
        "feature/qzx-7-login": {"tick"},
        "QZX 9000 is a car, xqzx-1 is none, QZX-12345678": set(),
        "ssh db01.hw.example:22": {"below"},
        "hw.example": set(),
        "ping db7.lab.example.": {"glob"},
        "ping web7.lab.example": set(),
        "on falcon-build.corp.example": {"host"},
        "on falcon-builder": set(),
        "OrreryMutual's contract": {"nda"},
    }.items():
        assert ids(found, text) == wanted, text
    (match,) = scan(found, "see QZX-123, please")
    assert match.secret == "QZX-123"


def test_a_plain_text_list(tmp_path: Path) -> None:
    path = tmp_path / "our names.txt"
    path.write_text("# names\nQuillstone\n\nNight Heron\nnight heron\n", "utf-8")
    found = built(path)
    assert ids(found, "quillstone, night-heron") == {"our-names-2", "our-names-4"}
    path.write_text("Night Heron\n", "utf-8")
    moved = scan(built(path), "nightheron")
    assert [m.normal for m in moved] == [m.normal for m in scan(found, "night-heron")]


def sealed(path: Path, key: bytes) -> Path:
    from scanner.detectors import _term_files, _term_seal

    target = path.with_name("sealed.yaml")
    terms = _term_files.read_all([path])
    target.write_bytes(_term_seal.sealed_file(terms, key, str(path)))
    return target


KEY = b"a key for tests, of 32 bytes or "


def test_a_sealed_list_finds_what_the_plain_one_finds(tmp_path: Path) -> None:
    path = tmp_path / "terms.yaml"
    path.write_text(YAML.replace("term: Gr", "term: Ze Gr"), "utf-8")
    target = sealed(path, KEY)
    text = target.read_text("utf-8").lower()
    assert not any(word in text for word in ("project", "hlc", "ze ", "gr\u00fcner"))
    plain = built(path)
    found = plugin.build(DetectorContext({"files": [str(target)]}, key=KEY))
    for text in (
        *("PROJECT_HALCYON and hlc9", "projecthalcyon", "pr0ject halcy0n's", "we ship Muse today"),
        *(
            "to muse",
            "BlueFin",
            "bluefin",
            "Pr\u043eject Halcyon",
            "the hatches",
            "Ze Gr\u00fcner \u041c\u0438\u0440",
        ),
        *("launchProjectHalcyonNow", "(Project\n Halcyon)", "HLC-9, x", "project halcyonic"),
        *("?q=project%20halcyon&b=1", "q=project+halcyon", "Project::Halcyon"),
    ):
        told = [
            {(m.rule.id, m.start, m.end, m.normal) for m in scan(d, text)} for d in (plain, found)
        ]
        assert told[0] == told[1], text
    with pytest.raises(UsageError, match="another deployment key"):
        plugin.build(DetectorContext({"files": [str(target)]}, key=b"b" * 32))


def test_what_cannot_be_sealed_is_named_by_id(tmp_path: Path) -> None:
    path = tmp_path / "terms.yaml"
    path.write_text("version: 1\nterms: [{id: short, term: Z-9}]", "utf-8")
    with pytest.raises(UsageError) as caught:
        sealed(path, KEY)
    assert "id short" in caught.value.where
    assert "Z-9" not in caught.value.diagnostics()


def test_another_process_needs_no_file(terms: Detector) -> None:
    again = plugin.load(DetectorContext(), terms.dump())  # type: ignore[attr-defined]
    assert again.patterns() == terms.patterns()
    text = "codename: hatch, project_halcyon"
    assert scan(again, text) == scan(terms, text)


SLIPS = st.sampled_from(["drop", "add", "change", "swap"])


@settings(max_examples=150, deadline=None)
@given(word=st.from_regex(r"[b-z]{8,12}", fullmatch=True), slip=SLIPS, at=st.integers(0, 11))
def test_one_typo_is_found_by_both_sides(word: str, slip: str, at: int) -> None:
    import re2

    from scanner.detectors._term_index import _fuzzy
    from scanner.detectors._term_words import is_ordinary

    at = min(at, len(word) - 2)
    wrong = {
        "drop": word[:at] + word[at + 1 :],
        "add": f"{word[:at]}a{word[at:]}",
        "change": f"{word[:at]}a{word[at + 1 :]}",
        "swap": word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    }[slip]
    if is_ordinary(wrong) or word in wrong:
        return
    text = f"see {wrong}."
    assert (4, 4 + len(wrong)) in list(Form(word, True).find(text))
    assert any(re2.search(anchor, text) for anchor in _fuzzy(word))


def test_caseless_as_the_entry_says(terms: Detector) -> None:
    assert "hatch" in ids(terms, "the Hatch opens")
    assert "hatch" not in ids(terms, "the hatchet")
    assert "bluefin" in ids(terms, "a BlueFin beta")
    assert "bluefin" not in ids(terms, "a bluefin tuna, BLUEFIN, blue fin")


@pytest.mark.parametrize(
    "text", ["GR\u00dcNER \u041c\u0418\u0420", "gr\u00fcner_\u043c\u0438\u0440"]
)
def test_other_scripts(terms: Detector, text: str) -> None:
    assert ids(terms, text) == {"gruen"}


def test_words_of_one_list_in_the_spellings_of_their_languages(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("Gr\u00f6\u00dfenwahn\nSolaris9\nVelvet Thunderbird", "utf-8")
    found = built(tmp_path / "t.txt")
    for text in ("Groessenwahn", "GR\u00d6SSENWAHN", "grossenwahn", "Gr\u00f6\u00dfenwahn"):
        assert ids(found, text) == {"t-1"}, text
    for text in ("Solaris9", "SOLARIS-9", "solaris 9"):
        assert ids(found, text) == {"t-2"}, text
    for text in (
        "velvet thunderbirdq",
        "velvet thunderbirds",
        "velvet hunderbird",
        "velvetthunderbird",
    ):
        assert ids(found, text) == {"t-3"}, text
    assert not ids(found, "solaris 91, velvet thunderbirdland, gross")


def test_spans_are_code_points_of_the_name_alone(terms: Detector) -> None:
    text = "\u20ac Project_Halcyon's HLC-9"
    spans = {(m.start, m.end, m.secret) for m in scan(terms, text)}
    assert (2, 17, "Project_Halcyon") in spans
    assert (20, 25, "HLC-9") in spans


def test_one_secret_however_it_is_written(terms: Detector) -> None:
    texts = ("Project Halcyon", "PROJECT_HALCYON", "hlc9")
    normals = {(m.family, m.normal) for t in texts for m in scan(terms, t)}
    assert normals == {("term", "halcyon")}


def test_nothing_shown_names_the_term(terms: Detector) -> None:
    (match,) = (m for m in scan(terms, "hlc9"))
    shown = [
        repr(match),
        repr(match.rule),
        *match.evidence,
        repr(terms),
    ]
    assert match.rule.id == "term-halcyon"
    assert match.rule.name == "Unreleased term halcyon"
    assert match.rule.severity == "critical"
    assert "Device Platform" in match.rule.description
    assert match.reveal == 0
    assert not any("hlc" in s.lower() or "Project Halcyon" in s for s in shown)


@pytest.mark.parametrize(
    ("today", "active"),
    [
        (None, True),
        (date(2027, 1, 14), True),
        (date(2027, 1, 15), False),
        (date(2028, 1, 1), False),
    ],
)
def test_an_embargo_ends_on_its_day(tmp_path: Path, today: date | None, active: bool) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(YAML, "utf-8")
    found = built(path, today=today)
    assert ("term-halcyon" in {r.id for r in found.rules()}) is active
    assert ("halcyon" in ids(found, "Project Halcyon")) is active
    assert "muse" in ids(found, "MUSE")


CSV = """id,term,aliases,owner,severity,embargo_until,caseless
halcyon,Project Halcyon,HLC-9;"Halcyon, the one",Device Platform,high,2027-01-15,
muse,Muse,,,low,,true
"""


def test_csv_form(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(CSV.replace(';"Halcyon, the one"', "|Kingfisher 2"), "utf-8")
    found = built(path)
    assert ids(found, "hlc_9 kingfisher2 muse") == {"halcyon", "muse"}
    assert [r.severity for r in found.rules()] == ["high", "low"]


def test_rule_folders_are_read_as_well(tmp_path: Path) -> None:
    (tmp_path / "terms").mkdir()
    (tmp_path / "terms" / "a.yaml").write_text(YAML, "utf-8")
    (tmp_path / "terms" / "notes.txt").write_text("not a term file", "utf-8")
    found = plugin.build(DetectorContext(rules_dirs=(str(tmp_path),)))
    assert len(found.rules()) == 5


def test_relative_to_the_policy(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(YAML, "utf-8")
    found = plugin.build(DetectorContext({"files": ["t.yaml"]}, folder=str(tmp_path)))
    assert len(found.rules()) == 5


def test_without_files_there_is_nothing() -> None:
    found = plugin.build(DetectorContext())
    assert (list(found.rules()), list(found.patterns())) == ([], [])


SECRET = "Zanzibar Nine"


def entry(**keys: Any) -> str:
    import json

    return "version: 1\nterms:\n  - {id: ok, term: Fine Name}\n  - " + json.dumps(keys)


@pytest.mark.parametrize(
    ("content", "says", "where"),
    [
        ("terms: [", "not valid YAML", "line 2"),
        (f"version: 1\nterms:\n  - id: a\n    term: {SECRET}\n   x: {SECRET}", "not valid", "line"),
        (f"- {SECRET}", "keys version and terms", "t.yaml"),
        (f"version: 2\nterms: [{SECRET}]", "version 1", "t.yaml"),
        (f"version: 1\nterms: []\nterms: [{SECRET}]", "stands twice", "line 1"),
        (f"version: 1\nterms: [{SECRET}]", "not a mapping", "entry 1"),
        (entry(term=SECRET), "needs an id", "entry 2"),
        (entry(id=SECRET, term=SECRET), "needs an id", "entry 2"),
        (entry(id="a"), "empty", "entry 2"),
        (entry(id="a", term="-"), "empty", "entry 2"),
        (entry(id="a", term=9), "must be text", "entry 2"),
        (entry(id="a", term=SECRET, aliases=SECRET), "aliases must be a list", "entry 2"),
        (entry(id="a", term=SECRET, severity=SECRET), "severity is unknown", "entry 2"),
        (entry(id="a", term=SECRET, embargo_until=SECRET), "not a date", "entry 2"),
        (entry(id="a", term=SECRET, caseless=SECRET), "true or false", "entry 2"),
        (entry(id="a", term=SECRET, alias=[SECRET]), "unknown key 'alias'", "entry 2"),
        (entry(**{"id": "a", "term": SECRET, SECRET: 1}), "not shown", "entry 2"),
        (entry(id="ok", term=SECRET), "'ok' is given twice", "entry 2"),
        ("version: 1\nterms:\n  - {id: a, term: b c, embargo_until: 2027-13-45}", "YAML", "t.yaml"),
    ],
)
def test_broken_files_are_named_and_not_quoted(
    tmp_path: Path, content: str, says: str, where: str
) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(content, "utf-8")
    with pytest.raises(UsageError) as caught:
        built(path)
    error = caught.value
    assert says in error.what
    assert where in error.where
    assert "t.yaml" in error.where
    assert error.hint
    assert "Zanzibar" not in error.diagnostics()
    assert error.__cause__ is None


@pytest.mark.parametrize(
    ("content", "says", "where"),
    [
        (f"name,word\na,{SECRET}", "columns id and term", "t.csv"),
        (f"id,term\na,{SECRET},{SECRET}", "more or fewer cells", "line 2"),
        ("id,term,owner\na", "more or fewer cells", "line 2"),
        (f'id,term\na,"{SECRET}', "not valid CSV", "line"),
        (f"id,term,severity\na,{SECRET},\nb,Fine Name,bad", "severity is unknown", "entry 2"),
        (f"id,term,caseless\na,{SECRET},maybe", "true or false", "entry 1"),
    ],
)
def test_broken_csv_is_named_and_not_quoted(
    tmp_path: Path, content: str, says: str, where: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(content, "utf-8")
    with pytest.raises(UsageError) as caught:
        built(path)
    assert says in caught.value.what
    assert where in caught.value.where
    assert "Zanzibar" not in caught.value.diagnostics()


def test_ids_are_unique_across_files(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(entry(id=name[0], term="Some Name"), "utf-8")
    with pytest.raises(UsageError) as caught:
        built(tmp_path / "a.yaml", tmp_path / "b.yaml")
    assert "b.yaml, entry 1" in caught.value.where
    assert "a.yaml, entry 1" in caught.value.hint


@pytest.mark.parametrize("content", [b"\xff\xfe\x00bad", None])
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "t.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"UTF-8|cannot be read"):
        built(path)


def test_wrong_options() -> None:
    for options in ({"file": ["x"]}, {"files": "x.yaml"}):
        with pytest.raises(UsageError):
            plugin.build(DetectorContext(options))


WORDS = st.lists(st.from_regex(r"[a-z]{4,9}", fullmatch=True), min_size=2, max_size=3)
STYLES = [
    " ".join,
    lambda w: "_".join(w).upper(),
    "-".join,
    lambda w: "".join(x.title() for x in w),
    lambda w: w[0] + "".join(x.title() for x in w[1:]),
    lambda w: " ".join(x.title() for x in w) + "\u2019s",
]


@settings(max_examples=200, deadline=None)
@given(
    words=WORDS,
    style=st.sampled_from(STYLES),
    around=st.tuples(
        st.sampled_from(["", " ", "(", "_", "/"]), st.sampled_from(["", " ", ".", "_"])
    ),
)
def test_every_style_of_any_words_is_found(words: list[str], style: Any, around: Any) -> None:
    import re2

    form = Form(" ".join(words))
    text = around[0] + style(words) + around[1]
    spans = list(form.find(text))
    assert [start for start, _ in spans] == [len(around[0])]
    assert re2.search(f"(?mi:{form.anchor()})", text)


def test_many_terms_are_built_without_compiling_them(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    rows = [f"t{i},Project Number {i:06},N-{i:06},,," for i in range(20_000)]
    path.write_text("\n".join(["id,term,aliases,owner,severity,embargo_until", *rows]), "utf-8")
    found = built(path)
    patterns = found.patterns()
    assert len(found.rules()) == 20_000
    assert len(patterns) <= 40_001
    value = Value(b"a note on project_number 012345")
    every = (m for p in patterns for m in found.confirm(value, p.key, ()) if "word" in p.key)
    assert {m.rule.id for m in every if isinstance(m, Match)} == {"term-t12345"}


def test_a_short_word_beside_another_may_be_written_with_digits() -> None:
    assert list(Form("Blue Fin").find("our blu3f1n plan")) == [(4, 11)]
    assert not list(Form("Fin").find("our f1n plan"))
