"""Spellings that many systems share: principals that mean everybody, privileges that read."""

from __future__ import annotations

_EVERYBODY = {
    # "All authenticated users" is anybody with an account at the cloud, of whatever company.
    "public": (
        "public",
        "*",
        "allusers",
        "allauthenticatedusers",
        "authenticatedusers",
        "anonymous",
        "anyone",
        "world",
        "internet",
    ),
    "all_staff": (
        "allstaff",
        "allemployees",
        "everyone",
        "everybody",
        "domainusers",
        "organization",
        "organisation",
        "company",
        "internal",
    ),
}
TYPES = frozenset(
    {"user", "group", "role", "service", "account", "public", "anonymous", "all_staff", "unknown"}
)
_TYPE_WORDS = {
    "person": "user",
    "member": "user",
    "employee": "user",
    "team": "group",
    "serviceaccount": "service",
    "service_account": "service",
    "application": "service",
    "app": "service",
    "everyone": "all_staff",
    "all staff": "all_staff",
    "all-staff": "all_staff",
    "allstaff": "all_staff",
    "domain": "all_staff",
    "anyone": "public",
}
_PREFIXES = {  # as Google Cloud writes members
    "user": "user",
    "group": "group",
    "role": "role",
    "serviceaccount": "service",
    "domain": "all_staff",
    "specialgroup": "group",
}
_LEVELS = {
    "admin": ("admin", "owner", "all", "all privileges", "full", "full control", "manage"),
    "read": (
        *("read", "select", "get", "view", "viewer", "reader", "download", "export", "copy"),
        *("r", "rw", "rx", "rwx", "read/write", "readwrite", "read-write", "read write"),
        *("editor", "edit", "modify", "contributor", "usage and read", "can view", "can edit"),
    ),
    "list": ("list", "browse", "metadata", "describe", "x"),
    "write": ("write", "insert", "update", "delete", "append", "put", "upload", "create", "w"),
    "none": ("none", "no", "no access", "deny", "blocked"),
}
_WORDS = {word: level for level, words in _LEVELS.items() for word in words}


def everybody(name: str) -> str | None:
    """`public` or `all_staff` when the name is a known spelling of it."""
    folded = "".join(c for c in name.casefold() if c.isalnum() or c == "*")
    plain = folded if "\\" not in name else folded.removeprefix(_folded_domain(name))
    return next((kind for kind, known in _EVERYBODY.items() if plain in known), None)


def _folded_domain(name: str) -> str:
    return "".join(c for c in name.rpartition("\\")[0].casefold() if c.isalnum())


def principal_type(word: str) -> str | None:
    """The principal type a word stands for; None when it is none."""
    folded = word.strip().casefold()
    found = _TYPE_WORDS.get(folded, folded)
    return found if found in TYPES else None


def by_prefix(name: str) -> tuple[str, str | None]:
    """`group:eng@x.example` as its name and type; other names stay whole."""
    prefix, colon, rest = name.partition(":")
    found = _PREFIXES.get(prefix.casefold()) if colon and not rest.startswith("/") else None
    return (rest, found) if found else (name, None)


def access_level(privilege: str) -> str | None:
    """The access level of a privilege by its word or words; None when it is not known.

    The strongest of several words counts: `SELECT, INSERT` reads.
    """
    folded = privilege.strip().casefold()
    if folded in _WORDS:
        return _WORDS[folded]
    parts = [p.strip() for p in folded.replace(";", ",").replace("|", ",").split(",")]
    found = {_WORDS.get(p) for p in parts}
    if None in found:
        return "admin" if "admin" in found else "read" if "read" in found else None
    return next((level for level in _LEVELS if level in found), None)
