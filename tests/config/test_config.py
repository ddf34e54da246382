"""The policy: defaults, paths, stores, and mistakes told by file, line and key."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

import scanner
from scanner import config, plugins
from scanner.config.policy import Policy
from scanner.errors import UsageError
from scanner.model import Confidence, Severity

MINIMAL = "version: 1\n"


def _load(tmp_path: Path, text: str, name: str = "policy.yaml") -> config.Config:
    path = tmp_path / name
    path.write_text(text)
    return config.load(path)


def _mistake(tmp_path: Path, text: str, name: str = "policy.yaml") -> UsageError:
    with pytest.raises(UsageError) as caught:
        _load(tmp_path, text, name)
    return caught.value


def test_without_a_policy_the_built_in_one_is_strict() -> None:
    policy = config.load()
    assert policy.name == "default"
    clauses = {clause.category: clause for clause in policy.gate.block}
    assert set(clauses) >= {"credential", "pii", "term", "access"}
    assert clauses["credential"].min_severity is Severity.HIGH
    assert clauses["credential"].more_than == 0
    assert policy.baseline is None


@pytest.mark.parametrize("text", [MINIMAL, MINIMAL + "gate: {checks: {required: []}}\n"])
def test_a_policy_that_does_not_say_what_blocks_gets_the_built_in_clauses(
    tmp_path: Path, text: str
) -> None:
    assert _load(tmp_path, text).gate.block == config.load().gate.block


def test_what_a_policy_says_replaces_the_built_in_part(tmp_path: Path) -> None:
    text = "gate: {block: [{category: pii, min_confidence: high, more_than: 3}]}\n"
    (clause,) = _load(tmp_path, MINIMAL + text).gate.block
    assert (clause.category, clause.min_confidence, clause.more_than) == ("pii", Confidence.HIGH, 3)
    assert clause.min_severity is Severity.INFO
    assert _load(tmp_path, MINIMAL + "gate: {block: []}\n").gate.block == ()


FULL = """
version: 1
name: release
rules: [extra]
stores:
  - name: raw
    path: data
    resource: "s3://bucket/raw/"
    owner: data team
    landed: 2026-10-05T06:00:00Z
access:
  directory: [access/directory.json]
  grants: [{path: access/policy.json, options: {resource: "s3://bucket/"}}]
  logs: [{path: access/cloudtrail}]
  coverage:
    - resource: "s3://bucket/"
      from: 2026-10-01T00:00:00Z
      to: 2026-10-15T02:00:00+02:00
      source: CloudTrail
  all_staff_groups: [all-staff]
gate:
  completeness: {allow_skipped: ["*.png"], unknown_reads: incomplete}
