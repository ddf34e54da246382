"""Policy file and flags become one frozen `Config`; whatever is wrong names file, line and key."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast, get_args

from pydantic import BaseModel, ValidationError

from scanner import suggest
from scanner.config.file import Loc, PolicyFile, read
from scanner.config.policy import Policy, Store
from scanner.errors import UsageError
from scanner.model import StoredObject
from scanner.rulepacks.load import own_rules
from scanner.uris import is_table


class Config(Policy):
    """A policy with what surrounds it: the folder its paths start from, and its digest."""

    file: Path
    folder: Path
    digest: str  # SHA-256 over the normalised content, independent of the folder

    @property
    def rules_dirs(self) -> tuple[str, ...]:
        """The folders of rules that the policy adds to ours."""
        return tuple(str(folder) for folder in self.rules)

    @property
    def evidence(self) -> tuple[Path, ...]:
        """The files, folders and globs of grants, logs, directory and consent."""
        exports = [*(g.path for g in self.access.grants), *(f.path for f in self.access.logs)]
        return (*self.governance.consent, *self.access.directory, *exports)

    def resource_of(self, path: str, uri: str = "") -> StoredObject:
        """What grants and logs call a scanned path: the store with the longest match decides.

        `uri` is what outputs call the path.  A file of a store that is a table is that table.
        Outside every store the resource is the raw (not percent-encoded) `file://` URI of the
        path, or the path itself when it is a URI.
        """
        here = _spellings(path) if self.stores else ()
        found = [(len(rest), store, rest) for store in self.stores for rest in _rests(store, here)]
        if not found:
            resource = path if "://" in path else f"file://{_plain(path)}"
            return StoredObject(uri or resource, resource)
        _, store, rest = min(found, key=lambda item: item[0])
        below = rest and not is_table(store.resource)
        resource = f"{store.resource.rstrip('/')}/{rest}" if below else store.resource
        return StoredObject(uri or resource, resource, store.name, store.owner, store.landed)

    def with_flags(
        self,
        jobs: int | None = None,
        baseline: Path | None = None,
        exceptions: Path | None = None,
        persona: str | None = None,
    ) -> Config:
        """This configuration with what the command line overrides."""
        changes: dict[str, Any] = {}
        if jobs is not None:
            changes["limits"] = self.limits.model_copy(update={"jobs": jobs})
        if baseline is not None:
            changes["baseline"] = baseline.absolute()
        if exceptions is not None:
            changes["exceptions"] = exceptions.absolute()
        if persona is not None:
            changes["persona"] = persona
        return self.model_copy(update=changes)


def load(path: Path | None = None) -> Config:
    """The policy of a file, or the built-in one.

    A part of `gate` that the file leaves out is taken from the built-in policy.
    Raises UsageError on anything that is wrong, before anything is scanned.
    """
    built_in = read(own_rules() / "policies" / "default.yaml")
    file = read(_named(path) or path) if path else built_in
    _fill(file.data, built_in.data)
    folder = file.path.absolute().parent
    policy = _validated(file, folder)
    _check_required(policy, file)
    content = policy.model_dump_json(by_alias=True, context={"folder": folder})
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Config.model_construct(**dict(policy), file=file.path, folder=folder, digest=digest)


def read_policy(path: Path) -> PolicyFile:
    """The file of a policy as it is written, for those who ask what stands where."""
    return read(path)


def ready() -> dict[str, Path]:
    """The policies that come with leakgate, by name."""
    return {path.stem: path for path in sorted((own_rules() / "policies").glob("*.yaml"))}


def _named(path: Path) -> Path | None:
    """The ready policy that a plain name means; a file of that name comes first."""
    return None if path.is_file() else ready().get(str(path))


def _fill(data: dict[str, Any], default: Mapping[str, Any]) -> None:
    """Complete `gate` section by section; nothing inside a given section is touched."""
    gate = data.setdefault("gate", {})
    if isinstance(gate, dict):
        for name, section in default["gate"].items():
            gate.setdefault(name, section)


def _validated(file: PolicyFile, folder: Path) -> Policy:
    try:
        return Policy.model_validate(file.data, context={"folder": folder})
    except ValidationError as error:
        mistakes = cast(list[dict[str, Any]], error.errors(include_url=False, include_input=False))
    # An unknown key explains a missing one, so it is told first.
    mistakes.sort(key=lambda m: m["type"] != "extra_forbidden")
    first, *others = (_told(file, mistake) for mistake in mistakes)
    also = [f"\n  also:  {other.where}: {other.what}; {other.hint}" for other in others[:_ALSO]]
    more = len(others) - len(also)
    also += [f"\n  also:  {more} more mistakes in this file"] if more > 0 else []
    raise UsageError(first.what, first.where, first.hint + "".join(also))


def _told(file: PolicyFile, mistake: Mapping[str, Any]) -> UsageError:
    loc: Loc = [step for step in mistake["loc"] if step != "[key]"]
    context = mistake.get("ctx", {})
    what, hint = _MEANT.get(mistake["type"], (mistake["msg"], context.get("hint", "correct it")))
    if mistake["type"] == "extra_forbidden":
        what, hint = f"unknown key {suggest.plain(loc[-1])}", suggest.hint(str(loc[-1]), _keys(loc))
    elif mistake["type"] == "missing":
        what, hint = f"the key {loc[-1]!r} is missing", "add it"
    elif mistake["type"].startswith("date"):
        what, hint = "this is no date or time", "write it like 2026-10-05T06:00:00Z"
    elif "expected" in context:
        what, hint = "this value is not one that is known here", f"use {context['expected']}"
    return UsageError(what, file.where(loc), hint)


_ALSO = 20  # further mistakes that are told
_LIST = ("a list is meant here", "write [a, b], or each item on a line of its own after `- `")
_KEYS = ("keys with values are meant here", "write each on a line of its own, as `key: value`")
_MEANT = {
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _KEYS,
    "model_type": _KEYS,
    "model_attributes_type": _KEYS,
    "string_type": ("a text is meant here", "put it in quotation marks"),
    "int_type": ("a whole number is meant here", "write it without quotation marks"),
    "int_parsing": ("a whole number is meant here", "write it without quotation marks"),
    "bool_type": ("true or false is meant here", "write one of the two"),
    "bool_parsing": ("true or false is meant here", "write one of the two"),
}


def _keys(loc: Loc) -> list[str]:
    """The keys that are known where `loc` ends."""
    model: type[BaseModel] = Policy
    for step in loc[:-1]:
        if isinstance(step, str):
            fields = {f.alias or name: f.annotation for name, f in model.model_fields.items()}
            model = next(_models(fields[step]))
    return [field.alias or name for name, field in model.model_fields.items()]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _check_required(policy: Policy, file: PolicyFile) -> None:
    """A required check that does not exist would never be violated."""
    folders = [own_rules(), *policy.rules]
    known = {sql.stem for folder in folders for sql in folder.glob("access/*.sql")}
    for number, name in enumerate(policy.gate.checks.required):
        if name not in known:
            where = file.where(["gate", "checks", "required", number])
            raise UsageError(
                f"there is no check {suggest.plain(name)}", where, suggest.hint(name, known)
            )


def _spellings(path: str) -> set[str]:
    """A path as given and with its symbolic links resolved."""
    return {path} if "://" in path else {os.path.abspath(path), os.path.realpath(path)}  # noqa: PTH100


def _plain(path: str) -> str:
    """The absolute path, without steps up: as a listing of files would name it."""
    if ".." not in path:
        return os.path.abspath(path)  # noqa: PTH100 - several times as fast
    given = Path(path).absolute()
    return str(given.parent.resolve() / given.name if ".." in given.parts else given)


@lru_cache(maxsize=256)
def _roots(path: str) -> set[str]:
    """The spellings of a store, of which every input asks."""
    return _spellings(path)


def _rests(store: Store, here: Iterable[str]) -> Iterator[str]:
    """What of a path is left below a store; nothing when it lies elsewhere."""
    for root in _roots(store.path):
        for path in here:
            if path == root:
                yield ""
            elif path.startswith(root.rstrip("/") + "/"):
                yield path[len(root.rstrip("/")) + 1 :]
