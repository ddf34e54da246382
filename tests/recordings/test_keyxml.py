"""Logs of keys in XML."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

from keyed import finds, recordings_of
from typist import Typist

from scanner.rulepacks.examples import fill

XML = '<?xml version="1.0"?>\n'


def write_sample(stem: Path, text: str) -> Path:
    typist, path = Typist(seed=4), stem.with_suffix(".xml")
    typist.text(text)
    events = "".join(
        f'<event type="keyboard" id="{n}"><part><action>{row["event"]}</action><time>{row["ts"]}'
        f"</time></part><part><key>{escape(row['key'])}</key></part></event>\n"
        for n, row in enumerate(typist.log())
    )
    path.write_text(f"{XML}<log><meta><user>ann</user></meta>\n{events}</log>\n")
    return path


def test_elements_with_attributes(tmp_path):
    path = tmp_path / "a.xml"
    keys = "".join(
        f'<e Act="KeyDown" Key="{c}" Time="{n * 90}"/>' for n, c in enumerate("passphrase")
    )
    path.write_text(f"{XML}<Session>{keys}</Session>")
    ((place, text),) = recordings_of(path)[0]
    assert (text, place.typed.rows(2, 4)[0]) == ("passphrase", "/e:2-3")


def test_the_elements_to_remove_are_named(tmp_path):
    token = fill("<<github:ghp_>>", "xml")
    path = write_sample(tmp_path / "a", f"key {token} done")
    (found,) = [f for f in finds(path) if f.rule_id == "github-token"]
    assert found.location.rows.startswith("/event:8-")


def test_a_page_about_keys_is_none(tmp_path):
    path = tmp_path / "a.html"
    path.write_text("<html><body>" + "<p>press <kbd>Enter</kbd></p>" * 50 + "</body></html>")
    assert recordings_of(path)[0] == []
