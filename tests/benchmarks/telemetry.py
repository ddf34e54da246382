"""Work telemetry by seed, with planted values and the truth about where they are.

The rows are of the kinds that recorders of desktop work write: window focus, typed text, tool
calls with their arguments as JSON in a string, prompts, log lines.  Titles and URLs repeat as
they do in life (a few very often, many once or twice); numbers, ids and versions are there to
tempt detectors.  One row in `EVERY` carries one planted value.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from scanner.rulepacks.examples import fill

EVERY = 2000  # rows for one planted value
_ESCAPED = 8  # one row in so many is written by a recorder that escapes all it can
_PIECE = 2000  # rows made at a time
_GROUP = 120_000  # rows of a row group
_START = 1_763_690_000_000  # ms

# rule id -> (text around the value, is it a credential)
PLANTS = {
    "github-token": ("remote: <<github:ghp_>> was typed here", True),
    "aws-access-key-id": ("first line\nAKIA<<base32:16>> and then some", True),
    "stripe-live-key": ("curl -u sk_live_<<alnum:24>>: https://api", True),
    "slack-token": ("SLACK=xoxb-<<digits:12>>-<<digits:13>>-<<alnum:24>>", True),
    "jwt": ("Authorization: Bearer <<jwt>>", True),
    "private-key": ("<<pem:RSA PRIVATE KEY>>\n", True),
    "generic-password": ("psql login, password: Qz7<<alnum:9>>!k ok", True),
    "payment-card": ("my card is <<card:4/16>> thanks", False),
    "us-ssn": ("her SSN is 536-<<card:2/2>>-8741 on the form", False),
    "email-address": ("mail jörg.<<lower:7>>@<<lower:9>>.io about it", False),
    "iban": ("transfer to <<iban:DE>> today", False),
    "term": ("rollout of {term} starts", False),
}
_TEXT = """the of and to in is was for on that with as at by from are this be have it review
 merge deploy meeting notes budget draft quarterly report update customer ticket pipeline data
 model training error retry schedule window button click scroll select copy paste open close save
 file folder branch commit request response server client table column index query join build
 test release plan status owner design layout color font image video audio stream token count
 limit session context prompt answer summary translate explain function class method variable
 return value naïve façade Übersicht Größe résumé 会議 メモ данные отчёт 🎉"""
_WORDS = _TEXT.split()
_APPS = ("Code.exe", "chrome.exe", "slack.exe", "outlook.exe", "WindowsTerminal.exe", "EXCEL.EXE")
_HOSTS = ("jira.corp.net", "git.corp.net", "docs.corp.net", "mail.corp.net", "wiki.corp.net")
_KINDS = ("focus", "input", "tool", "prompt", "log", "code")
_WEIGHTS = (48, 18, 12, 6, 8, 8)
# What people type that is about secrets and holds none, and numbers that are nobody's.
_CODE = (
    'api_key = os.environ["API_KEY"]  # {name}',
    "def {name}(self, password: str, token=None) -> None:",
    'client = Client(token=get_secret("{name}/{other}"))',
    "export AWS_PROFILE={name}-{other} && aws s3 ls s3://{name}-{n}/",
    "Enter your password to continue with {name}",
    'headers = {{"Authorization": f"Bearer {{token}}"}}',
    "SELECT {name}, {other} FROM events WHERE id = {n} AND ts > 1763690000",
    "git commit -m '{name}: {other} (#{n})'",
    "if user.password != confirm_password: raise ValueError({n})",
    "npm ERR! {name}@12.{n}.1: wanted: {{node: 18}} (current: 20.{n}.0)",
    "pip install {name}=={n}.4 --index-url https://pypi.corp.net/simple",
    "assert {name}({n}) == {n}.25, secret_key_base",
    "ext. {n}, room {n}, order {n}-{n}, card type visa",
    "kubectl get secret {name}-{other} -o jsonpath={{.data.token}}",
)
_ROLES = ("system", "user", "assistant", "tool")


@dataclass(frozen=True, slots=True)
class Plant:
    """Where a value was put: the number of the row, its field, the rule that should say so."""

    record: int
    field: str
    rule: str

    @property
    def credential(self) -> bool:
        return PLANTS[self.rule][1]


class Telemetry:
    """An endless stream of rows that follows from a seed alone."""

    def __init__(self, seed: int = 1, terms: Sequence[str] = ()) -> None:
        self._random, self._seed = random.Random(seed), seed
        self._terms = terms or term_list()
        self.truth: list[Plant] = []
        self._titles = [self._title() for _ in range(4000)]
        self._urls = [self._url() for _ in range(4000)]

    def rows(self) -> Iterator[dict[str, Any]]:
        number = 0
        while True:
            row = self._row(number)
            if number % EVERY == EVERY // 2:
                self._plant(row, number)
            yield row
            number += 1

    def _row(self, number: int) -> dict[str, Any]:
        r = self._random
        kind = r.choices(_KINDS, weights=_WEIGHTS)[0]
        return {
            "ts": _START + number * 137 + r.randrange(100),
            "session": f"{r.randrange(40):08x}-6f3a-4d10-9b52-{r.randrange(40):012x}",
            "user": f"u{r.randrange(400):04d}",
            "kind": kind,
            "app": r.choice(_APPS),
            "title": self._often(self._titles),
            "url": self._often(self._urls),
            "took_ms": r.randrange(90_000),
            "text": getattr(self, f"_{kind}")(),
            "args": self._arguments() if kind == "tool" else "",
            "screen": {"w": 1920, "h": 1080, "x": r.randrange(1920), "y": r.randrange(1080)},
        }

    def _often(self, texts: list[str]) -> str:
        return texts[int(len(texts) * self._random.random() ** 4)]

    def _words(self, count: int) -> str:
        return " ".join(self._random.choices(_WORDS, k=count))

    def _version(self) -> str:
        return ".".join(str(self._random.randrange(most)) for most in (140, 9, 6999, 99))

    def _hex(self, digits: int) -> str:
        return f"{self._random.getrandbits(4 * digits):0{digits}x}"

    def _title(self) -> str:
        r, words = self._random, self._words(4)
        return r.choice(
            (
                f"{words} - Visual Studio Code",
                f"PROJ-{r.randrange(9999)} {words} - Jira - Google Chrome",
                f"Inbox ({r.randrange(400)}) - {words} \u2013 Outlook",
                f"#{words.split()[0]} (Channel) - Slack",
                f"dev@ws-{r.randrange(99)}: ~/src/{words.split()[0]}/v{self._version()}",
            )
        )

    def _url(self) -> str:
        r = self._random
        path = "/".join(self._words(3).split())
        query = f"id={r.randrange(10**8)}&rev={self._hex(12)}&tab={r.choice(_WORDS)}"
        return f"https://{r.choice(_HOSTS)}/{path}/{self._hex(8)}?{query}"

    def _focus(self) -> str:
        return ""

    def _input(self) -> str:
        return self._words(self._random.randrange(3, 25))

    def _tool(self) -> str:
        return f"called tool {self._random.choice(_WORDS)}"

    def _prompt(self) -> str:
        r = self._random
        return "\n".join(f'{role}: "{self._words(r.randrange(10, 60))}"' for role in _ROLES)

    def _log(self) -> str:
        r = self._random
        clock = f"{r.randrange(24):02d}:{r.randrange(60):02d}:{r.randrange(60):02d}"
        return (
            f"2026-10-{r.randrange(1, 29):02d}T{clock}.{r.randrange(999):03d}Z INFO"
            f" worker-{r.randrange(32)} trace={self._hex(32)} commit {self._hex(40)}"
            f" bytes={r.randrange(10**9)} {self._words(6)} Chrome/{self._version()}"
        )

    def _code(self) -> str:
        r, (name, other) = self._random, self._random.choices(_WORDS, k=2)
        return r.choice(_CODE).format(name=name, other=other, n=r.randrange(10**6))

    def _arguments(self) -> str:
        r = self._random
        name = r.choice(("browser_click", "run_shell", "read_file", "search"))
        inner = {
            "id": r.randrange(10**9),
            "note": self._words(6),
            "path": f"C:\\src\\{self._hex(6)}",
        }
        call = {"name": name, "arguments": inner, "raw": json.dumps(inner)}
        return json.dumps(call, ensure_ascii=self._random.random() < 0.5)

    def _plant(self, row: dict[str, Any], number: int) -> None:
        rule = list(PLANTS)[number // EVERY % len(PLANTS)]
        text = fill(PLANTS[rule][0], f"{self._seed}-{number}")
        text = text.format(term=self._random.choice(self._terms)) if rule == "term" else text
        words, after = self._words(5), self._words(5)
        if number // EVERY % 5 == 0:  # two layers deep, with the escapes that this takes
            row["args"] = json.dumps(
                {"note": words, "raw": json.dumps({"text": f"{words} {text}"})}
            )
            self.truth.append(Plant(number, "/args", rule))
        else:
            row["text"] = f"{words} {text} {after}"
            self.truth.append(Plant(number, "/text", rule))


def term_list(count: int = 500) -> list[str]:
    """Made-up product names, two words each."""
    syllables = ("ka", "lo", "vi", "zem", "dra", "qui", "ster", "mo", "bel", "tor", "nix", "fa")
    r = random.Random(7)

    def word() -> str:
        return "".join(r.choices(syllables, k=3)).capitalize()

    return sorted({f"{word()} {word()}" for _ in range(count)})


def write(folder: Path, size: int, seed: int, forms: Sequence[str]) -> list[Plant]:
    """Write about `size` bytes of JSONL, and the same rows in the other forms.

    Makes `telemetry.jsonl`, `.jsonl.zst` and `.parquet` in the folder, as `forms` says, with
    `terms.yaml` and `policy.yaml` for leakgate.  Returns the truth.
    """
    telemetry, written = Telemetry(seed), 0
    writers = [_WRITERS[form](folder / f"telemetry.{form}") for form in forms]
    rows = telemetry.rows()
    while written < size:
        piece = list(islice(rows, _PIECE))
        lines = b"".join(_line(row, number) for number, row in enumerate(piece))
        for writer in writers:
            writer.add(piece, lines)
        written += len(lines)
    for writer in writers:
        writer.close()
    return telemetry.truth


def _line(row: dict[str, Any], number: int) -> bytes:
    if number % _ESCAPED:
        return msgspec.json.encode(row) + b"\n"
    return json.dumps(row).replace("/", "\\/").encode() + b"\n"


class _Lines:
    def __init__(self, path: Path) -> None:
        self._file = self._open(path)

    def _open(self, path: Path) -> Any:
        return path.open("wb")

    def add(self, rows: list[dict[str, Any]], lines: bytes) -> None:
        self._file.write(lines)

    def close(self) -> None:
        self._file.close()


class _Zstd(_Lines):
    def _open(self, path: Path) -> Any:
        return zstandard.ZstdCompressor(level=3).stream_writer(path.open("wb"))


class _Parquet:
    def __init__(self, path: Path) -> None:
        self._path, self._held = path, list[dict[str, Any]]()
        self._writer: pq.ParquetWriter | None = None

    def add(self, rows: list[dict[str, Any]], lines: bytes) -> None:
        self._held += rows
        if len(self._held) >= _GROUP:
            self._flush()

    def _flush(self) -> None:
        if not self._held:
            return
        table = pa.Table.from_pylist(self._held)
        self._writer = self._writer or pq.ParquetWriter(
            self._path, table.schema, compression="zstd"
        )
        self._writer.write_table(table)
        self._held = []

    def close(self) -> None:
        self._flush()
        if self._writer:
            self._writer.close()


_WRITERS: dict[str, Any] = {"jsonl": _Lines, "jsonl.zst": _Zstd, "parquet": _Parquet}


def write_policy(folder: Path, more: Mapping[str, object] | None = None) -> Path:
    """A policy with 500 terms under embargo, and `more` options of detectors; everything else as
    the built-in policy has it."""
    terms = [{"id": f"t{i}", "term": term} for i, term in enumerate(term_list())]
    (folder / "terms.yaml").write_text(json.dumps({"version": 1, "terms": terms}))
    policy = folder / "policy.yaml"
    detectors = {"names": False, "terms": {"files": ["terms.yaml"]}, **(more or {})}
    policy.write_text(json.dumps({"version": 1, "name": "bench", "detectors": detectors}))
    return policy
