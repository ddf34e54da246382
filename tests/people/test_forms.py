"""Directory exports as vendors write them, and consent exports."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanner.batch import UnitLog
from scanner.model import Consent, Principal
from scanner.people.consent import read_consent
from scanner.people.directory import read_directory

OKTA = [
    {"id": "00u1", "status": "DEPROVISIONED", "profile": {"login": "ann@corp.example",
     "email": "ann@corp.example", "firstName": "Ann", "lastName": "Lee", "department": "HR",
     "managerId": "00u2", "countryCode": "DE"}},
    {"id": "00g1", "type": "OKTA_GROUP", "profile": {"name": "Analysts"}},
]  # fmt: skip
ENTRA = {"value": [
    {"id": "e1", "displayName": "Ann Lee", "userPrincipalName": "ann@corp.example",
     "mail": "ann.lee@corp.example", "department": "HR", "accountEnabled": False,
     "manager": {"id": "e2"}, "usageLocation": "DE", "employeeHireDate": "2020-01-02T00:00:00Z",
     "employeeLeaveDateTime": "2026-09-30T00:00:00Z"},
    {"id": "e3", "displayName": "Analysts", "groupTypes": [], "members": [{"id": "e1"}]},
]}  # fmt: skip
GOOGLE = {"users": [
    {"id": "1", "primaryEmail": "ann@corp.example", "name": {"fullName": "Ann Lee"},
     "suspended": True, "organizations": [{"department": "HR", "primary": True}],
     "relations": [{"type": "manager", "value": "bob@corp.example"}],
     "aliases": ["a.lee@corp.example"]}]}  # fmt: skip
SCIM = {"Resources": [
    {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "s1", "userName": "ann",
     "active": True, "name": {"givenName": "Ann", "familyName": "Lee"},
     "emails": [{"value": "ann@corp.example"}, {"value": "a2@corp.example"}],
     "addresses": [{"type": "work", "country": "DE"}],
     "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
         "department": "HR", "employeeNumber": "77", "manager": {"value": "s2"}}}]}  # fmt: skip


def first(tmp_path: Path, export: Any) -> Principal:
    file = tmp_path / "d.json"
    file.write_text(json.dumps(export))
    log = UnitLog()
    people, _ = read_directory(file, log)
    assert log.problems == []
    return people[0]


@pytest.mark.parametrize(
    ("export", "status", "manager", "country"),
    [
        (OKTA, "DEPROVISIONED", "00u2", "DE"),
        (ENTRA, "disabled", "e2", "DE"),
        (GOOGLE, "suspended", "bob@corp.example", ""),
        (SCIM, "active", "s2", "DE"),
    ],
)
def test_a_person_of_each_vendor(
    tmp_path: Path, export: Any, status: str, manager: str, country: str
) -> None:
    ann = first(tmp_path, export)
    assert (ann.type, ann.name, ann.department) == ("user", "Ann Lee", "HR")
    assert (ann.status, ann.manager, ann.country) == (status, manager, country)
    assert "ann@corp.example" in ann.aliases


def test_dates_and_further_names(tmp_path: Path) -> None:
    ann = first(tmp_path, ENTRA)
    assert ann.ended == datetime(2026, 9, 30, tzinfo=UTC)
    assert ann.started == datetime(2020, 1, 2, tzinfo=UTC)
    assert "a2@corp.example" in first(tmp_path, SCIM).aliases
    assert "a.lee@corp.example" in first(tmp_path, GOOGLE).aliases


def test_consent_in_usual_spellings(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text(
        "email,type,requested_at,minutes,until\n"
        "ann@corp.example,Pause,2026-10-05T09:00:00+02:00,,\n"
        "bob,opt-out,,,\n"
        "cyd,pause,2026-10-05T09:00:00Z,45,\n"
        "dan,pause,,,\n"
        ",pause,2026-10-05T09:00:00Z,,\n"
        "eve,exemption,soon,,\n"
    )
    log = UnitLog()
    found = list(read_consent(file, log))
    seven = datetime(2026, 10, 5, 7, tzinfo=UTC)
    assert found == [
        Consent("ann@corp.example", "pause", seven, seven.replace(minute=30), str(file)),
        Consent("bob", "exemption", None, None, str(file)),
        Consent("cyd", "pause", seven.replace(hour=9), seven.replace(hour=9, minute=45), str(file)),
    ]
    assert (log.failed_records, sum(p.count for p in log.problems)) == (3, 3)


def test_groups_go_by_the_name_that_is_shown_too(tmp_path: Path) -> None:
    file = tmp_path / "d.json"
    listed = [*ENTRA["value"], {"id": "e4", "displayName": "Twin", "groupTypes": []},
              {"id": "e5", "displayName": "Twin", "groupTypes": []}]  # fmt: skip
    file.write_text(json.dumps({"value": listed}))
    log = UnitLog()
    people, _ = read_directory(file, log)
    assert log.problems == []
    called = {p.id: p.aliases for p in people if p.type == "group"}
    assert called == {"e3": ("Analysts",), "e4": (), "e5": ()}
