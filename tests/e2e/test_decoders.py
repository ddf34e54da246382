"""Encoded secrets through files, from the scan to the value at the location."""

from __future__ import annotations

import base64
import csv
import gzip
import html
import io
import json
import urllib.parse
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from e2e_scanner import whole

from scanner import inputs
from scanner.model import Finding
from scanner.rulepacks.examples import fill
from scanner.sources import Shard
from scanner.tasks import ShardTask
from scanner.worker import Worker

TOKEN = fill("<<github:ghp_>>", "decoders")
PLAIN = {
    "token": (f"use {TOKEN} now", "github-token"),
    "password": ("password = 'Quiet" + "fox42!x9'", "generic-password"),
    "mail": ("mail to jane.roe@corp-lovelace.io please", "email-address"),
    "card": (fill("card <<card:4/16>>", "decoders"), "payment-card"),
    "key": (fill("<<pem:EC PRIVATE KEY>>", "decoders"), "private-key"),
}


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _each(form: str) -> Callable[[str], str]:
    return lambda text: "".join(form.format(ord(c)) for c in text)


ENCODINGS: dict[str, Callable[[str], str]] = {
    "base64": _b64,
    "base64url": lambda t: base64.urlsafe_b64encode(t.encode()).decode().rstrip("="),
    "gzip": lambda t: base64.b64encode(gzip.compress(t.encode(), mtime=0)).decode(),
    "powershell": lambda t: base64.b64encode(t.encode("utf-16-le")).decode(),
    "mime": lambda t: base64.encodebytes(b"Dear Sir or Madam,\n" * 3 + t.encode()).decode(),
    "data": lambda t: "data:text/plain;base64," + _b64(t),
    "hex": lambda t: t.encode().hex(),
    "octal": _each("\\{:03o}"),
    "x": _each("\\x{:02x}"),
    "u": _each("\\u{:04x}"),
    "percent": lambda t: "q=" + urllib.parse.quote(t, safe=""),
    "percent twice": lambda t: urllib.parse.quote(_each("%{:02X}")(t)),
    "html": _each("&#{};"),
    "zero width": "\u200b".join,
    "mixed": lambda t: urllib.parse.quote(_b64(json.dumps({"a": [t]})), safe=""),
}


@cache
def worker() -> Worker:
    return Worker(whole())


def scan(path: Path) -> list[Finding]:
    (shard,) = inputs.discover([str(path)])
    assert isinstance(shard, Shard)
    todo, findings = [ShardTask(shard)], list[Finding]()
    while todo:
        result = worker()(todo.pop())
        assert not isinstance(result, Exception), result
        assert not [p for p in result.log.problems if p.is_failure]
        findings += result.findings
        todo += result.units
    for found in findings:
        named = worker()._scanner.named
        value = inputs.value_at(shard, found.location, named)
        assert value
        again = inputs.text_at(shard, found.location, named)
        assert again[found.location.start : found.location.end] == value
    return findings


def _jsonl(texts: list[str]) -> str:
    return "".join(json.dumps({"n": n, "body": text}) + "\n" for n, text in enumerate(texts))


def _csv(texts: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([["n", "body"], *enumerate(texts)])
    return out.getvalue()


@pytest.mark.parametrize("form", ["jsonl", "csv", "json"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_found_as_if_it_were_plain(tmp_path: Path, form: str, encoding: str) -> None:
    write = {"jsonl": _jsonl, "csv": _csv, "json": json.dumps}[form]
    texts = [text for text, _ in PLAIN.values()]
    (tmp_path / f"plain.{form}").write_text(write(texts))
    (tmp_path / f"coded.{form}").write_text(write([ENCODINGS[encoding](text) for text in texts]))
    plain = {(f.rule_id, f.fingerprint) for f in scan(tmp_path / f"plain.{form}")}
    coded = {(f.rule_id, f.fingerprint) for f in scan(tmp_path / f"coded.{form}")}
    assert {rule for rule, _ in plain} >= {rule for _, rule in PLAIN.values()}
    assert plain <= coded


def test_lines_of_a_text(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    lines = [
        f"2026-10-01 job={n} data={ENCODINGS[e](f'use {TOKEN} now')}"
        for n, e in enumerate(ENCODINGS)
    ]
    path.write_text("\n".join(line for line in lines if "\n" not in line))
    found = [f for f in scan(path) if f.rule_id == "github-token"]
    # Lines that may be one wrapped text are one value, which has the record of its first line.
    assert len(found) == len(ENCODINGS) - 1


CARRIERS = {
    "kubernetes": (f"kind: Secret\ndata:\n  token: {_b64(TOKEN)}\n", "github-token"),
    "docker": (json.dumps({"auths": {"r.io": {"auth": _b64("jane:Quiet" + "fox42!x")}}}), ""),
    "basic": ("Authorization: Basic " + _b64("jane:Quiet" + "fox42!x"), "authorization-basic"),
    "query": (f"/cb?next=https%3A%2F%2Fh.io%2F%3Ft%3D{TOKEN}%26u%3D1", "github-token"),
    "attribute": (f'<i data-c="{html.escape(json.dumps({"password": "Quiet" + "fox42!"}))}">', ""),
    "java": ('String s = "\\u0070assword=Quiet' + 'fox42!x";', "generic-password"),
    "cookie": ("c=%7B%22password%22%3A%22Quiet" + "fox42!x%22%7D", "generic-password"),
}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_one_secret_in_its_carrier_is_one_finding(tmp_path: Path, carrier: str) -> None:
    text, rule = CARRIERS[carrier]
    (tmp_path / "a.jsonl").write_text(json.dumps({"message": f"{text} "}) + "\n")
    secrets = [f for f in scan(tmp_path / "a.jsonl") if f.category == "credential"]
    assert len(secrets) == 1
    assert not rule or secrets[0].rule_id == rule


def test_personal_data_in_the_payload_of_a_jwt(tmp_path: Path) -> None:
    parts = [{"alg": "HS256", "typ": "JWT"}, {"sub": "1", "email": "jane.roe@corp-lovelace.io"}]
    token = ".".join(ENCODINGS["base64url"](json.dumps(part)) for part in parts)
    (tmp_path / "a.jsonl").write_text(json.dumps({"cookie": f"s={token}.{'x1' * 20}"}) + "\n")
    found = {f.rule_id: f for f in scan(tmp_path / "a.jsonl")}
    assert found["email-address"].location.layers[-1] == "json:/email"


def test_the_same_secret_at_two_members_is_two_findings(tmp_path: Path) -> None:
    inner = json.dumps({"a": TOKEN, "b": TOKEN})
    (tmp_path / "a.jsonl").write_text(json.dumps({"m": f"see {_b64(inner)}"}) + "\n")
    found = [f for f in scan(tmp_path / "a.jsonl") if f.rule_id == "github-token"]
    assert [f.location.layers[-1] for f in found] == ["json:/a", "json:/b"]


def test_images_and_digests_are_no_text(tmp_path: Path) -> None:
    import random

    data = random.Random(7).randbytes(90_000)
    rows = [
        {"img": "data:image/png;base64," + base64.b64encode(data).decode()},
        {"h": data[:2000].hex()},
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert not [f for f in scan(tmp_path / "a.jsonl") if f.location.layers]
