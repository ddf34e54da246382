"""Evidence files become rows; what cannot be read becomes a record, and stops nothing."""

import gzip
import json
import lzma
from pathlib import Path

import pytest

from scanner import evidence
from scanner.config.policy import GrantFile, LogFiles
from scanner.evidence import Fates
from scanner.model import InputStatus

POLICY = {
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::b/*",
        }
    ]
}


def shown(name: str) -> str:
    return name.replace("hidden", "~h0000000000000000")


def grant_file(path: Path, **more: object) -> GrantFile:
    return GrantFile.model_construct(path=path, system="", options={}).model_copy(update=more)


def log_files(path: Path, **more: object) -> LogFiles:
    return LogFiles.model_construct(path=path, format="", options={}).model_copy(update=more)


def test_exports_are_recognised_by_their_content(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(POLICY))
    (tmp_path / "b.csv").write_text("principal,resource\nana,s3://b/hidden/\n")
    fates = Fates()
    rows = list(evidence.grants([grant_file(tmp_path)], shown, fates))
    assert [r.principal for r in rows] == ["*", "ana"]
    assert rows[1].resource == "s3://b/~h0000000000000000/"
    assert [r.status for r in fates.records] == [InputStatus.SCANNED] * 2


def test_compressed_exports_are_recognised_too(tmp_path: Path) -> None:
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(json.dumps(POLICY).encode()))
    (tmp_path / "b.csv.xz").write_bytes(lzma.compress(b"principal,resource\nana,s3://b/\n"))
    (tmp_path / "c.json").write_bytes(json.dumps(POLICY).encode("utf-16"))
    rows = list(evidence.grants([grant_file(tmp_path)], shown, Fates()))
    assert [r.principal for r in rows] == ["*", "ana", "*"]
    log = tmp_path / "log.jsonl.gz"
    log.write_bytes(
        gzip.compress(b'{"time": 1793707200, "actor": "bob", "op": "get", "resource": "s3://b/k"}')
    )
    fates = Fates()
    assert len(list(evidence.events([log_files(log)], shown, fates))) == 1
    assert fates.records[0].status is InputStatus.SCANNED


def test_one_bad_file_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{ not json, and it holds hunter2-hunter2")
    (tmp_path / "b.csv").write_text("principal,resource\nana,s3://b/\n")
    fates = Fates()
    rows = list(evidence.grants([grant_file(tmp_path)], shown, fates))
    assert len(rows) == 1
    bad, good = fates.records
    assert (bad.status, good.status) == (InputStatus.FAILED, InputStatus.SCANNED)
    assert bad.reason
    assert "hunter2" not in repr(fates.records)


def test_a_folder_is_read_live_by_a_system_that_can(tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("x")
    (tmp_path / "data.txt").chmod(0o644)
    fates = Fates()
    rows = list(evidence.grants([grant_file(tmp_path, system="posix")], shown, fates))
    assert any(r.resource.endswith("data.txt") for r in rows)
    assert len(fates.records) == 1


@pytest.mark.parametrize(
    "text", ["time,actor\n1,2\n", "ts,who,what\n2026-01-01T00:00:00Z,ana,read\n"]
)
def test_a_log_that_lacks_what_is_needed_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "log.csv").write_text(text)
    fates = Fates()
    assert not list(evidence.events([log_files(tmp_path, format="generic")], shown, fates))
    (record,) = fates.records
    assert record.status is InputStatus.FAILED
    assert record.problems[0].hint


def test_events_carry_safe_names(tmp_path: Path) -> None:
    text = "time,actor,resource,activity\n2026-01-01T00:00:00Z,ana,s3://b/hidden/x,Read\n"
    (tmp_path / "log.csv").write_text(text)
    (event,) = evidence.events([log_files(tmp_path)], shown, Fates())
    assert event.resource == "s3://b/~h0000000000000000/x"


def test_the_directory_is_read(tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text(
        '{"users":[{"id":"ana"}],"groups":[{"id":"g","members":["ana"]}]}'
    )
    fates = Fates()
    people, members = evidence.directory([tmp_path / "d.json"], fates)
    assert {p.id for p in people} == {"ana", "g"}
    assert [(m.member, m.group) for m in members] == [("ana", "g")]
    assert fates.records[0].status is InputStatus.SCANNED


def test_names_of_evidence_files_are_shown_safely_everywhere(tmp_path: Path) -> None:
    log = tmp_path / "hidden.csv"
    log.write_text(
        "time,actor,resource,activity\n"
        "2026-01-01T00:00:00Z,ana,s3://b/x,Read\nnever,ana,s3://b/x,Read\n"
    )
    (tmp_path / "hidden.json").write_text("{")
    fates = Fates(path=shown)
    (event,) = evidence.events([log_files(log)], shown, fates)
    assert not list(evidence.grants([grant_file(tmp_path / "hidden.json")], shown, fates))
    assert len(fates.records) == 2 and all(r.problems for r in fates.records)
    assert "hidden" not in repr((event, fates.records))


def test_texts_of_grants_are_shown_safely(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "principal,resource,condition,access_level,privilege\n"
        "ana,s3://b/,tag is hidden,read,hidden reader\n"
    )
    (grant,) = evidence.grants([grant_file(tmp_path)], shown, Fates(text=shown))
    assert "hidden" not in repr(grant)


def test_a_folder_without_evidence_is_a_failure(tmp_path: Path) -> None:
    fates = Fates()
    assert not list(evidence.grants([grant_file(tmp_path)], shown, fates))
    (record,) = fates.records
    assert (record.status, record.problems[0].code) == (InputStatus.FAILED, "evidence.empty")
