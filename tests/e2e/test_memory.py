"""Memory does not grow with a line, a row group or a compressed file, through the real CLI."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e_house import KEY

MIB = 1 << 20
SIZE = 300 * MIB
SLACK = 150 * MIB  # over what a scan of next to nothing takes
MEASURE = Path(__file__).parents[1] / "benchmarks" / "measure.py"
# No detector that a line of filler would keep busy: this is about reading.
POLICY = """
version: 1
name: memory
detectors: {presidio: false, detect_secrets: false, assignments: false, pii: false, markers: false}
"""


def token(number: int) -> str:
    return "AKIA" + "".join(random.Random(number).choices("QWERTYUIOPASDFGH", k=16))


def filler() -> Iterator[str]:
    """A MiB of words, for ever; each tenth with a credential."""
    words = "lorem ipsum dolor sit amet consetetur sadipscing elitr "
    block = words * (MIB // len(words))
    for number in range(SIZE // MIB):
        yield f"{block}{token(number)} " if number % 30 == 0 else block


def write_line(path: Path) -> None:
    with path.open("w") as out:
        out.writelines(filler())
        out.write("\nlast line\n")


def write_jsonl(path: Path) -> None:
    with gzip.open(path, "wt", compresslevel=1) as out:
        out.write('{"a": 1}\n{"text": "')
        out.writelines(filler())
        out.write('"}\n')


def write_parquet(path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    parts = (part.split(" ") for part in filler())
    rows = (" ".join(words[i : i + 150]) for words in parts for i in range(0, len(words), 150))
    pq.write_table(
        pa.table({"text": pa.array(rows)}), path, row_group_size=1 << 30, use_dictionary=False
    )


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> int:
    """Peak memory of a scan of next to nothing, with all patterns compiled before."""
    folder = tmp_path_factory.mktemp("empty")
    (folder / "a.txt").write_text(token(0))
    scan(folder, "a.txt")
    return scan(folder, "a.txt")[0]


def scan(folder: Path, name: str) -> tuple[int, list[dict]]:
    """(peak memory of the largest process, findings)."""
    (folder / "policy.yaml").write_text(POLICY)
    command = [sys.executable, "-m", "scanner.cli", "scan", name, "--policy", "policy.yaml"]
    command += ["-q", "-j", "1", "--ledger", "ledger", "-o", "json=out.json"]
    env = os.environ | {"LEAKGATE_KEY": KEY, "PYTHONPATH": str(Path.cwd())}
    measure = [sys.executable, str(MEASURE), "cost.json", *command]
    subprocess.run(measure, cwd=folder, env=env, check=True, capture_output=True)
    report = json.loads((folder / "out.json").read_text())
    assert {i["status"] for i in report["inputs"]} == {"scanned"}
    return json.loads((folder / "cost.json").read_text())["peak"], report["findings"]


@pytest.mark.parametrize(
    ("name", "write"),
    [("a.txt", write_line), ("a.jsonl.gz", write_jsonl), ("a.parquet", write_parquet)],
)
def test_a_giant_line_or_row_group_takes_little_memory(tmp_path, empty, name, write):
    subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); "
         f"import test_memory as t; from pathlib import Path; t.{write.__name__}(Path({name!r}))"],
        cwd=tmp_path, check=True,
    )  # fmt: skip
    peak, findings = scan(tmp_path, name)
    hits = [f for f in findings if f["rule_id"] == "aws-access-key-id"]
    assert len(hits) == len({f["fingerprint"] for f in hits}) == SIZE // MIB // 30
    assert peak < empty + SLACK
