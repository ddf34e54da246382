"""Digests tell rule sets apart and cannot be guessed back."""

from __future__ import annotations

import hashlib
from pathlib import Path

from scanner.digests import Private, of_rules
from scanner.rulepacks.load import own_rules

KEY = b"a key for the tests of digests"


def digest(folder: Path, key: bytes = KEY) -> str:
    return of_rules(own_rules(), Private([], sorted(folder.glob("*.yaml")), key), {})


def test_a_list_of_terms_is_digested_under_the_key(tmp_path: Path) -> None:
    empty = digest(tmp_path)
    terms = tmp_path / "terms.yaml"
    terms.write_text("version: 1\nterms: [{id: t1, term: Bluefin}]\n")
    first = digest(tmp_path)
    assert len({empty, first, digest(tmp_path, b"another key, as long as needed")}) == 3
    assert digest(tmp_path) == first
    terms.write_text("version: 1\nterms: [{id: t1, term: Redfin}]\n")
    assert digest(tmp_path) != first


def test_without_private_rules_the_key_does_not_matter(tmp_path: Path) -> None:
    assert digest(tmp_path) == digest(tmp_path, b"another key, as long as needed")
    assert len(digest(tmp_path)) == len(hashlib.sha256().hexdigest())
