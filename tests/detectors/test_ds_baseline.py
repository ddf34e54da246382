"""A `.secrets.baseline` of detect-secrets: its plug-ins, custom ones too, and its results."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from scanner.detectors import DetectorContext, Match, Value
from scanner.detectors.detect_secrets import plugin
from scanner.errors import UsageError

CUSTOM = """
import re
from detect_secrets.plugins.base import RegexBasedDetector

class AcmeDetector(RegexBasedDetector):
    secret_type = "Acme key"
    denylist = [re.compile(r"acme_[a-z0-9]{12}")]
"""
KNOWN, CONFIRMED, OTHER = (f"acme_{c * 6}q7w8e9" for c in "bcd")


def entry(secret: str, **more: Any) -> dict[str, Any]:
    hashed = hashlib.sha1(secret.encode(), usedforsecurity=False).hexdigest()
    return {"type": "Acme key", "hashed_secret": hashed, "is_verified": False, **more}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "acme.py").write_text(CUSTOM, "utf-8")
    baseline = {
        "version": "1.5.0",
        "plugins_used": [
            {"name": "AcmeDetector", "path": "file://acme.py"},
            {"name": "Base64HighEntropyString", "limit": 4.5},
        ],
        "filters_used": [{"path": "detect_secrets.filters.allowlist.is_line_allowlisted"}],
        "results": {"src/a.py": [entry(KNOWN), entry(CONFIRMED, is_secret=True)]},
    }
    (tmp_path / ".secrets.baseline").write_text(json.dumps(baseline), "utf-8")
    return tmp_path


def test_plugins_and_results(folder: Path) -> None:
    found = plugin.build(DetectorContext({"baseline": ".secrets.baseline"}, folder=str(folder)))
    assert {rule.id for rule in found.rules()} == {
        "detect-secrets-acme-key",
        "detect-secrets-base64-high-entropy-string",
    }
    text = f"{KNOWN} {CONFIRMED} {OTHER}  # pragma: allowlist secret"
    every = found.confirm(Value(text.encode()), "detect-secrets-acme-key", ())
    allowed = {m.secret: m.allowed for m in every if isinstance(m, Match)}
    assert allowed == {KNOWN: ("src/a.py",), CONFIRMED: (), OTHER: ()}
    assert found.places == ("src/a.py",)  # type: ignore[attr-defined]


def test_one_of_before_1_0(tmp_path: Path) -> None:
    (tmp_path / "acme.py").write_text(CUSTOM, "utf-8")
    baseline = {
        "custom_plugin_paths": ["acme.py"],
        "exclude": {"files": None, "lines": None},
        "plugins_used": [
            {"name": "HexHighEntropyString", "hex_limit": 3},
            {"keyword_exclude": None, "name": "KeywordDetector"},
            {"name": "AWSKeyDetector"},
        ],
        "results": {"src/a.py": [entry(KNOWN, line_number=3)]},
        "version": "0.14.3",
        "word_list": {"file": None, "hash": None},
    }
    (tmp_path / "b").write_text(json.dumps(baseline), "utf-8")
    found = plugin.build(DetectorContext({"baseline": "b"}, folder=str(tmp_path)))
    assert len(found.rules()) == 4
    (known,) = found.confirm(Value(KNOWN.encode()), "detect-secrets-acme-key", ())
    assert isinstance(known, Match)
    assert known.allowed == ("src/a.py",)


@pytest.mark.parametrize("text", ["{", "[]", '{"results": {}}', '{"plugins_used": [{}]}'])
def test_what_is_no_baseline(tmp_path: Path, text: str) -> None:
    (tmp_path / "b").write_text(text, "utf-8")
    with pytest.raises(UsageError):
        plugin.build(DetectorContext({"baseline": "b"}, folder=str(tmp_path)))
