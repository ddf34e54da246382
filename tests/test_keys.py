"""The deployment key: where it comes from, and that it stays private."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import UsageError
from scanner.keys import load_key

TEXT = "k" * 16


def _file(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_first_use_makes_a_private_key_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    env = {"XDG_CONFIG_HOME": str(tmp_path)}
    made = load_key(None, env)
    path = tmp_path / "leakgate" / "key"
    told = capsys.readouterr().err
    assert str(path) in told
    assert "LEAKGATE_KEY" in told
    assert path.read_text().strip() not in told
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(bytes.fromhex(path.read_text())) == 32
    assert [p.name for p in path.parent.iterdir()] == ["key"]
    assert load_key(None, env) == made
    assert capsys.readouterr().err == ""


def test_home_is_used_without_xdg(tmp_path: Path) -> None:
    load_key(None, {"HOME": str(tmp_path)})
    assert (tmp_path / ".config" / "leakgate" / "key").is_file()


def test_the_same_key_as_text_or_file_is_the_same_key(tmp_path: Path) -> None:
    made = load_key(None, {"XDG_CONFIG_HOME": str(tmp_path)})
    text = (tmp_path / "leakgate" / "key").read_text()
    assert load_key(None, {"LEAKGATE_KEY": text}) == made
    assert load_key(None, {"LEAKGATE_KEY": text.strip()}) == made


def test_the_option_wins_over_the_variables(tmp_path: Path) -> None:
    option = _file(tmp_path / "option", b"o" * 20)
    named = _file(tmp_path / "named", b"n" * 20)
    env = {"LEAKGATE_KEY": TEXT, "LEAKGATE_KEY_FILE": str(named)}
    assert load_key(option, env).secret == b"o" * 20
    assert load_key(None, env).secret == TEXT.encode()
    assert load_key(None, {"LEAKGATE_KEY_FILE": str(named)}).secret == b"n" * 20


@given(st.binary(min_size=17, max_size=64))
def test_repr_and_id_do_not_show_the_secret(secret: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        key = load_key(_file(Path(folder) / "key", secret + b"x"), {})
    assert "secret" not in repr(key)
    assert len(key.id) == 8
    assert int(key.id, 16) >= 0
    assert key.id not in secret.hex()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o666])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = _file(tmp_path / "key", b"k" * 32, mode)
    with pytest.raises(UsageError) as caught:
        load_key(path, {})
    assert caught.value.hint == f"chmod 600 {path}"


@pytest.mark.parametrize("text", ["", "QZX-9", "k" * 15, "k" * 15 + "\n"])
def test_a_short_key_is_refused_and_not_printed(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_key(None, {"LEAKGATE_KEY": text})
    assert "too short" in caught.value.what
    assert not text or text not in caught.value.diagnostics()


def test_a_missing_key_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            load_key(path, {})


def test_no_place_for_a_key_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="none can be made"):
        load_key(None, {"XDG_CONFIG_HOME": str(tmp_path / "file")})
