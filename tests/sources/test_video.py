"""Videos of screens, made by libav from drawn pages."""

from __future__ import annotations

import io
import random
import sqlite3
import tarfile
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from keyed import recordings_of
from PIL import Image, ImageDraw, ImageFont

from scanner import inputs, plugins
from scanner.errors import UnreadableError
from scanner.files import ocr
from scanner.model import InputStatus
from scanner.sources import _frames, video

av = pytest.importorskip("av")
pytestmark = pytest.mark.skipif(ocr.missing(), reason="OCR is not installed")
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"
CARD = "card 4111 1111 1111 1111"
KINDS = [
    (".mp4", "libx264", "yuv420p"),
    (".webm", "libvpx-vp9", "yuv420p"),
    (".mkv", "ffv1", "yuv420p"),
    (".avi", "mjpeg", "yuvj420p"),
]


@pytest.fixture(autouse=True)
def _as_before():
    yield
    ocr.use()


def page(*lines: str) -> Image.Image:
    picture = Image.new("RGB", (320, 112), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, 16)
    for number, line in enumerate(lines):
        pen.text((20, 10 + number * 32), line, fill=(10, 10, 10), font=font)
    return picture


def write(
    path, pages, codec="libx264", pix="yuv420p", each=1000, tags=None, sound=False, form=None
):
    """A video in which a page stands for `each` milliseconds."""
    rate = Fraction(1000, each)
    with av.open(str(path), "w", format=form) as out:
        out.metadata.update(tags or {})
        shown = out.add_stream(codec, rate=rate)
        shown.width, shown.height = pages[0].size
        shown.pix_fmt, shown.thread_count = pix, 1
        heard = out.add_stream("aac", rate=44100) if sound else None
        for number, drawn in enumerate(pages):
            frame = av.VideoFrame.from_image(drawn)
            frame.pts, frame.time_base = number, 1 / rate
            out.mux(shown.encode(frame))
        out.mux(shown.encode())
        if heard is not None:
            levels = np.zeros((1, 1024), np.float32)
            silence = av.AudioFrame.from_ndarray(levels, "fltp", "mono")
            silence.sample_rate, silence.pts = 44100, 0
            out.mux(heard.encode(silence))
            out.mux(heard.encode())
    return path


def write_sample(stem: Path, strings: list[str]) -> Path:
    """A video of a white page whose tags are the strings: OCR reads no such thing exactly."""
    tags = {f"K{number}": text for number, text in enumerate(strings)}
    return write(stem.with_suffix(".mkv"), [Image.new("RGB", (16, 16))], "ffv1", tags=tags)


def shown(seen) -> dict[str, str]:
    return {text: place.field for place, text in seen.texts if place.label == ocr.LABEL}


@pytest.mark.parametrize(("suffix", "codec", "pix"), KINDS)
def test_lines_come_with_their_times_and_places(reading, tmp_path, suffix, codec, pix):
    pages = [page("one")] * 2 + [page("one", CARD)] * 3 + [page("other")]
    path = write(tmp_path / f"a{suffix}", pages, codec, pix)
    found = shown(reading.round_trip(path))
    assert set(found) == {"one", CARD, "other"}
    _, unit, when, _, line, box = found[CARD].split("/")
    x, y, size = box.split(",")
    assert (unit, when, line) == ("ms", "2000-4000", "1")
    assert 8 <= int(x) <= 22 and 36 <= int(y) <= 48 and 10 <= int(size.split("x")[1]) <= 24
    assert {text: field.split("/")[2] for text, field in found.items()} == {
        "one": "0-4000", CARD: "2000-4000", "other": "5000-5000",
    }  # fmt: skip


def test_what_stands_between_two_moments_is_seen_at_a_higher_rate(reading, tmp_path):
    pages = [page("before")] * 5 + [page("a flash")] + [page("behind")] * 9
    path = write(tmp_path / "a.mkv", pages, "ffv1", each=100)
    assert set(shown(reading.all(path))) == {"before", "behind"}
    ocr.use(frames_per_second=10)
    assert shown(reading.all(path))["a flash"].startswith("/ms/500-500/")


def test_a_frame_that_stays_is_seen_however_early_it_came(reading, tmp_path):
    """Recorders write no frame while nothing changes."""
    times, drawn = [0, 900, 7300], [page("first"), page("stays"), page("last")]
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = *drawn[0].size, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for at, picture in zip(times, drawn, strict=True):
            frame = av.VideoFrame.from_image(picture)
            frame.pts, frame.time_base = at, Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    assert list(shown(reading.all(path))) == ["first", "stays", "last"]


