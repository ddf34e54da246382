"""OCR engines: which one reads, that it reads, and that it neither tells nor fetches anything."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import scanner
from scanner import inputs, plugins
from scanner.cli import run
from scanner.errors import UnreadableError
from scanner.files import ocr
from scanner.ocr import rapidocr, tesseract

ROOT = Path(scanner.__file__).parents[1]
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"
ENGINES = [name for name in plugins.names("ocr") if not plugins.load("ocr", name).missing()]
needs_rapidocr = pytest.mark.skipif("rapidocr" not in ENGINES, reason="RapidOCR is not installed")


@pytest.fixture(autouse=True)
def _as_before():
    yield
    ocr.use()
    ocr._installed.cache_clear()


def page(lines: list[str], dark: bool = False, apart: int = 30) -> Image.Image:
    picture = Image.new("L", (560, 20 + apart * len(lines)), 24 if dark else 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, 15)
    for number, line in enumerate(lines):
        pen.text((20, 10 + apart * number), line, fill=225 if dark else 10, font=font)
    return picture


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("dark", [False, True])
def test_an_engine_reads_lines_and_blocks(name, dark):
    lines = ["Password for the build", "host 192.168.17.204", "card 4111 1111 1111 1111"]
    grey = np.asarray(page(lines, dark))
    reader = ocr.reader_of(name)
    assert [line.text for line in reader.lines(grey)] == lines
    block = list(reader._eye.lines(grey))
    assert [line.text for line in block] == lines
    assert all(abs(b.box.y - 10 - 30 * n) < 12 and b.box.height < 32 for n, b in enumerate(block))
    assert not list(reader._eye.lines(np.full((90, 300), 255, np.uint8)))


@needs_rapidocr
def test_rapidocr_runs_without_a_network_and_in_silence():
    """In a process of its own, whose sockets do not work and whose output is looked at."""
    script = (
        "import socket, sys\n"
        "def refuse(*_a, **_k): sys.exit('a socket')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
        "from scanner.files import ocr\n"
        "ocr.use('rapidocr')\n"
        "assert ocr.reader().read\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_rapidocr
def test_what_rapidocr_raises_is_not_passed_on(monkeypatch, caplog):
    eye = ocr.reader_of("rapidocr")._eye

    def fails(*_args, **_options):
        logging.getLogger("RapidOCR").error("hunter2")
        raise RuntimeError("hunter2")

    monkeypatch.setattr(eye, "_api", fails)
    with pytest.raises(UnreadableError) as caught:
        eye.line(np.zeros((20, 90), np.uint8))
    assert caught.value.__context__ is None
    assert "hunter2" not in caught.value.diagnostics() + caplog.text


def test_the_best_that_is_installed_is_taken(monkeypatch):
    for missing, best in (([], "tesseract"), (["tesseract"], "rapidocr"), (ENGINES, "")):
        ocr._installed.cache_clear()
        with monkeypatch.context() as other:
            for name, module in (("tesseract", tesseract), ("rapidocr", rapidocr)):
                gone = name in missing
                other.setattr(module._Engine, "missing", lambda _, gone=gone: gone)
            assert ocr.engine() == best
            assert ocr.missing() is not bool(best)
            assert bool(ocr.identity()) is bool(best)


def test_an_engine_that_is_asked_for_and_not_installed_reads_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(rapidocr._Engine, "missing", lambda _: True)
    page(["x"]).save(tmp_path / "a.png")
    ocr.use("rapidocr")
    ocr._installed.cache_clear()
    (found,) = inputs.discover([str(tmp_path / "a.png")])
    assert found.problem.code == "source.ocr_missing"
    assert found.problem.hint == "pip install leakgate[rapidocr]"


def test_an_engine_that_does_not_start_is_told(monkeypatch, tmp_path):
    (tmp_path / "eng.traineddata").write_bytes(b"not a language")
    monkeypatch.setattr(tesseract, "TESSDATA", str(tmp_path))
    with pytest.raises(UnreadableError, match="OCR did not read"):
        ocr.reader_of.__wrapped__("tesseract")


@needs_rapidocr
def test_another_engine_scans_anew_and_has_another_digest(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("LEAKGATE_KEY", "k" * 32)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    page(["nothing to see"]).save(tmp_path / "data" / "a.png")
    off = json.dumps(dict.fromkeys(set(plugins.names("detectors")) - {"ocr"}, False))
    digests = set()
    for engine in ("tesseract", "tesseract", "rapidocr"):
        policy = f"version: 1\ndetectors: {off}\nocr: {{engine: {engine}}}\n"
        (tmp_path / "p.yaml").write_text(policy)
        run(["scan", "data", "--policy", "p.yaml", "-o", "json=r.json"])
        told = capfd.readouterr().err
        digests.add((engine, _rules_digest(tmp_path / "r.json"), "as an earlier run" in told))
    assert sorted(reused for _, _, reused in digests) == [False, False, True]
    assert len({digest for _, digest, _ in digests}) == 2


def _rules_digest(path: Path) -> str:
    return json.loads(path.read_text())["run"]["rules_digest"]
