"""What the engine asks of workers: names, shards, parts of shards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanner.sources import Shard, Unit

State = tuple[int, ...]  # what tells one version of a file from another

SMALL = 64 << 10  # stored bytes of a shard that goes with others
_TOGETHER, _SIZE = 64, 512 << 10  # shards of one task, and their stored bytes
_SHARE = 8  # tasks for each worker, at least: the last one should not work alone for long


@dataclass(frozen=True, slots=True)
class NamesTask:
    """Scan the names of inputs, and say how they are shown."""

    uris: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShardTask:
    """Look at one shard: its source, its digest, its units; scan it if it is one unit.

    It is not scanned at once when it may be known: its SHA-256 is among `known` (None: any may).
    """

    shard: Shard
    known: tuple[str, ...] | None = ()

    def may_be_known(self, sha256: str) -> bool:
        return self.known is None or sha256 in self.known


@dataclass(frozen=True, slots=True)
class UnitTask:
    """Scan a part of a shard; `state` is that of the file when its digest was made.

    `key` is what the part is known by, b"" for one that must not be known again.
    """

    unit: Unit
    state: State
    key: bytes = b""


@dataclass(frozen=True, slots=True)
class ShardsTask:
    """Small shards, one after the other.  If they cost a worker its life, each goes by itself."""

    parts: tuple[ShardTask, ...]


def grouped(tasks: Sequence[ShardTask], jobs: int) -> Iterator[ShardTask | ShardsTask]:
    """The tasks; small shards, in their order, go together, and each large one by itself."""
    small = sum(task.shard.size <= SMALL for task in tasks)
    most = max(1, min(_TOGETHER, small // (_SHARE * jobs)))
    held, size = list[ShardTask](), 0
    for task in tasks:
        if task.shard.size > SMALL:
            yield task
            continue
        if held and (len(held) == most or size + task.shard.size > _SIZE):
            yield _together(held)
            held, size = [], 0
        held.append(task)
        size += task.shard.size
    if held:
        yield _together(held)


def _together(tasks: Sequence[ShardTask]) -> ShardTask | ShardsTask:
    return ShardsTask(tuple(tasks)) if len(tasks) > 1 else tasks[0]