baseline: baseline.jsonl
limits: {unit_seconds: 60, jobs: 2}
"""


@pytest.fixture
def full(tmp_path: Path) -> config.Config:
    (tmp_path / "extra").mkdir()
    (tmp_path / "data").mkdir()
    return _load(tmp_path, FULL)


def test_paths_are_relative_to_the_policy_file(
    full: config.Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    again = config.load(tmp_path / "policy.yaml")
    assert again == full
    assert full.folder == tmp_path
    assert full.rules_dirs == (str(tmp_path / "extra"),)
    assert full.access.directory == (tmp_path / "access/directory.json",)
    assert full.access.grants[0].path == tmp_path / "access/policy.json"
    assert full.access.logs[0].path == tmp_path / "access/cloudtrail"
    assert full.baseline == tmp_path / "baseline.jsonl"


def test_times_are_in_utc(full: config.Config, tmp_path: Path) -> None:
    assert full.stores[0].landed == datetime(2026, 10, 5, 6, tzinfo=UTC)
    coverage = full.access.coverage[0].declared()
    assert coverage.end == datetime(2026, 10, 15, tzinfo=UTC)
    assert coverage.basis == "declared"
    text = FULL.replace("landed: 2026-10-05T06:00:00Z", "landed: 2026-10-05")
    assert _load(tmp_path, text).stores[0].landed == datetime(2026, 10, 5, tzinfo=UTC)


def test_a_config_is_frozen(full: config.Config) -> None:
    with pytest.raises(ValidationError):
        full.name = "other"  # type: ignore[misc]


def test_json_is_as_good_as_yaml(tmp_path: Path) -> None:
    data = {"version": 1, "name": "j", "gate": {"block": [{"category": "pii"}]}}
    policy = _load(tmp_path, json.dumps(data, indent="\t"), "policy.json")
    assert policy.gate.block[0].category == "pii"
    wrong = _mistake(tmp_path, '{\n "version": 1,\n "naem": "x"\n}', "policy.json")
    assert "line 3" in wrong.where


def test_the_digest_is_of_the_content_alone(tmp_path: Path) -> None:
    digests = set()
    for name, text in (("a", FULL), ("b", "# a comment\n" + FULL.replace("jobs: 2", "jobs:  2"))):
        for folder in ("extra", "data"):
            (tmp_path / name / folder).mkdir(parents=True)
        digests.add(_load(tmp_path / name, text).digest)
    assert len(digests) == 1
    assert _load(tmp_path / "a", FULL.replace("jobs: 2", "jobs: 3")).digest not in digests


def test_detectors_are_on_unless_switched_off(tmp_path: Path) -> None:
    first, *others = plugins.names("detectors")
    policy = _load(tmp_path, MINIMAL + f"detectors: {{{first}: false}}\n")
    assert policy.detectors == {first: None}
    policy = _load(tmp_path, MINIMAL + f"detectors:\n  {first}:\n  {others[0]}: {{a: [b]}}\n")
    assert policy.detectors == {first: {}, others[0]: {"a": ["b"]}}


@pytest.mark.parametrize(
    ("text", "line", "key", "suggestion"),
    [
        ("naem: x", 2, "naem", "'name'"),
        ("gate:\n  blokc: []", 3, "gate.blokc", "'block'"),
        (
            "gate:\n  block:\n    - {category: pii}\n    - {catgory: pii}",
            5,
            "catgory",
            "'category'",
        ),
        (
            "access:\n  grants:\n    - path: x\n      sytem: s3",
            5,
            "access.grants[0].sytem",
            "'system'",
        ),
        ("access: {coverage: [{form: 2026-10-01}]}", 2, "access.coverage[0].form", "'from'"),
        ("limits: {job: 1}", 2, "limits.job", "'jobs'"),
    ],
)
def test_an_unknown_key_is_told_with_line_path_and_suggestion(
    tmp_path: Path, text: str, line: int, key: str, suggestion: str
) -> None:
    error = _mistake(tmp_path, f"{MINIMAL}{text}\n")
    assert "unknown key" in error.what
    assert f"policy.yaml, line {line}: " in error.where
    assert error.where.endswith(key)
    assert suggestion in error.hint
    assert error.exit_code == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("detectors: {nothing-like-this: {}}", "no 'nothing-like-this' in detectors"),
        ("access: {grants: [{path: x, system: nosuch}]}", "no 'nosuch' in grants"),
        ("access: {logs: [{path: x, format: nosuch}]}", "no 'nosuch' in logs"),
        ("gate: {checks: {required: [no-such-check]}}", "there is no check 'no-such-check'"),
        ("gate: {block: [{category: credentials}]}", "not one that is known"),
        ("gate: {block: [{category: pii, min_severity: hihg}]}", "not one that is known"),
        ("gate: {block: 5}", "a list is meant"),
        ("gate: {block: [{category: pii, more_than: -1}]}", "greater than or equal to 0"),
        ("gate: {block: [{min_severity: high}]}", "'category' is missing"),
        ("rules: [no/such/folder]", "nothing at this path"),
        ("stores: [{name: a, path: nowhere, resource: 's3://b/'}]", "does not exist"),
        ("limits: {jobs: true}", "whole number"),
        ("limits: {unit_seconds: 0}", "greater than 0"),
        ("access: {coverage: [{resource: r, from: 5, to: 6, source: s}]}", "a number, not a time"),
        ("gate: 3", "keys with values"),
        ("name: a\nname: b", "given twice"),
        ("version: 2", "given twice"),
        ("name: &a [*a]", "contains itself"),
        ("detectors: {terms: &a {files: *a}}", "contains itself"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, text: str, words: str) -> None:
    error = _mistake(tmp_path, f"{MINIMAL}{text}\n")
    assert words in error.what
    assert ", line " in error.where
    assert error.hint


@pytest.mark.parametrize(
    ("access", "hint"),
    [
        ("grants: [{path: a, system: s3_policy, options: {resurce: x}}]", "'resource'"),
        ("logs: [{path: a, format: cloudtrail, options: {time_zone: UTC}}]", "remove it"),
    ],
)
def test_an_option_that_a_plug_in_does_not_have_is_told(
    tmp_path: Path, access: str, hint: str
) -> None:
    error = _mistake(tmp_path, f"{MINIMAL}access:\n  {access}\n")
    assert "is no option of" in error.what
    assert hint in error.hint


def test_a_policy_of_another_version_or_none_is_refused(tmp_path: Path) -> None:
    assert _mistake(tmp_path, "version: 2\n").hint == "use 1"
    assert "'version' is missing" in _mistake(tmp_path, "name: x\n").what


def test_all_mistakes_of_a_file_are_told_with_their_lines(tmp_path: Path) -> None:
    text = "gate:\n  block:\n    - {category: credntial}\n  checks: {requird: []}\n"
    error = _mistake(tmp_path, f"{MINIMAL}{text}naem: x\n")
    assert "unknown key" in error.what
    assert "line 4: gate.block[0].category: this value is not one that is known" in error.hint
    assert error.hint.count("also:") == 2
    many = _mistake(tmp_path, MINIMAL + "".join(f"k{'e' * n}: 1\n" for n in range(30)))
    assert "9 more mistakes" in many.hint


def test_coverage_ends_after_it_starts(tmp_path: Path) -> None:
    text = "access: {coverage: [{resource: r, from: 2026-10-02, to: 2026-10-01, source: s}]}"
    assert "ends before it starts" in _mistake(tmp_path, f"{MINIMAL}{text}\n").what


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"just words",
        b"- a\n- b\n",
        b"a: [",
        b"\xff\xfe\x00",
        b"key: hunter2-" + b"secret: [x",
        b"version: 2026-13-45\n",
        b"? {a: b}\n: c\n",
        b"version: 1\nx: !!python/object:os.system {}\n",
        b"a: " + b"[" * 5000,
    ],
)
@pytest.mark.parametrize("name", ["p.yaml", "p.json"])
def test_what_is_no_policy_is_refused_without_being_quoted(
    tmp_path: Path, content: bytes, name: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError) as caught:
        config.load(tmp_path / name)
    assert name in caught.value.where
    assert "hunter2" not in caught.value.diagnostics()


@pytest.mark.parametrize("key", ["jane@example.com says hunter2", "hunter2", "x" * 60 + "hunter2"])
def test_keys_that_could_be_data_are_not_quoted(tmp_path: Path, key: str) -> None:
    for text in (f"'{key}': 1", f"gate: {{'{key}': 1}}", f"detectors: {{'{key}': 1}}"):
        error = _mistake(tmp_path, f"{MINIMAL}{text}\n")
        assert "hunter2" not in error.diagnostics()
        assert "characters" in error.what or "characters" in error.where


def test_a_missing_policy_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        config.load(tmp_path / "none.yaml")


def test_flags_override_the_policy(full: config.Config, tmp_path: Path) -> None:
    changed = full.with_flags(jobs=7, baseline=tmp_path / "other.jsonl")
    assert (changed.limits.jobs, changed.limits.unit_seconds) == (7, 60)
    assert changed.baseline == tmp_path / "other.jsonl"
    assert full.with_flags() == full


STORES = """
version: 1
stores:
  - {name: outer, path: data, resource: "s3://bucket/raw", owner: o}
  - {name: inner, path: data/deep/, resource: "gs://other/x/"}
  - {name: one, path: single.jsonl, resource: "s3://bucket/one.jsonl"}
  - {name: remote, path: "s3://mirror/raw/", resource: "s3://bucket/mirrored/"}
