"""Writes the files of samples/ anew, always the same: `python samples/make.py [--out DIR]`.

Needs pyarrow and zstandard.  What people wrote by hand (README.md, policy.yaml, terms.yaml)
stays as it is.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from maker import clean, grants, logs, prose, tables, telemetry, truth  # noqa: E402
from maker.store import Store  # noqa: E402
from maker.values import catalogue  # noqa: E402
from maker.visits import visits  # noqa: E402


def make(out: Path) -> Store:
    """The whole story below `out`; files that are already there are overwritten."""
    store, values, happened = Store(out), catalogue(), visits()
    telemetry.write(store, values)
    tables.write(store, values)
    prose.write(store, values)
    clean.write(store)
    grants.write(store)
    logs.write(store, happened, truth.sizes(store))
    truth.write(store, happened)
    return store


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the sample story.")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to")
    store = make(parser.parse_args().out)
    sys.stdout.write(f"{len(store.sizes)} files, {len(store.found)} planted values\n")


if __name__ == "__main__":
    main()
