"""What a run is compared with: the last run before it over some of the same inputs."""

from __future__ import annotations

from scanner.errors import UnreadableError
from scanner.ledger import Ledger
from scanner.model import Previous, RunInfo

_LOOKED_AT = 60  # runs


def of(ledger: Ledger, run: RunInfo) -> Previous | None:
    """The newest earlier scan with the same key and policy that shares an input with `run`.

    A run that another version wrote, or that is broken, is passed over: it is only compared.
    """
    names = {item.uri for item in ledger.read_inputs(run.id)}
    for name in ledger.runs()[: -_LOOKED_AT - 1 : -1]:
        try:
            info = next(iter(ledger.read(name, "runs")), None)
            if info is None or not _comparable(info, run):
                continue
            inputs = [item.uri for item in ledger.read_inputs(name)]
            if not names.isdisjoint(inputs):
                return _compared(ledger, info, run, len(inputs))
        except UnreadableError:
            continue
    return None


def _comparable(info: RunInfo, run: RunInfo) -> bool:
    same = (info.key_id, info.policy_name) == (run.key_id, run.policy_name)
    return same and info.started_at < run.started_at


def _compared(ledger: Ledger, info: RunInfo, run: RunInfo, inputs: int) -> Previous:
    before, now = _values(ledger, info.id), _values(ledger, run.id)
    return Previous(
        info.id,
        info.started_at,
        inputs,
        len(ledger.findings(info.id)),
        len(before),
        len(now - before),
        len(before - now),
    )


def _values(ledger: Ledger, run_id: str) -> set[bytes]:
    """The distinct values of a run, by the beginnings of their fingerprints."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(ledger.file(run_id, "findings")) as file:
        return {
            bytes.fromhex(value)[:12]
            for batch in file.iter_batches(columns=["fingerprint"])
            for value in batch.column(0).to_pylist()
        }
