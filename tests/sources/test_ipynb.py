"""Jupyter notebooks."""

from __future__ import annotations

import json
from pathlib import Path


def write_sample(stem: Path, strings: list[str]) -> Path:
    cells = [{"cell_type": "code", "source": [s], "outputs": [], "metadata": {}} for s in strings]
    path = stem.with_suffix(".ipynb")
    path.write_text(notebook(cells), "utf-8")
    return path


def notebook(cells: list[object]) -> str:
    return json.dumps(
        {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1
    )


def test_a_key_over_lines_is_one_text(reading, tmp_path):
    key = "-----BEGIN TEST KEY-----\nQUJD\n-----END TEST KEY-----"
    outputs = [
        {"output_type": "stream", "text": ["out\n", "put"]},
        {"output_type": "display_data", "data": {"text/plain": ["<Figure>"]}},
        {"output_type": "error", "traceback": ["one", "two"]},
    ]
    cell = {"cell_type": "code", "source": key.splitlines(keepends=True), "outputs": outputs}
    path = tmp_path / "a.ipynb"
    path.write_text(notebook([{"cell_type": "markdown", "source": "as text"}, cell]), "utf-8")
    seen = reading.round_trip(path)
    found = {(p.record, p.field): text for p, text in seen.texts if p.part == "value"}
    assert found[0, "/source"] == "as text" and found[1, "/source"] == key
    assert found[1, "/outputs/0/text"] == "out\nput"
    assert found[1, "/outputs/2/traceback"] == "one\ntwo"
    assert seen.log.records == 3 and not seen.log.problems


def test_what_is_no_json_is_scanned_raw(reading, tmp_path):
    path = write_sample(tmp_path / "a", ["one"])
    path.write_text(path.read_text("utf-8")[:-9], "utf-8")
    seen = reading.round_trip(path)
    assert [(p.part.value, "one" in text) for p, text in seen.texts] == [("raw", True)]
    assert [p.code for p in seen.log.problems] == ["record.invalid"]