def test_minutes_are_units_and_together_the_whole(reading, tmp_path, monkeypatch):
    monkeypatch.setattr(video, "_SPAN", 3000)
    pages = [page(f"page number {n}") for n in range(8)]
    path = write(tmp_path / "a.mp4", pages)
    units = list(plugins.load("sources", "video").units(reading.shard(path)))
    assert [(u.start, u.stop) for u in units] == [(0, 3000), (3000, 6000), (6000, None)]
    assert list(shown(reading.round_trip(path))) == [f"page number {n}" for n in range(8)]


def test_of_typing_only_what_changes_is_read(reading, tmp_path):
    lines = ["a line that stays", "and one more"]
    pages = [page(*lines, "hunter22hunter22"[:n]) for n in range(17)]
    path = write(tmp_path / "a.mkv", pages, "ffv1")
    reader = ocr.reader()
    strips, read = reader.strips, reader.read
    found = shown(reading.all(path))
    assert reader.strips - strips >= 3 * 16 and reader.read - read <= 20
    assert {"a line that stays", "and one more"} <= set(found) and len(found) < 22


@pytest.mark.parametrize("ink", [(10, 10, 10), (130, 130, 130)])
def test_noise_of_compression_is_not_read_again_and_a_dot_is(ink):
    frames = []
    for text in ("one line", "one line", "one line."):
        picture = Image.new("RGB", (320, 60), "white")
        font = ImageFont.truetype(FONT, 12)
        ImageDraw.Draw(picture).text((20, 20), text, fill=ink, font=font)
        frames.append(np.asarray(picture.convert("L")))
    noise = np.random.default_rng(5).integers(-4, 4, frames[1].shape)
    frames[1] = np.where(frames[1] < 250, frames[1] + noise, frames[1]).astype(np.uint8)
    film, reader = ocr.Film(ocr.reader()), ocr.reader()
    read = [reader.read]
    for frame in frames:
        list(film.lines(frame))
        read.append(reader.read)
    assert read[1] - read[0] <= 1 and read[2] == read[1] and read[3] == read[2] + 1


def test_sound_that_is_not_read_is_told_and_may_be_accepted(reading, tmp_path):
    seen = reading.all(write(tmp_path / "a.mp4", [page("seen")] * 2, sound=True))
    (problem,) = seen.log.problems
    assert (problem.code, problem.where, problem.is_skip) == ("source.sound_missing", "sound", True)


def test_members_blobs_and_data_uris(reading, tmp_path):
    data = write(tmp_path / "a.mp4", [page("from inside")]).read_bytes()
    with tarfile.open(tmp_path / "b.tar", "w") as archive:
        member = tarfile.TarInfo("rec/1.mp4")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    assert set(shown(reading.round_trip(tmp_path / "b.tar"))) == {"from inside"}
    with closing(sqlite3.connect(tmp_path / "c.db")) as made:
        made.execute("create table captures (id integer primary key, clip blob)")
        made.execute("insert into captures values (4, ?)", [data])
        made.commit()
    texts, log = recordings_of(tmp_path / "c.db")
    assert [(text, place.record) for place, text in texts if place.label == ocr.LABEL] == [
        ("from inside", 4)
    ]
    assert not log.problems


def test_without_the_extra_videos_are_skipped(monkeypatch, tmp_path):
    path = write(tmp_path / "a.mp4", [page("x")])
    monkeypatch.setattr(video, "find_spec", lambda name: None)
    (unusable,) = inputs.discover([str(path)])
    assert isinstance(unusable, inputs.Unusable) and unusable.status is InputStatus.SKIPPED
    assert unusable.problem.code == "source.video_missing"
    assert "leakgate[video]" in unusable.problem.hint


@pytest.mark.parametrize(("suffix", "codec", "pix"), KINDS)
def test_what_is_cut_off_or_damaged_is_told(reading, tmp_path, suffix, codec, pix):
    """And what came before is scanned where the container allows it."""
    path = write(tmp_path / f"a{suffix}", [page(f"page {n}", CARD) for n in range(6)], codec, pix)
    whole = path.read_bytes()
    for keep in (0.3, 0.9, 0.999):
        path.write_bytes(whole[: int(len(whole) * keep)])
        with pytest.raises(UnreadableError) as caught:
            reading.all(path)
        assert caught.value.code == "source.corrupt"


def test_hostile_videos(reading, tmp_path, monkeypatch):
    path = write(tmp_path / "a.mp4", [page("large")])
    with monkeypatch.context() as small:
        small.setattr(_frames, "_PIXELS", 1000)
        with pytest.raises(UnreadableError, match="too many pixels"):
            reading.all(path)
    data = bytearray(path.read_bytes())
    dice = random.Random(3)
    for _ in range(30):
        torn = bytearray(data)
        for _ in range(8):
            torn[dice.randrange(8, len(torn))] = dice.randrange(256)
        path.write_bytes(torn)
        try:
            reading.all(path)
        except UnreadableError as error:
            assert error.code in ("source.corrupt", "source.too_large")
