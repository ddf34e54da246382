"""Paths of an exported file tree as resources, and the folders above each."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, TypeVar

from scanner.errors import UsageError

_Node = TypeVar("_Node")


class Naming:
    """From paths to the resources that the rows speak of."""

    def __init__(self, prefix: str, top: str, where: str) -> None:
        self.prefix, self.top, self.where = prefix.rstrip("/"), top, where

    def uri(self, path: str) -> str:
        """The resource of a path.

        `*` and bytes that are no text become `?`, which matches them too.
        """
        if not self.prefix and not path.startswith("/"):
            raise UsageError(
                "the listing has relative paths and nothing says what they belong to",
                self.where,
                "add the option `resource`, for example resource: file:///data/store",
            )
        inside = self._inside(path)
        uri = f"{self.prefix}/{inside}".rstrip("/") if self.prefix else f"file://{path}"
        return re.sub("[*\ud800-\udfff]", "?", uri)

    def _inside(self, path: str) -> str:
        if path == self.top or path.startswith(self.top.rstrip("/") + "/"):
            return path[len(self.top) :].lstrip("/")
        if not self.prefix:
            return path
        raise UsageError(
            "the listing has paths outside the folder that `resource` stands for",
            self.where,
            "list one folder, or correct the option `root`",
        )


def above(path: str, nodes: Mapping[str, _Node]) -> tuple[list[_Node], bool]:
    """The listed folders above a path, nearest first, and whether none between is missing."""
    parents = [str(p) for p in PurePosixPath(path).parents]
    listed = [p in nodes for p in parents]
    folders = [nodes[p] for p in parents if p in nodes]
    return folders, bool(folders) and all(listed[: len(folders)])


def top_of(nodes: Mapping[str, Any], options: Mapping[str, Any], where: str) -> str:
    """The folder that stands for the option `resource`: the one all else listed lies in."""
    if not options.get("resource") or options.get("root"):
        return str(PurePosixPath(str(options.get("root") or "/")))
    common = os.path.commonpath(nodes) if len({p[:1] == "/" for p in nodes}) == 1 else ""
    if common not in nodes:
        raise UsageError(
            "the listing does not hold the folder that the option `resource` stands for",
            where,
            "list the folder itself too (no -type f), or name it by the option `root`",
        )
    return common
