"""Repositories of code and datasets: visibility and members on GitHub, GitLab and Hugging Face.

JSON as the hosts' own commands and APIs give it, one object, a list, or JSON Lines:

    gh repo list OWNER --json nameWithOwner,visibility,url        gh api repos/OWNER/NAME
    GET /repos/OWNER/NAME (visibility, private, full_name)
    GET /projects (GitLab: visibility, path_with_namespace, web_url)
    GET /api/datasets/OWNER/NAME, /api/models/... (Hugging Face: id, private, gated)

An object may hold its readers as well, as the hosts list them: `collaborators`, `teams`,
`members` or `shared_with_groups`, with login, username, slug or name, and their permission.
Public is everybody; internal (GitHub Enterprise, GitLab) is all staff; a gated dataset is
conditional for everybody: it is given on request.  Private is the owner and who is listed,
and so is a GitLab project whose repository only members see, whatever its visibility.

Resources are `https://host/owner/name/*`.  Option: `resource` instead of `https://host`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from scanner.batch import UnitLog
from scanner.errors import UnreadableError
from scanner.files.exports import parse_json, read_text
from scanner.files.tables import bad
from scanner.grants import GrantExport, _tables
from scanner.model import Decision, Grant

_NAMES = ("nameWithOwner", "full_name", "path_with_namespace", "id", "modelId")
_HUB = "https://huggingface.co"
_LISTS = (
    ("collaborators", "user"),
    ("members", "user"),
    ("teams", "group"),
    ("shared_with_groups", "group"),
    ("groups", "group"),
)
_CALLED = ("login", "username", "email", "slug", "group_full_path", "full_path", "user", "name")
_HELD = (
    *("role_name", "permission", "permissions", "access_level"),
    *("group_access_level", "role"),
)
_NO_READ = {"none", "no access", "minimal", "0", "5", "10"}  # GitLab: guests see no code
_GUEST_LEVELS = {5, 10}


class Repositories:
    """Reads visibility and members of hosted repositories."""

    options = ("resource",)

    def sniff(self, path: Path, head: bytes) -> bool:  # noqa: ARG002 - the content decides
        """True for JSON objects with a repository's name beside its visibility."""
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if start[:1] not in (b"{", b"["):
            return False
        names = (
            b'"nameWithOwner"',
            b'"full_name"',
            b'"path_with_namespace"',
            b'"modelId"',
            b'"id"',
        )
        shown = (b'"visibility"', b'"private"', b'"gated"')
        hub = b'"gated"' in start or b'"downloads"' in start or b'"siblings"' in start
        named = any(name in start for name in names[:-1]) or (names[-1] in start and hub)
        return named and any(word in start for word in shown)

    def read(self, export: GrantExport, log: UnitLog) -> Iterator[Grant]:
        """Who may read each repository.  An object of another form is counted by its number."""
        where, prefix = str(export.path), str(export.options.get("resource") or "").rstrip("/")
        for number, one in enumerate(_objects(read_text(export.path), where), 1):
            log.records += 1
            name = next((one[key] for key in _NAMES if _is_name(one.get(key))), "")
            if not name or _visibility(one) is None:
                bad(log, "an object is no repository", where, number)
                continue
            yield from _rows(one, _resource(one, name, prefix), name)


plugin = Repositories()


def _objects(text: str, where: str) -> list[Mapping[str, Any]]:
    try:
        whole = parse_json(text, where)
    except UnreadableError:
        whole = _lines(text)
        if whole is None:
            raise
    found = whole if isinstance(whole, list) else [whole]
    if not found or not all(isinstance(one, dict) for one in found):
        hint = "export it with gh repo list --json, or the host's API"
        raise UnreadableError("the export holds no repositories", where, hint, "grants.form")
    return found


def _lines(text: str) -> list[Any] | None:
    try:
        return [msgspec.json.decode(line) for line in text.splitlines() if line.strip()]
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and "/" in value


def _visibility(one: Mapping[str, Any]) -> str | None:
    """public, internal, private or gated; None when the object does not say."""
    gated = one.get("gated")
    private = one.get("private", one.get("isPrivate"))
    said = one.get("visibility")
    if isinstance(said, str):
        shut = one.get("repository_access_level") in ("private", "disabled")  # GitLab
        return "private" if shut else said.lower()
    if not isinstance(private, bool):
        return None
    return "private" if private else "gated" if gated else "public"


def _resource(one: Mapping[str, Any], name: str, prefix: str) -> str:
    if prefix:
        return f"{prefix}/{name}/*"
    url = next(
        (
            str(one[k])
            for k in ("html_url", "web_url", "url")
            if str(one.get(k, "")).startswith("https://")
        ),
        "",
    )
    if url and "api.github.com" not in url:
        return url.removesuffix(".git").rstrip("/") + "/*"
    if "gated" in one or "siblings" in one or "downloads" in one:
        kind = "" if "modelId" in one or "pipeline_tag" in one else "datasets/"
        return f"{_HUB}/{kind}{name}/*"
    return f"https://github.com/{name}/*"


def _rows(one: Mapping[str, Any], resource: str, name: str) -> Iterator[Grant]:
    shown = _visibility(one)
    base = Grant(
        principal=name.partition("/")[0],
        principal_type="unknown",
        privilege="owner",
        access_level="read",
        resource=resource,
        effect="Allow",
        decision=Decision.YES,
        via=f"visibility {shown}",
        system="repositories",
    )
    yield base
    if shown in ("public", "internal"):
        kind = "public" if shown == "public" else "all_staff"
        yield replace(base, principal="everyone", principal_type=kind, privilege=shown)
    elif shown == "gated":
        yield replace(
            base,
            principal="everyone",
            principal_type="public",
            privilege="gated",
            decision=Decision.CONDITIONAL,
            condition=f"after access was asked for ({one.get('gated')})",
        )
    for key, kind in _LISTS:
        for member in one.get(key) or []:
            yield from _member(member, replace(base, principal_type=kind, via=key))


def _member(member: Any, base: Grant) -> Iterator[Grant]:
    if not isinstance(member, dict):
        return
    called = next((str(member[k]) for k in _CALLED if isinstance(member.get(k), str)), "")
    held = next((member[key] for key in _HELD if member.get(key)), "")
    if not called:
        return
    until = _tables.moment(str(member.get("expires_at") or ""))
    row = replace(base, principal=called, privilege=_spelled(held), expiration_time=until)
    yield row if _reads(held) else replace(row, access_level="none", decision=Decision.NO)


def _spelled(held: Any) -> str:
    if isinstance(held, dict):
        return ", ".join(name for name, given in held.items() if given is True)
    return str(held or "member")


def _reads(held: Any) -> bool:
    """Whether a permission shows content; in GitLab guests of private projects see no code."""
    if isinstance(held, dict):
        return any(held.get(name) for name in ("pull", "triage", "push", "maintain", "admin"))
    return held not in _GUEST_LEVELS and str(held).lower() not in _NO_READ | {"guest"}
