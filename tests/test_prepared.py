"""A scanner from the cache is the scanner that was built; what may change is built anew."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner import cache, worker
from scanner.cache import Cache
from scanner.detectors import Match, Value
from scanner.errors import UsageError
from scanner.prepared import Prepared
from scanner.scan import Scanner
from scanner.worker import Settings, build_scanner, for_workers, portable

KEY = b"a deployment key for the tests"
NOW = datetime(2026, 10, 15, tzinfo=UTC)
# What takes longest to compile, and shows nothing here that the others do not.
LIGHT: dict[str, None] = {"pii": None, "names": None}
KINDS = ("asked-", "database-", "detector-", "gated-", "looks-")
RULE = """
family: acme
rules:
  - id: acme-token
    name: Acme token
    severity: high
    pattern: 'acme_[a-z0-9]{20}'
    remediation: Revoke it.
    examples: ['token acme_<<lowernum:20>>']
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LEAKGATE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "compiled"


def known(scanner: Scanner) -> dict[str, Prepared]:
    return {n: d for n, d in scanner.detectors.items() if isinstance(d, Prepared)}


def test_a_second_scanner_is_the_first_one(folder: Path) -> None:
    settings = Settings(KEY, NOW, LIGHT)
    first, second = build_scanner(settings), build_scanner(settings)
    third = build_scanner(portable(for_workers(settings, first)))
    files = sorted(p.name for p in folder.iterdir())
    assert files and all(n.startswith(KINDS) for n in files)
    for other in (second, third):
        assert other.matcher.dump() == first.matcher.dump()
        for name, detector in first.detectors.items():
            assert list(other.detectors[name].rules()) == list(detector.rules())
            assert list(other.detectors[name].patterns()) == list(detector.patterns())
    text = "password = 'kX9#mQ2$vL7p' and GB82 WEST 1234 5698 7654 32, 4111 1111 1111 1111"
    value = Value(text.encode())
    for name, detector in first.detectors.items():
        for pattern in detector.patterns():
            found = [
                [m for m in d.confirm(value, pattern.key, ()) if isinstance(m, Match)]
                for d in (detector, second.detectors[name], third.detectors[name])
            ]
            assert found[0] == found[1] == found[2], pattern.key


def test_a_cached_scanner_imports_presidio_when_it_is_asked_to_confirm(folder: Path) -> None:
    build_scanner(Settings(KEY, NOW, LIGHT))
    code = f"""
import sys
from datetime import UTC, datetime
from scanner.detectors import Value
from scanner.worker import Settings, build_scanner
scanner = build_scanner(Settings({KEY!r}, datetime(2026, 10, 15, tzinfo=UTC), {LIGHT!r}))
print("presidio_analyzer" in sys.modules, "detect_secrets" in sys.modules)
presidio = scanner.detectors["presidio"]
for text in (b"abn, and no number", b"abn 51 824 753 556"):
    list(presidio.confirm(Value(text), presidio.patterns()[0].key, ()))
    print("presidio_analyzer" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\nFalse\nTrue\n"


def test_a_term_is_on_disk_under_the_key_only(folder: Path, tmp_path: Path) -> None:
    terms = tmp_path / "terms.yaml"
    terms.write_text("version: 1\nterms: [{id: x, term: Quillfeather Zanzibright}]\n")
    scanner = build_scanner(Settings(KEY, NOW, {"terms": {"files": [str(terms)]}, **LIGHT}))
    assert not known(scanner)["terms"].storable
    kept = b"".join(p.read_bytes().lower() for p in folder.iterdir())
    assert b"quillfeather" not in kept and b"zanzibright" not in kept
    # What was made of it is there, encrypted, and comes back with the key alone.
    with cache.using(cache.Cache(folder, KEY)):
        cache.used().put("x", b"made of", b"quillfeather", secret=True)
        assert cache.used().get("x", b"made of", secret=True) == b"quillfeather"
    assert b"quillfeather" not in b"".join(p.read_bytes() for p in folder.iterdir())
    assert cache.Cache(folder, KEY + b"x").get("x", b"made of", secret=True) is None
    assert "uillfeather" not in repr(known(scanner)["terms"].known)


def write(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "own" / "credentials" / "acme.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return Settings(KEY, NOW, LIGHT, rules_dirs=(str(tmp_path / "own"),))


def test_a_changed_rule_is_loaded_and_its_examples_run(folder: Path, tmp_path: Path) -> None:
    settings = write(tmp_path, RULE)
    build_scanner(settings)
    again = known(build_scanner(settings))["credentials"]
    assert any(r.id == "acme-token" for r in again.rules())
    value = Value(b"acme_0123456789abcdefghij")
    assert any(isinstance(m, Match) for m in again.confirm(value, "acme-token", ()))
    with pytest.raises(UsageError, match="an example is not found"):
        build_scanner(write(tmp_path, RULE.replace("{20}'", "{30}'")))


def test_options_make_other_entries(folder: Path) -> None:
    off: dict[str, None] = dict.fromkeys(("presidio", "detect_secrets", "assignments", "pii"))
    build_scanner(Settings(KEY, NOW, off))
    some = {"credentials": {"disabled": ["github-token"]}, **off}
    rules = known(build_scanner(Settings(KEY, NOW, some)))["credentials"].rules()
    assert all(r.id != "github-token" for r in rules)
    with pytest.raises(UsageError):
        build_scanner(Settings(KEY, NOW, {"credentials": {"disabled": ["no-such-rule"]}, **off}))


def test_code_of_others_is_never_kept(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.py"
    own.write_text(
        "import re\nfrom detect_secrets.plugins.base import RegexBasedDetector\n"
        "class Own(RegexBasedDetector):\n"
        "    secret_type = 'Own'\n    denylist = [re.compile('own_[a-z]{20}')]\n"
    )
    off: dict[str, None] = dict.fromkeys(("presidio", "credentials", "assignments", "pii"))
    settings = Settings(KEY, NOW, {"detect_secrets": {"custom": [str(own)]}, **off})
    assert not known(build_scanner(settings))["detect_secrets"].storable


def test_a_hostile_database_is_not_loaded(folder: Path) -> None:
    settings = Settings(
        KEY, NOW, dict.fromkeys(("presidio", "detect_secrets", "assignments", "pii", "names"))
    )
    good = build_scanner(settings).matcher.dump()
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[:-8] + b"\xff" * 8)
    assert build_scanner(settings).matcher.dump() == good


def test_a_database_that_the_engine_refuses_is_made_again(folder: Path) -> None:
    pytest.importorskip("hyperscan")
    settings = Settings(
        KEY, NOW, dict.fromkeys(("presidio", "detect_secrets", "assignments", "pii", "names"))
    )
    good = build_scanner(settings).matcher.dump()

    class Lying(Cache):
        def get(self, kind: str, made_of: bytes, secret: bool = False) -> bytes | None:
            return b"of another version" * 100 if kind == "database" else None

    with cache.using(Lying(None, b"")):
        detectors = worker.build_detectors(replace(settings))
        scanner = build_scanner(settings)
        from scanner.matcher import Matcher

        storable = {n: d for n, d in scanner.detectors.items() if n in detectors}
        encodings = {n: d.anchors for n, d in scanner.decoders.items() if d.anchors}
        assert Matcher(storable, encodings=encodings).dump() == good
