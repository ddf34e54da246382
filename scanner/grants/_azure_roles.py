"""What Azure roles let their holder do with blobs: read them, or fetch the account's keys.

From "Azure built-in roles" and "Understand Azure role definitions": data actions read blobs;
whoever may list the keys of a storage account reads everything in it with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scanner import globs

READ = "microsoft.storage/storageaccounts/blobservices/containers/blobs/read"
_KEYS = (
    "microsoft.storage/storageaccounts/listkeys/action",
    "microsoft.storage/storageaccounts/regeneratekey/action",
    "microsoft.storage/storageaccounts/listaccountsas/action",
    "microsoft.storage/storageaccounts/listservicesas/action",
)
_ASSIGN = "microsoft.authorization/roleassignments/write"
_WRITE = "microsoft.storage/storageaccounts/blobservices/containers/blobs/write"


@dataclass(frozen=True, slots=True)
class Gives:
    """`reads` blobs as data, reaches the `keys`, may `admin`ister access, or `write` blobs."""

    reads: bool = False
    keys: bool = False
    admin: bool = False
    write: bool = False


_OWNER, _KEYED = Gives(keys=True, admin=True), Gives(keys=True)
_BUILT_IN = {
    "owner": _OWNER,
    "contributor": _KEYED,
    "reader": Gives(),
    "user access administrator": Gives(admin=True),
    "role based access control administrator": Gives(admin=True),
    "storage blob data owner": Gives(reads=True, admin=True, write=True),
    "storage blob data contributor": Gives(reads=True, write=True),
    "storage blob data reader": Gives(reads=True),
    "storage blob delegator": Gives(),
    "storage account contributor": _KEYED,
    "storage account key operator service role": _KEYED,
    "reader and data access": _KEYED,
    "virtual machine contributor": _KEYED,
    "log analytics contributor": _KEYED,
    "logic app contributor": _KEYED,
    "devtest labs user": _KEYED,
    "avere contributor": _KEYED,
}
_IDS = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "contributor",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "reader",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "user access administrator",
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "storage blob data owner",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "storage blob data contributor",
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "storage blob data reader",
    "17d1049b-9a84-46fb-8f53-869881c3d3ab": "storage account contributor",
    "81a9662b-bebf-436f-a333-f67b29880f12": "storage account key operator service role",
    "c12c1c16-33a1-487b-954d-41c89c60f349": "reader and data access",
}
_NO_BLOBS = re.compile(  # families of built-in roles that neither read blobs nor list keys
    r"(acr|key vault|monitoring|network|cost management|security|backup|billing|managed identity"
    r"|cognitive services|azure kubernetes service|sql|dns|private dns|website|tag|search"
    r"|azure event hubs|azure service bus|storage (queue|table|file)|virtual machine .*login"
    r"|log analytics reader|management group|support request|workbook|azureml|app configuration)"
    r"\b.*"
)


def by_name(name: str, ident: str) -> Gives | None:
    """What a built-in role gives, by its name or id; None when it is not known."""
    folded = _IDS.get(ident.rpartition("/")[2].casefold()) or name.strip().casefold()
    if folded in _BUILT_IN:
        return _BUILT_IN[folded]
    return Gives() if _NO_BLOBS.fullmatch(folded) else None


def by_definition(permissions: Iterable[Mapping[str, Any]]) -> Gives:
    """What the permissions of a role definition give; several of them add up."""
    listed = list(permissions)
    return Gives(
        any(allows(p, READ, "dataActions") for p in listed),
        any(allows(p, key, "actions") for p in listed for key in _KEYS),
        any(allows(p, _ASSIGN, "actions") for p in listed),
        any(allows(p, _WRITE, "dataActions") for p in listed),
    )


def allows(permission: Mapping[str, Any], action: str, kind: str) -> bool:
    """True when one permission has the action and does not take it out again."""
    taken = f"not{kind[:1].upper()}{kind[1:]}"
    return _any(permission.get(kind), action) and not _any(permission.get(taken), action)


def keys_of(permission: Mapping[str, Any]) -> bool:
    """True when a permission (of a deny assignment) is about all ways to the keys."""
    return all(allows(permission, key, "actions") for key in _KEYS[:1])


def _any(patterns: Any, action: str) -> bool:
    listed = patterns if isinstance(patterns, list) else []
    return any(isinstance(p, str) and globs.glob(p.casefold(), action) for p in listed)
