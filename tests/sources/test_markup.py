"""HTML and XML."""

from __future__ import annotations

import html
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner import inputs


def write_sample(stem: Path, strings: list[str]) -> Path:
    """Texts in attributes: around those in elements spaces mean nothing."""
    path = stem.with_suffix(".html")
    body = "\n".join(f'<input value="{escaped(s)}">' for s in strings)
    path.write_text(f"<!doctype html>\n<p>first</p>{body}", "utf-8", newline="")
    return path


def escaped(text: str) -> str:
    """HTML reads references to control characters as other characters, or as none."""
    return html.escape(text)


def texts(seen) -> dict[str, str]:
    return {text: place.label for place, text in seen.texts}


def test_blocks_attributes_comments_and_scripts(reading, tmp_path):
    path = tmp_path / "a.html"
    key = "-----BEGIN TEST KEY-----\nQUJD\n-----END TEST KEY-----"
    path.write_text(
        f"<html><!-- a remark --><body data-token='in it'><p>one <b>and</b> two</p><pre>{key}</pre>"
        "<script>var a = '<b>' + 1;</script><a href='https://u.example/?a=1&amp;b=2'>go</a>"
        "a &lt; b<br>c <unclosed",
        "utf-8",
    )
    found = texts(reading.round_trip(path))
    assert found.keys() >= {" a remark ", "in it", "one and two", key, "var a = '<b>' + 1;"}
    assert found["in it"] == "data-token" and found["https://u.example/?a=1&b=2"] == "href"
    assert any("a < b\nc <unclosed" in text for text in found)


def test_leaves_of_xml_have_their_names(reading, tmp_path):
    path = tmp_path / "a.xml"
    path.write_text(
        "<?xml version='1.0'?><!DOCTYPE c [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
        "<c><user>ann</user><password><![CDATA[a<b]]></password><x>&x;</x></c>",
        "utf-8",
    )
    found = texts(reading.round_trip(path))
    assert found["ann"] == "user" and found["a<b"] == "password" and "&x;" in found
    assert not any("root:" in text for text in found)


def test_it_is_told_by_content(reading, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("<!DOCTYPE html><p>x", "utf-8")
    assert inputs.source_for(reading.shard(path)) == "markup"
    path.write_text("a < b and <html> later\n", "utf-8")
    assert inputs.source_for(reading.shard(path)) == "text"


MARKS = ["<", ">", "<!--", "-->", "<a ", "</", "'", '"', "<![CDATA[", "]]>", "<script>"]
MARKS += ["</script>", "=", " ", "<?", "&", ";", "w", "<!", "/>", "<textarea>", "\n"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(MARKS)), st.lists(st.sampled_from(MARKS)))
def test_no_word_is_lost_whatever_is_broken(reading, tmp_path, before, after):
    path = tmp_path / "a.html"
    path.write_text(
        "<!doctype html>" + "".join([*before, " secretword0123456789 ", *after]), "utf-8"
    )
    everything = "".join(text for _, text in reading.all(path).texts)
    assert "secretword0123456789" in everything
