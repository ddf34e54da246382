"""Words that logs use: names of fields, operations and outcomes."""

from __future__ import annotations

from typing import Any

ACTIVITIES = ("Read", "List", "Write", "Delete", "Update", "Other")

# The paths under which a field usually stands, best first; OCSF's own names among them.
FIELDS = {
    "time": ("time", "timestamp", "event_time", "eventTime", "@timestamp", "ts", "datetime"),
    "actor": (
        *("actor", "actor.user.uid", "actor.user.email_addr", "actor.user.name"),
        *("principal", "user", "user_id", "username", "user_name", "email"),
    ),
    "resource": (
        *("resource", "resources.0.uid", "resources.0.name", "databucket.uid"),
        *("uri", "url", "path", "object", "file.path", "file", "table"),
    ),
    "activity": ("activity", "activity_name", "action", "operation", "op", "method", "verb"),
    "operation": ("operation", "api.operation", "op", "action", "method", "verb"),
    "status": ("status", "outcome", "result", "status_code"),
    "session": ("session", "actor.session.uid", "session_id", "session_name"),
    "bytes_out": ("bytes_out", "traffic.bytes_out", "bytes_sent", "bytes", "size"),
    "src_endpoint": ("src_endpoint", "src_endpoint.ip", "source_ip", "src_ip", "client_ip", "ip"),
    "event_id": ("event_id", "metadata.uid", "id", "uid", "request_id"),
    "class_uid": ("class_uid",),
}
NEEDED = ("time", "actor", "resource", "activity")

_OPERATIONS = {
    "Read": "read get download view open select export fetch query copy preview cat",
    "List": "list ls browse head stat describe search",
    "Write": "write put upload create insert append post",
    "Delete": "delete remove rm drop truncate purge",
    "Update": "update modify patch rename move edit chmod grant revoke alter",
    "Other": "other unknown login logout",
}
_ACTIVITY_OF = {word: name for name, words in _OPERATIONS.items() for word in words.split()}
_OUTCOMES = {
    "Success": "success succeeded successful ok allow allowed granted true 0",
    "Failure": "failure failed fail error denied deny forbidden unauthorized blocked false",
}
_STATUS_OF = {word: name for name, words in _OUTCOMES.items() for word in words.split()}


def activity(word: str) -> str | None:
    """The activity of a usual word for an operation; None when the word is not usual."""
    return _ACTIVITY_OF.get(word.strip().casefold())


def status(value: Any) -> str:
    """Success, Failure or Unknown, from a word, a Boolean or an HTTP status.

    A line that states no outcome is a record of what was done: Success.
    """
    if value is None:
        return "Success"
    word = str(value).strip().casefold()
    if len(word) == 3 and word.isdecimal() and word[0] in "2345":
        return "Success" if word[0] == "2" else "Failure"
    return _STATUS_OF.get(word, "Unknown")
