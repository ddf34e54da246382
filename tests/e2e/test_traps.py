"""JSON that hides values from a search of its bytes: each is found, at its field and span."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import zstandard
from e2e_house import NOW, House

from scanner.rulepacks.examples import fill

AWS = "AKIA" + fill("<<base32:16>>", "trap")
GITHUB = fill("<<github:ghp_>>", "trap")
MAIL = "ada.trapp" + "@" + "corp-lovelace.io"
PASSWORD = "Kr4ken" + "!Lagoon77"
SLACK = "xoxb-" + fill("<<digits:12>>-<<digits:13>>-<<alnum:24>>", "trap")
BASIC_URL = "https://deploy:" + fill("<<alnum:16>>", "url") + "@git.corp-lovelace.io/x"


@dataclass(frozen=True)
class Trap:
    """One record as it is written, and where the value in it must be found."""

    name: str
    record: str  # JSON text
    category: str
    field: str
    value: str
    start: int = 0  # in code points of the decoded text
    layers: tuple[str, ...] = ()
    part: str = "value"


def _inside(value: object) -> str:
    return json.dumps(value)


TWO_DEEP = _inside({"body": _inside({"inner": _inside({"token": GITHUB, "n": 1})})})
TRAPS = (
    Trap(
        "newline escape before the key", f'{{"t": "line one\\n{AWS}"}}', "credential", "/t", AWS, 9
    ),
    Trap("tab escape before the key", f'{{"t": "a\\t{AWS}\\tb"}}', "credential", "/t", AWS, 2),
    Trap(
        "escaped at sign",
        '{{"who": "to {} now"}}'.format(MAIL.replace("@", "\\u0040")),
        "pii",
        "/who",
        MAIL,
        3,
    ),
    Trap(
        "every character escaped",
        '{{"t": "{}"}}'.format("".join(f"\\u{ord(c):04x}" for c in GITHUB)),
        "credential",
        "/t",
        GITHUB,
    ),
    Trap(
        "escaped slashes",
        '{{"remote": "{}"}}'.format(BASIC_URL.replace("/", "\\/")),
        "credential",
        "/remote",
        BASIC_URL[len("https://deploy:") :].partition("@")[0],
        len("https://deploy:"),
    ),
    Trap(
        "JSON in JSON in JSON",
        TWO_DEEP,
        "credential",
        "/body",
        GITHUB,
        layers=("json:/inner", "json:/token"),
    ),
    Trap(
        "stringified with an escape of its own",
        _inside({"args": _inside({"cmd": "export KEY=\n" + AWS})}),
        "credential",
        "/args",
        AWS,
        len("export KEY=\n"),
        ("json:/cmd",),
    ),
    Trap(
        "a pair of key and value",
        _inside(
            {"form": [{"key": "user", "value": "ada"}, {"key": "password", "value": PASSWORD}]}
        ),
        "credential",
        "/form/1/value",
        PASSWORD,
    ),
    Trap(
        "a pair of name and value, inside a string",
        _inside({"post": _inside([{"name": "password", "value": PASSWORD}])}),
        "credential",
        "/post",
        PASSWORD,
        layers=("json:/0/value",),
    ),
    Trap(
        "the first of two equal keys",
        f'{{"note": "{SLACK}", "note": "harmless"}}',
        "credential",
        "/note",
        SLACK,
    ),
    Trap(
        "the second of two equal keys",
        f'{{"note": "harmless", "note": "{SLACK}"}}',
        "credential",
        "/note~d1",
        SLACK,
    ),
    Trap(
        "a key that is itself the value",
        f'{{"seen": {{"{GITHUB}": 1}}}}',
        "credential",
        "/seen/~h",
        GITHUB,
        part="key",
    ),
    Trap(
        "a key with an escape",
        '{{"seen": {{"{}": true}}}}'.format(MAIL.replace("@", "\\u0040")),
        "pii",
        "/seen/~h",
        MAIL,
        part="key",
    ),
    Trap("pointer characters in the key", f'{{"a/b~c": "{AWS}"}}', "credential", "/a~1b~0c", AWS),
    Trap(
        "beyond the basic plane", f'{{"t": "\\ud83e\\udd8a🦊 {AWS}"}}', "credential", "/t", AWS, 3
    ),
    Trap("half a surrogate pair", f'{{"t": "\\ud83e {AWS}"}}', "credential", "/t", AWS, 2),
    Trap("a nul before it", f'{{"t": "\\u0000{AWS}"}}', "credential", "/t", AWS, 1),
    Trap(
        "deep in arrays",
        _inside({"m": [[["x", {"c": [GITHUB]}]]]}),
        "credential",
        "/m/0/0/1/c/0",
        GITHUB,
    ),
)
FORMS: dict[str, Callable[[bytes], bytes]] = {
    "traps.jsonl": bytes,
    "traps.jsonl.gz": gzip.compress,
    "traps.jsonl.zst": lambda data: zstandard.ZstdCompressor().compress(data),
    "traps.json": bytes,
}


@pytest.fixture(scope="module")
def report(new_house: Callable[[str], House]) -> dict[str, Any]:
    """One run over the traps in each form; a `.json` file is one array of them."""
    house = new_house("traps")
    records = [trap.record for trap in TRAPS]
    for name, pack in FORMS.items():
        lines = "[" + ",\n".join(records) + "]" if name == "traps.json" else "\n".join(records)
        house.file(f"data/{name}", pack(lines.encode()))
    policy = house.policy("{presidio: false, detect_secrets: false}")
    result = house.run(
        "scan", "data", "--policy", policy, "--now", NOW, "-qj1", "-o", "json=r.json"
    )
    assert result.code == 1, result.all
    return house.json("r.json")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_whole(report: dict[str, Any], form: str) -> None:
    (record,) = [i for i in report["inputs"] if i["uri"] == f"data/{form}"]
    assert (record["status"], record["records"]) == ("scanned", len(TRAPS))


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
@pytest.mark.parametrize("form", FORMS)
def test_found_at_the_right_field_and_span(report: dict[str, Any], form: str, trap: Trap) -> None:
    number = TRAPS.index(trap)
    here = [f for f in report["findings"] if _in_record(f["location"], form, number)]
    found = [f for f in here if _is(f, trap)]
    assert found, [(f["rule_id"], f["location"]) for f in here]
    spans = {(f["location"]["start"], f["location"]["end"]) for f in found}
    assert (trap.start, trap.start + len(trap.value)) in spans


def _in_record(at: dict[str, Any], form: str, number: int) -> bool:
    return at["uri"] == f"data/{form}" and at["record"] == number


def _is(finding: dict[str, Any], trap: Trap) -> bool:
    at = finding["location"]
    field = at["field"].partition("~h")[0] + "~h" if "~h" in at["field"] else at["field"]
    return (finding["category"], field, tuple(at["layers"]), at["part"]) == (
        trap.category,
        trap.field,
        trap.layers,
        trap.part,
    )


def test_equal_values_have_one_fingerprint_in_every_form(report: dict[str, Any]) -> None:
    for rule in ("github-token", "aws-access-key-id", "slack-token"):
        found = [f for f in report["findings"] if f["rule_id"] == rule]
        assert len({f["fingerprint"] for f in found}) == 1, rule
        assert {f["location"]["uri"] for f in found} == {f"data/{form}" for form in FORMS}
