"""What Azure Storage calls operations and objects, in both kinds of its logs."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from scanner.logs._events import RejectedError

_READS = frozenset(
    (
        *("GetBlob", "QueryBlobContents", "ReadFile", "GetFile", "QueryEntities", "QueryEntity"),
        *("GetMessages", "PeekMessages", "GetMessage", "PeekMessage", "CopyBlobSource"),
        *("CopyFileSource", "SftpRead", "Nfs3Read", "Read", "GetBlobServiceBatchSubRequest"),
    )
)
_LISTS = ("List", "Get", "Query", "Preflight")
_WRITES = (
    "Put",
    "Create",
    "Append",
    "Copy",
    "Insert",
    "Flush",
    "Write",
    "Incremental",
    "SftpWrite",
)


def resource_of(uri: str) -> str:
    """The URI without port and query; `/account/container/blob` of an object key as one."""
    if uri.startswith("/"):
        account, _, rest = uri[1:].partition("/")
        return f"https://{account}.blob.core.windows.net/{rest}"
    parts = urlsplit(uri)
    if not parts.hostname:
        raise RejectedError("a record names no resource")
    host = parts.hostname.replace(".dfs.core.", ".blob.core.")
    return f"https://{host}{unquote(parts.path)}"


def activity_of(operation: str) -> str:
    """By the operation's name; only operations that hand out content are reads."""
    if operation in _READS:
        return "Read"
    if operation.startswith("Delete") or operation.endswith("Delete"):
        return "Delete"
    if operation.startswith("Set") or operation.startswith(("Lease", "Rename", "Update", "Merge")):
        return "Update"
    if operation.startswith(_WRITES):
        return "Write"
    return "List" if operation.startswith(_LISTS) else "Other"
