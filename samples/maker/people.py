"""Hollowbrook's directory: people, service accounts, groups inside groups, and one circle."""

from __future__ import annotations

from typing import Any

ACCOUNT = "111122223333"  # an account id that AWS's documentation uses for nobody
CORE = ("mara.quill", "idris.holloway", "tamsin.oake", "bo.lindqvist", "priya.venn", "joss.calder")

# department: head first.  The order of people gives them their recorder id (u-0101, ...).
DEPARTMENTS = {
    "Deskmate": CORE,
    "Data Platform": ("nils.abery", "ilse.marchbank", "tobin.reyes", "sunniva.dahl", "hal.oduya"),
    "Engineering": (
        "greta.solberg", "emeka.thorne", "lotte.vries", "arun.pallav", "finn.carrow",
        "yuki.amano", "selma.brandt",
    ),
    "Sales": ("dorian.pike", "cormac.teague", "bettina.roth", "oluchi.lake", "remy.lambert"),
    "People": ("odette.farrow", "lars.winther", "noor.halabi"),
    "Design": ("cleo.marsden", "wren.ashdown", "ivo.kranjc"),
    "Finance": ("agnes.whitlow", "kofi.asante", "mina.torvald"),
    "Legal": ("percival.stroud", "anouk.delmas"),
    "Support": ("bram.ekker", "zadie.collier", "oskar.lunde"),
}  # fmt: skip
LEFT = ("hal.oduya", "remy.lambert")  # gone, but still in their groups
TITLES = {"cormac.teague": "Sales engineer", "wren.ashdown": "Intern"}
SERVICES = {
    "svc-collector": "deskmate-collector", "svc-trainer": "deskmate-trainer",
    "svc-dashboards": "bi-dashboards",
}  # fmt: skip
CONTRACTOR = "ext-rowan-ives"


def role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def directory() -> dict[str, Any]:
    """The export as the identity team hands it over."""
    return {"users": [*_staff(), _contractor(), *_services()], "groups": _groups()}


def staff() -> list[str]:
    """Everybody employed or once employed, in order of their recorder ids."""
    return [person for people in DEPARTMENTS.values() for person in people]


def _staff() -> list[dict[str, Any]]:
    numbers = {person: 101 + i for i, person in enumerate(staff())}
    return [
        _person(person, department, "" if person == people[0] else people[0], numbers[person])
        for department, people in DEPARTMENTS.items()
        for person in people
    ]


def _person(person: str, department: str, manager: str, number: int) -> dict[str, Any]:
    return {
        "id": person,
        "name": person.replace(".", " ").title(),
        "email": f"{person}@hollowbrook.example",
        "title": TITLES.get(person, ""),
        "department": department,
        "manager": manager,
        "status": "left" if person in LEFT else "active",
        "type": "user",
        "aliases": [f"u-{number:04d}"],
    }


def _contractor() -> dict[str, Any]:
    return {
        "id": CONTRACTOR,
        "name": "Rowan Ives",
        "email": "rowan.ives@brightmoor-dental.example",
        "title": "External contractor",
        "department": "",
        "manager": "dorian.pike",
        "status": "active",
        "type": "user",
        "aliases": [f"arn:aws:iam::{ACCOUNT}:user/{CONTRACTOR}"],
    }


def _services() -> list[dict[str, Any]]:
    return [
        {"id": name, "name": name, "email": "", "title": "", "department": "Deskmate",
         "manager": "mara.quill", "status": "active", "type": "service", "aliases": [role(alias)]}
        for name, alias in SERVICES.items()
    ]  # fmt: skip


def _groups() -> list[dict[str, Any]]:
    """`analysts` holds `data-platform`, which holds `all-staff`, which holds it again."""
    departments = [
        {"id": _slug(name), "name": name, "members": list(people), "aliases": []}
        for name, people in DEPARTMENTS.items()
        if name != "Data Platform"
    ]
    everyone = [group["id"] for group in departments]
    return [
        _group("deskmate-core", "Deskmate core", CORE, role("deskmate-core")),
        _group("analysts", "Analysts", ["data-platform"], role("analysts")),
        _group("data-platform", "Data Platform", [*DEPARTMENTS["Data Platform"], "all-staff"]),
        _group("all-staff", "All staff", [*everyone, "data-platform"]) | {"all_staff": True},
        _group("people-analytics", "People analytics", ["odette.farrow", "lars.winther"]),
        _group("contractors", "Contractors", [CONTRACTOR]),
        *departments,
    ]


def _group(name: str, title: str, members: Any, *aliases: str) -> dict[str, Any]:
    return {"id": name, "name": title, "members": list(members), "aliases": list(aliases)}


def _slug(name: str) -> str:
    return f"dept-{name.lower().replace(' ', '-')}"
