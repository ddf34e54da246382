"""Spellings of one resource."""

from __future__ import annotations

import pytest

from scanner.uris import canonical, is_table


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("s3a://b/raw/x", "s3://b/raw/x"),
        ("gcs://b/raw/*", "gs://b/raw/*"),
        ("abfss://raw@acct.dfs.core.windows.net/a/b", "https://acct.blob.core.windows.net/raw/a/b"),
        ("wasbs://raw@acct.blob.core.windows.net/a", "https://acct.blob.core.windows.net/raw/a"),
        ("https://acct.dfs.core.windows.net/raw/a", "https://acct.blob.core.windows.net/raw/a"),
        ("dbfs:/Volumes/main/raw/files/a", "unity://main/raw/files/a"),
        ("s3://b/abfss://x", "s3://b/abfss://x"),
        ("https://example.org/a.dfs.core.x", "https://example.org/a.dfs.core.x"),
        ("abfss://odd", "abfss://odd"),
        ("", ""),
    ],
)
def test_one_spelling(written: str, meant: str) -> None:
    assert canonical(written) == meant == canonical(meant)


def test_tables() -> None:
    assert is_table("hive://raw/sessions") and not is_table("hive://raw/")
    assert not is_table("s3://b/x") and not is_table("hive://raw")
