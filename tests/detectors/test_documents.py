"""Credentials that are documents: found once, in the right member, when they are taken apart.

The same document as a file, as a member of a row, and as JSON in a text of a row.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from e2e_house import KEY

from scanner import inputs
from scanner.model import Finding
from scanner.rulepacks.examples import fill
from scanner.tasks import ShardTask, UnitTask
from scanner.worker import Settings, Worker, build_scanner


def _made(kind: str, name: str) -> str:
    return fill(f"<<{kind}>>", f"documents/{name}")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


PEM = _made("pem:PRIVATE KEY", "key")
CLIENT = f"{_made('digits:12', 'id')}-{_made('lowernum:32', 'id')}.apps.googleusercontent.com"
# name: the document, the member that holds the secret, the rule
DOCUMENTS: dict[str, tuple[Any, str, str]] = {
    "service account": (
        {
            "type": "service_account",
            "private_key_id": _made("hex:40", "kid"),
            "private_key": PEM + "\n",
            "client_email": "app@proj.iam.gserviceaccount.com",
        },
        "/private_key",
        "private-key",
    ),
    "client_secret.json": (
        {"installed": {"client_id": CLIENT, "client_secret": _made("base64url:23", "s") + "x"}},
        "/installed/client_secret",
        "generic-secret",
    ),
    "JWK": (
        {
            "kty": "EC",
            "crv": "P-256",
            "x": _made("base64url:43", "x"),
            "y": _made("base64url:43", "y"),
            "d": _made("base64url:43", "d"),
        },
        "/d",
        "jwk-private-member",
    ),
    "Secret of Kubernetes": (
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "db"},
            "data": {"password": _base64("Qu1etF0x!42zz"), "username": _base64("app")},
        },
        "/data/password",
        "generic-password",
    ),
    "auths of Docker": (
        {"auths": {"registry.corp.io": {"auth": _base64("deploy:" + _made("alnum:20", "a"))}}},
        "/auths/registry.corp.io/auth",
        "generic-secret",
    ),
    "kubeconfig": (
        {"kind": "Config", "users": [{"name": "u", "user": {"client-key-data": _base64(PEM)}}]},
        "/users/0/user/client-key-data",
        "private-key",
    ),
    "symmetric JWK in a set": (
        {"keys": [{"kid": "1", "alg": "HS256", "kty": "oct", "k": _made("alnum:42", "k") + "x"}]},
        "/keys/0/k",
        "jwk-symmetric-member",
    ),
    "key pair of Solana": (
        {"name": "pay", "pair": json.loads(f"[{_made('ed25519:', 'pair')}]")},
        "/pair",
        "ed25519-key-array",
    ),
    "output of Terraform": (
        {"outputs": {"conn": {"value": "Qu1etF0x!42zz", "type": "string", "sensitive": True}}},
        "/outputs/conn/value",
        "sensitive-output-member",
    ),
    "value in an object that is named": (
        {"db_password": {"type": "string", "value": "Qu1etF0x!42zz"}},
        "/db_password/value",
        "generic-password",
    ),
    "Terraform state": (
        {
            "version": 4,
            "resources": [
                {"instances": [{"attributes": {"username": "app", "password": "Qu1etF0x!42zz"}}]}
            ],
        },
        "/resources/0/instances/0/attributes/password",
        "generic-password",
    ),
}


@cache
def _worker() -> Worker:
    off = dict.fromkeys(("presidio", "detect_secrets", "pii", "terms"))
    return Worker(build_scanner(Settings(KEY.encode(), datetime(2026, 10, 1, tzinfo=UTC), off)))


def _finds(path: Path) -> Iterator[Finding]:
    (shard,) = inputs.discover([str(path)])
    first = _worker()(ShardTask(shard))
    results = [first, *(_worker()(UnitTask(t.unit, t.state)) for t in first.units)]
    yield from (f for r in results for f in r.findings if f.category == "credential")


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("form", ["file", "member", "text"])
def test_a_document_gives_one_finding_in_its_member(name: str, form: str, tmp_path: Path) -> None:
    document, member, rule = DOCUMENTS[name]
    path = tmp_path / ("a.json" if form == "file" else "a.jsonl")
    row = {"id": 7, "doc": json.dumps(document) if form == "text" else document}
    text = json.dumps(document, indent=1) if form == "file" else json.dumps(row)
    path.write_text(text + "\n")
    (found,) = _finds(path)
    assert found.rule_id == rule
    at = found.location
    if form == "text":
        assert (at.field, at.layers[0]) == ("/doc", f"json:{member}")
    else:
        assert at.field == ("/doc" + member if form == "member" else member)
    assert found.confidence != "low"