"""


@pytest.fixture
def stores(tmp_path: Path) -> config.Config:
    (tmp_path / "data" / "deep").mkdir(parents=True)
    (tmp_path / "single.jsonl").write_text("")
    return _load(tmp_path, STORES)


@pytest.mark.parametrize(
    ("path", "store", "resource"),
    [
        ("data/a.jsonl", "outer", "s3://bucket/raw/a.jsonl"),
        ("data/../data/b c%20ü.jsonl", "outer", "s3://bucket/raw/b c%20ü.jsonl"),
        ("data/deep/er/x", "inner", "gs://other/x/er/x"),
        ("data/deeper/x", "outer", "s3://bucket/raw/deeper/x"),
        ("single.jsonl", "one", "s3://bucket/one.jsonl"),
    ],
)
def test_the_longest_store_names_the_resource(
    stores: config.Config, tmp_path: Path, path: str, store: str, resource: str
) -> None:
    found = stores.resource_of(f"{tmp_path}/{path}", "shown")
    assert (found.uri, found.store, found.resource) == ("shown", store, resource)


def test_relative_and_linked_paths_are_the_same_place(
    stores: config.Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    assert stores.resource_of("data/a").resource == "s3://bucket/raw/a"
    assert stores.resource_of("link/a").resource == "s3://bucket/raw/a"


def test_a_remote_path_is_compared_as_text(stores: config.Config) -> None:
    found = stores.resource_of("s3://mirror/raw/a/b")
    assert (found.store, found.resource) == ("remote", "s3://bucket/mirrored/a/b")
    assert stores.resource_of("s3://mirror/rawest/a").resource == "s3://mirror/rawest/a"


@pytest.mark.parametrize("name", ["data-old/a", "database", "x/data/a"])
def test_outside_every_store_a_path_is_its_own_resource(
    stores: config.Config, tmp_path: Path, name: str
) -> None:
    found = stores.resource_of(f"{tmp_path}/{name}")
    assert (found.store, found.owner, found.landed) == ("", "", None)
    assert found.resource == f"file://{tmp_path}/{name}"


def test_steps_up_in_a_path_are_not_part_of_its_resource(
    stores: config.Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    assert stores.resource_of("../other/a").resource == f"file://{tmp_path}/other/a"


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("snowflake://PROD/RAW/SESSIONS", "snowflake://PROD/RAW/SESSIONS"),
        ("snowflake://PROD/RAW/", "snowflake://PROD/RAW/part-1.parquet"),
        ("s3://bucket/raw", "s3://bucket/raw/part-1.parquet"),
    ],
)
def test_files_of_a_table_are_that_table(tmp_path: Path, resource: str, expected: str) -> None:
    store = {"name": "s", "path": str(tmp_path), "resource": resource}
    stores = Policy.model_validate({"version": 1, "stores": [store]}).stores
    placed = config.load().model_copy(update={"stores": stores})
    assert placed.resource_of(f"{tmp_path}/part-1.parquet").resource == expected


@given(st.lists(st.sampled_from(["a", "b", "deep"]), min_size=1, max_size=5))
def test_below_a_store_the_path_is_kept_whole(steps: list[str]) -> None:
    policy = config.load()
    root = Path(scanner.__file__).parent
    store = {"name": "s", "path": str(root), "resource": "s3://b/"}
    stores = Policy.model_validate({"version": 1, "stores": [store]}).stores
    placed = policy.model_copy(update={"stores": stores})
    rest = "/".join(steps)
    assert placed.resource_of(f"{root}/{rest}").resource == f"s3://b/{rest}"


def test_the_shipped_schema_is_up_to_date_and_accepts_the_built_in_policy() -> None:
    import yaml

    shipped = json.loads(
        (Path(scanner.__file__).parent / "config" / "policy.schema.json").read_text()
    )
    assert shipped == Policy.model_json_schema()
    default = Path(scanner.__file__).parents[1] / "rules" / "policies" / "default.yaml"
    validator = Draft202012Validator(shipped)
    assert list(validator.iter_errors(yaml.safe_load(default.read_text()))) == []
    assert list(validator.iter_errors({"version": 1, "gaet": {}})) != []
