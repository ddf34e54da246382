"""Canaries: values made at run time, of every kind, and the store they are planted in."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from e2e_house import House, jsonl

from scanner.rulepacks.examples import Picker, fill
from scanner.rulepacks.load import load_pack

_PLACEHOLDER = re.compile(r"<<([a-z0-9-]+)(?::([^<>]*))?>>")
_PUBLIC = {"b64", "repeat"}  # placeholders that are filled with text everybody knows
_TOKENS = (
    "<<github:ghp_>>",
    "AKIA<<base32:16>>",
    "xoxb-<<digits:12>>-<<digits:12>>-<<alnum:24>>",
    "glpat-<<base64url:20>>",
    "sk_live_<<alnum:24>>",
    "SG.<<base64url:22>>.<<base64url:43>>",
    "AIza<<base64url:35>>",
    "dop_v1_<<hex:64>>",
)
_PASSWORDS = (
    "password = '{}'",
    'db_password: "{}"',
    "export SMTP_PASSWORD={}",
    "the password is {}",
    "client_secret={}&grant=x",
)


@dataclass(frozen=True)
class Canary:
    """A `secret` that nothing may show, in the `text` that makes a detector see it.

    `name` is the field name it needs; `number` says that it is written as a JSON number.
    """

    kind: str
    category: str
    secret: str
    text: str
    name: str = "text"
    number: bool = False


@dataclass(frozen=True)
class Plant:
    """Where a canary stands; `part` of its finding, record None where there is none."""

    canary: Canary
    file: str
    record: int | None
    part: str = "value"


# --- making them ---------------------------------------------------------------------------


def _digits(picker: Picker, size: int) -> str:
    return picker.text("23456789", size)


def _hex(picker: Picker, size: int) -> str:
    return picker.text("23456789abcdef", size)


def _octet(picker: Picker) -> str:
    return f"1{_digits(picker, 2)}"


def _mail(picker: Picker) -> str:
    return f"{_word(picker, 3)}.{_word(picker, 4)}@corp-{_word(picker, 3)}.io"


def _word(picker: Picker, syllables: int) -> str:
    return "".join(
        picker.text("bdfgklmnprstvz", 1) + picker.text("aeiou", 1) for _ in range(syllables)
    )


_PII: tuple[tuple[str, Callable[[Picker], str]], ...] = (
    ("write to {}", _mail),
    ("call me: {}", lambda p: f"+44 20 7{_digits(p, 3)} {_digits(p, 4)}"),
    ("SSN {}", lambda p: f"536-{_digits(p, 2)}-{_digits(p, 4)}"),
    ("client {} connected", lambda p: f"81.{_octet(p)}.{_octet(p)}.{_octet(p)}"),
    ("from {}", lambda p: f"2a02:810a:8{_hex(p, 3)}:1{_hex(p, 3)}::7{_hex(p, 3)}"),
    ("ether {}", lambda p: "3c:22:" + ":".join(_hex(p, 2) for _ in range(4))),
    ("date of birth: {}", lambda p: f"19{p.text('4567', 1)}3-0{_digits(p, 1)}-1{_digits(p, 1)}"),
)


@cache
def from_packs() -> list[Canary]:
    """One canary for each rule whose examples leave something to be filled in."""
    return [*_from_packs()]


def _from_packs() -> Iterator[Canary]:
    for pack, category in (("credentials", "credential"), ("pii", "pii")):
        for rule in load_pack(pack):
            for example in rule.spec.examples:
                text, name, number = _example(example)
                filled = fill(text, f"canary/{rule.spec.id}")
                secret = _filled_in(text, filled)
                if len(secret) >= 10:
                    yield Canary(rule.spec.id, category, secret, filled, name or "text", number)
                    break


def _example(example: Any) -> tuple[str, str, bool]:
    plain = isinstance(example, str)
    return (example, "", False) if plain else (example.text, example.label, example.number)


def _filled_in(text: str, filled: str) -> str:
    """The longest thing that was filled in and is not public."""
    shape, end, kinds = "", 0, []
    for found in _PLACEHOLDER.finditer(text):
        size = found[2] or ""
        shape += re.escape(text[end : found.start()]) + (
            f"(.{{{size}}})" if size.isdigit() else "(.+)"
        )
        end = found.end()
        kinds.append(found[1])
    groups = re.fullmatch(shape + re.escape(text[end:]), filled, re.DOTALL)
    values = [
        _core(kind, value)
        for kind, value in zip(kinds, groups.groups() if groups else (), strict=False)
        if kind not in _PUBLIC
    ]
    return max(values, key=len, default="")


def _core(kind: str, value: str) -> str:
    """What of a value is secret: of a key its middle lines, of a JWT its signature."""
    if kind == "pem":
        return "\n".join(value.splitlines()[2:-1])
    return value.rpartition(".")[2] if kind == "jwt" else value


def numbers() -> Iterator[Canary]:
    """Identity numbers that stand as JSON numbers."""
    for kind, name in (("nhs", "nhsNumber"), ("steuer-id", "steuerId"), ("card:4/16", "card")):
        for number in range(2):
            secret = fill(f"<<{kind}>>", f"canary/number/{number}")
            yield Canary(f"{kind} number", "pii", secret, secret, name, number=True)


def tokens() -> Iterator[Canary]:
    """Tokens that stand for themselves wherever they are: as keys, names, cells."""
    for number in range(1000):
        text = _TOKENS[number % len(_TOKENS)]
        filled = fill(text, f"canary/token/{number}")
        secret = filled if text.startswith("<<github") else _filled_in(text, filled)
        yield Canary("token", "credential", secret.removeprefix("ghp_"), filled)


def mails() -> Iterator[Canary]:
    for number in range(1000):
        mail = _mail(Picker(f"canary/mail/{number}"))
        yield Canary("mail", "pii", mail, mail)


def terms() -> Iterator[Canary]:
    for number in range(1000):
        picker = Picker(f"canary/term/{number}")
        term = f"{_word(picker, 4).title()} {_word(picker, 3).title()}"
        yield Canary("term", "term", term, term)


def passwords(count: int) -> Iterator[Canary]:
    for number in range(count):
        picker = Picker(f"canary/password/{number}")
        secret = picker.text("abcdefghkmnpqrstuvwxyzABCDEFGHKLMN23456789", 13) + "!7"
        yield Canary("password", "credential", secret, _PASSWORDS[number % 5].format(secret))


def personal(count: int) -> Iterator[Canary]:
    for number in range(count):
        text, make = _PII[number % len(_PII)]
        secret = make(Picker(f"canary/pii/{number}"))
        yield Canary(f"pii: {text}", "pii", secret, text.format(secret))


# --- planting them -------------------------------------------------------------------------

CRASH = "CRASHME"


@dataclass
class Store:
    """A folder of data with canaries in every place that a value can stand in."""

    house: House
    plants: list[Plant] = field(default_factory=list)
    tokens: Iterator[Canary] = field(default_factory=tokens)
    mails: Iterator[Canary] = field(default_factory=mails)
    terms: Iterator[Canary] = field(default_factory=terms)
    named: list[Canary] = field(default_factory=list)  # terms in evidence, never in data

    def build(self) -> None:
        self._values()
        self._keys()
        self._nested()
        self._table_text()
        self._parquet()
        self._arrow()
        self._text()
        self._broken()
        self._names()
        self._crashes()
        self._evidence()
        self._terms_file()

    def _write(self, name: str, content: str | bytes) -> None:
        self.house.file(f"data/{name}", content)

    def _plant(self, canary: Canary, file: str, record: int | None, part: str = "value") -> str:
        self.plants.append(Plant(canary, file, record, part))
        return canary.text

    def _some(self, count: int) -> list[Canary]:
        """Tokens and addresses and terms in turn, all fit to stand alone."""
        kinds = [self.tokens, self.mails, self.tokens, self.tokens, self.terms]
        return [next(kinds[n % 5]) for n in range(count)]

    def _values(self) -> None:
        packs = [c for c in from_packs() if not c.text.startswith("{")]
        canaries = [*packs, *passwords(15), *personal(28), *numbers()]
        records = []
        for number, canary in enumerate(canaries):
            text = self._plant(
                canary, "values.jsonl", number, "number" if canary.number else "value"
            )
            records.append({"n": number, canary.name: int(text) if canary.number else text})
        self._write("values.jsonl", jsonl(records))

    def _keys(self) -> None:
        records = [
            {"seen": {self._plant(c, "keys.jsonl", n, "key"): {"deep": n}}}
            for n, c in enumerate(self._some(10))
        ]
        self._write("keys.jsonl", jsonl(records))
        items = [[[self._plant(c, "arrays.json", n)], n] for n, c in enumerate(self._some(6))]
        self._write("arrays.json", json.dumps(items, indent=1))

    def _nested(self) -> None:
        canaries = [*self._some(6), *passwords_from(100, 4)]
        records: list[Any] = []
        for number, canary in enumerate(canaries):
            inner = json.dumps({"note": self._plant(canary, "nested.jsonl", number)})
            records.append({"body": json.dumps({"inner": inner, "n": 1})})
        for number, canary in enumerate(self._some(3), len(records)):
            inner = json.dumps({self._plant(canary, "nested.jsonl", number, "key"): True})
            records.append({"body": json.dumps({"inner": inner})})
        self._write("nested.jsonl", jsonl(records))

    def _table_text(self) -> None:
        head = [self._plant(c, "cells.csv", None, "name") for c in self._some(3)]
        rows = [f"{n},{self._plant(c, 'cells.csv', n)},x" for n, c in enumerate(self._some(8))]
        self._write("cells.csv", "\n".join([",".join(head), *rows, ""]))

    def _parquet(self) -> None:
        name = self._plant(next(self.tokens), "table.parquet", None, "name")
        meta = {
            "owner": self._plant(next(self.mails), "table.parquet", None, "metadata"),
            "config": json.dumps(
                {"k": self._plant(next(self.tokens), "table.parquet", None, "metadata")}
            ),
        }
        values = [self._plant(c, "table.parquet", n) for n, c in enumerate(self._some(8))]
        table = pa.table({name: ["x"] * 8, "text": values}).replace_schema_metadata(meta)
        out = io.BytesIO()
        pq.write_table(table, out, write_page_checksum=True, row_group_size=4)
        self._write("table.parquet", out.getvalue())

    def _arrow(self) -> None:
        texts = [self._plant(c, "shard.arrow", n) for n, c in enumerate(self._some(6))]
        columns = {
            "role": pa.array(texts[:3] + [None] * 3).dictionary_encode(),
            "parts": pa.array([None] * 3 + [[{"content": t}] for t in texts[3:]]),
        }
        table, out = pa.table(columns), io.BytesIO()
        with pa.ipc.new_stream(out, table.schema) as writer:
            writer.write_table(table)
        self._write("shard.arrow", out.getvalue())

    def _text(self) -> None:
        # What is JSON as a whole would be taken apart in a JSON value; here it is plain text.
        documents = [c for c in from_packs() if c.text.startswith("{") and "\n" not in c.text]
        lines = [
            f"2026-10-01 12:00:{n:02d} INFO got {self._plant(c, 'app.log', n)} from peer\n"
            for n, c in enumerate([*self._some(10), *documents])
        ]
        self._write("app.log", "".join(lines))

    def _broken(self) -> None:
        torn = [
            f'{{"t": "{self._plant(c, "torn.jsonl", n, "raw")}", "u": \n'
            for n, c in enumerate(self._some(6))
        ]
        self._write("torn.jsonl", "".join(torn))
        early = [{"t": self._plant(c, "cut.jsonl.gz", n)} for n, c in enumerate(self._some(4))]
        noise = [{"t": Picker(f"noise/{n}").text("abcdefghij 0123456789", 60)} for n in range(2000)]
        packed = gzip.compress(jsonl([*early, *noise]).encode())
        self._write("cut.jsonl.gz", packed[: len(packed) // 2])

    def _names(self) -> None:
        """In the names of files and folders; a harmless record in each file."""
        for canary in self._some(3):
            self._write(f"{self._plant(canary, '', None, 'path')}.jsonl", '{"t": "x"}\n')
        for canary in (next(self.terms), next(self.mails)):
            inner = f"{self._plant(canary, '', None, 'path')}/in.jsonl"
            self._write(inner, jsonl([{"t": next(self.tokens).text}]))

    def _crashes(self) -> None:
        records = [
            {"t": f"{CRASH} {self._plant(c, 'crash.jsonl', n)}"}
            for n, c in enumerate(self._some(4))
        ]
        self._write("crash.jsonl", jsonl(records))
        texts = [self._plant(c, "part.boom", n) for n, c in enumerate(self._some(3))]
        self._write("part.boom", "\n".join(texts))

    def _evidence(self) -> None:
        """A term in a bucket key of a log, in a policy's resource, and in its statement ids."""
        self.named = [next(self.terms) for _ in range(3)]
        logged, granted, sid = [c.text for c in self.named]
        scanned = next(
            p.canary.text for p in self.plants if p.part == "path" and p.canary.kind == "term"
        )
        events = [
            {
                "time": f"2026-10-02T08:00:0{n}Z",
                "actor": "ada",
                "resource": f"s3://acme-telemetry/raw/{key}/in.jsonl",
                "operation": "GetObject",
                "activity": "Read",
                "status": "Success",
            }
            for n, key in enumerate((logged, scanned))
        ]
        self.house.file("access/log.jsonl", jsonl(events))
        statements = [
            {
                "Sid": f"Open{sid.replace(' ', '')}",
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::acme-telemetry/raw/{key}*",
            }
            for key in ("", f"{granted}/", f"{scanned}/")
        ]
        policy = {"Version": "2012-10-17", "Statement": statements}
        self.house.file("access/bucket-policy.json", json.dumps(policy))

    def _terms_file(self) -> None:
        """Every term that was used, under an id that tells nothing."""
        used = [p.canary for p in self.plants if p.canary.kind == "term"] + self.named
        entries = [{"id": f"t{n}", "term": c.text} for n, c in enumerate(used)]
        self.house.file("terms.yaml", json.dumps({"version": 1, "terms": entries}))


def passwords_from(first: int, count: int) -> list[Canary]:
    return [*passwords(first + count)][first:]


def canaries(store: Store) -> list[Canary]:
    """Every planted canary; those in statement ids as they are written there, too."""
    sid = store.named[2]
    joined = replace(sid, secret=sid.secret.replace(" ", ""))
    return [*(plant.canary for plant in store.plants), *store.named, joined]
