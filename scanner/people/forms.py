"""Directory entries as vendors write them, in the words of the documented form.

SCIM 2.0 (RFC 7643, with its enterprise extension), Okta (Users and Groups API: `profile`),
Microsoft Entra ID (Microsoft Graph: `value` lists, `userPrincipalName`, `accountEnabled`) and
Google Workspace (Directory API: `primaryEmail`, `organizations`, `relations`, `suspended`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user"
_NAMES = {
    "userName": ("username", "login", "userprincipalname", "upn", "samaccountname"),
    "email": ("email", "primaryemail", "mail", "work_email", "workemail"),
    "displayName": ("displayname", "fullname", "full_name", "display_name"),
    "department": ("department", "team", "org", "organization", "division"),
    "manager": ("manager", "managerid", "manager_id", "manager_email", "manageremail"),
    "status": ("status", "employment_status", "state", "employeestatus"),
    "country": (
        *("country", "countrycode", "country_code", "usagelocation", "c", "work_country"),
        "locationcountry",
    ),
    "started": (
        *("started", "start_date", "startdate", "hire_date", "hiredate", "employeehiredate"),
        "joined",
    ),
    "ended": (
        *("ended", "end_date", "enddate", "termination_date", "terminationdate", "left"),
        *("employeeleavedatetime", "last_day", "leave_date"),
    ),
    "training": ("training", "training_role", "trains_models", "is_training"),
    "externalId": ("externalid", "employeenumber", "employee_number", "employeeid"),
}
_TRUE = {"true", "yes", "1"}


def plain(cells: Mapping[str, Any]) -> dict[str, Any]:
    """The entry with the keys of the documented form; what has it already stays."""
    low = dict(_lowered(cells))
    found = dict(cells)
    for name, spellings in _NAMES.items():
        if not _is_given(found.get(name)):
            found[name] = next((low[s] for s in spellings if _is_given(low.get(s))), None)
    found["displayName"] = found["displayName"] or _name(low)
    found["manager"] = _one(found["manager"]) or _relation(low)
    found["department"] = _one(found["department"]) or _organization(low)
    found["country"] = _one(found["country"]) or _address(low)
    found["status"] = found["status"] or _enabled(low)
    found["aliases"] = [*_listed(found.get("aliases")), *_more(low)]
    if low.get("profile") and "name" in low and "members" not in low:
        found.setdefault("name", low["name"])
    return {name: value for name, value in found.items() if value is not None}


def _lowered(cells: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Keys in lower case, those of `profile` and of extensions too; outer ones win."""
    for name, value in cells.items():
        low = str(name).strip().casefold()
        if isinstance(value, dict) and (low in ("profile", _ENTERPRISE) or low.startswith("urn:")):
            yield from ((str(k).casefold(), v) for k, v in value.items())
    for name, value in cells.items():
        yield str(name).strip().casefold().replace(" ", "_"), value


def _is_given(value: Any) -> bool:
    return value not in (None, "", [], {})


def _one(value: Any) -> Any:
    """A reference (`{"value": ...}`, `{"id": ...}`) as the name it holds."""
    if isinstance(value, dict):
        keys = ("value", "id", "userPrincipalName", "mail", "email")
        return next((value[k] for k in keys if value.get(k)), None)
    return value


def _listed(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else str(value or "").split("|")
    return [str(p).strip() for p in parts if isinstance(p, str) and p.strip()]


def _name(low: Mapping[str, Any]) -> str | None:
    name = low.get("name")
    if isinstance(name, dict):
        parts = {str(k).casefold(): v for k, v in name.items()}
        whole = parts.get("formatted") or parts.get("fullname")
        return whole or _joined(parts.get("givenname"), parts.get("familyname"))
    if isinstance(name, str) and name.strip():
        return name
    return _joined(
        low.get("firstname") or low.get("givenname"), low.get("lastname") or low.get("surname")
    )


def _joined(*parts: Any) -> str | None:
    return " ".join(str(p).strip() for p in parts if p) or None


def _relation(low: Mapping[str, Any]) -> str | None:
    """The manager of a Google Workspace user."""
    found = (r for r in low.get("relations") or () if isinstance(r, dict))
    return next((str(r.get("value")) for r in found if r.get("type") == "manager"), None)


def _organization(low: Mapping[str, Any]) -> str | None:
    found = [o for o in low.get("organizations") or () if isinstance(o, dict)]
    found.sort(key=lambda o: not o.get("primary"))
    return next((str(o["department"]) for o in found if o.get("department")), None)


def _address(low: Mapping[str, Any]) -> str | None:
    found = [a for a in low.get("addresses") or () if isinstance(a, dict)]
    found.sort(key=lambda a: a.get("type") != "work")
    keys = ("country", "countryCode")
    return next((str(a[k]) for a in found for k in keys if a.get(k)), None)


def _enabled(low: Mapping[str, Any]) -> str | None:
    """The status of systems that only say yes or no."""
    for name, gone in (("accountenabled", False), ("suspended", True), ("archived", True)):
        if low.get(name) is not None and (str(low[name]).casefold() in _TRUE) is gone:
            return "suspended" if gone else "disabled"
    return "active" if low.keys() & {"accountenabled", "suspended"} else None


def _more(low: Mapping[str, Any]) -> Iterator[str]:
    """Further names: proxy and alias addresses, on-premises accounts, the employee's number."""
    for name in ("proxyaddresses", "othermails", "noneditablealiases"):
        yield from (a.partition(":")[2] or a for a in _listed(low.get(name)))
    for entry in low.get("emails") or ():
        address = entry.get("value") or entry.get("address") if isinstance(entry, dict) else entry
        if isinstance(address, str) and address.strip():
            yield address.strip()
    for name in ("onpremisessamaccountname", "userprincipalname", "mail", "primaryemail"):
        if isinstance(low.get(name), str) and low[name].strip():
            yield low[name].strip()
