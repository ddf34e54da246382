"""A key id and its secret are one incident, through the real program and in every output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from e2e_house import KEY

from scanner.cli import run
from scanner.rulepacks.examples import fill

ID, SECRET = "AKIA" + fill("<<base32:16>>", "pairs"), fill("<<base64:38>>", "pairs") + "4x"
LONE = "AKIA" + fill("<<base32:16>>", "pairs/lone")
SID, TOKEN = "AC" + fill("<<hex:32>>", "pairs"), fill("<<hex:32>>", "pairs/token")
CLIENT = fill("<<alnum:3>>", "pairs") + "8Q~" + fill("<<alnum:34>>", "pairs/azure")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data, and all reports of its scan."""
    folder = tmp_path_factory.mktemp("pairs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEAKGATE_KEY", KEY)
        patch.chdir(folder)
        _scan()
    return folder


@pytest.fixture
def report(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "r.json").read_bytes()))


def _scan() -> None:
    Path("data").mkdir()
    rows = [
        {"aws": {"accessKeyId": ID, "secretAccessKey": SECRET}},
        {"note": f"only the id again: {ID}"},
        {"note": f"another: {LONE}"},
        {
            "env": [
                {"name": n, "value": v}
                for n, v in (("TWILIO_ACCOUNT_SID", SID), ("TWILIO_AUTH_TOKEN", TOKEN))
            ]
        },
        {"azure": {"azure_client_id": "0f8b2a6c-4d1e-4c7a-9b35-7e2d91c6a0f4", "secret": CLIENT}},
    ]
    Path("data/a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    Path("data/credentials").write_text(
        f"[default]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n"
    )
    outputs = [
        "-o",
        "json=r.json",
        "-o",
        "sarif=r.sarif",
        "-o",
        "html=r.html",
        "-o",
        "markdown=r.md",
    ]
    assert run(["scan", "data", *outputs, "-q", "-j", "1"]) in (0, 1)


def _of(report: dict[str, Any], rule: str) -> list[dict[str, Any]]:
    return [f for f in report["findings"] if f["rule_id"] == rule]


def _incidents(report: dict[str, Any], rule: str) -> list[dict[str, Any]]:
    return [i for i in report["incidents"] if rule in i["rule_ids"]]


def test_an_id_and_its_secret_are_one_incident(report: dict[str, Any]) -> None:
    secret = _of(report, "aws-secret-access-key")[0]
    ids = _of(report, "aws-access-key-id")
    paired = next(f for f in ids if f["parts"])
    assert paired["parts"] == [secret["fingerprint"]]
    assert paired["fingerprint"] in secret["parts"]
    assert secret["confidence"] == "high"
    assert "beside aws-access-key-id" in secret["evidence"]
    (incident,) = _incidents(report, "aws-secret-access-key")
    assert incident["fingerprint"] == secret["fingerprint"]
    assert "aws-access-key-id" in incident["rule_ids"]
    assert incident["occurrences"] == 5, incident["locations"]  # the id alone as well
    assert incident["parts"] == [paired["fingerprint"]]
    assert incident["preview"] == secret["preview"]


def test_an_id_alone_is_an_incident_of_its_own(report: dict[str, Any]) -> None:
    alone = [i for i in _incidents(report, "aws-access-key-id") if len(i["rule_ids"]) == 1]
    assert [i["occurrences"] for i in alone] == [1]
    assert alone[0]["parts"] == []


def test_named_values_beside_each_other_are_a_pair(report: dict[str, Any]) -> None:
    (token,) = _of(report, "twilio-auth-token")
    (sid,) = _of(report, "twilio-account-sid")
    assert sid["belongs"] == token["fingerprint"]
    assert token["parts"] == [sid["fingerprint"]]


def test_a_client_id_goes_with_the_secret_of_its_provider(report: dict[str, Any]) -> None:
    (secret,) = _of(report, "azure-client-secret")
    (client,) = _of(report, "provider-client-id")
    assert client["belongs"] == secret["fingerprint"]


def test_no_output_shows_a_part(folder: Path) -> None:
    for name in ("r.json", "r.sarif", "r.html", "r.md"):
        text = (folder / name).read_text()
        assert not any(raw in text for raw in (ID, SECRET, TOKEN, CLIENT))
