"""A shard in which nothing is wrong and much looks wrong: no finding may come from it."""

# ruff: noqa: S311 - repeatable filler is the point, nothing here is secret

from __future__ import annotations

import csv
import io
from random import Random
from typing import Any

from maker import filler
from maker.store import Store, clocks
from maker.text import Json, Text

CLEAN = "deskmate/telemetry/clean/"
WEDNESDAY = 1_791_360_000_000  # 2026-10-07 08:00 UTC in milliseconds

LOOKALIKES = (
    "commit 5f2c9d0b71e84a36c9d2f0a7be1453c8e6907d12 reverts the keyboard change",
    "max_tokens=4096, top_p=0.95, presence_penalty=0, tokenizer=bpe-32k",
    "password: (enter it on the phone, never here)",
    "PASSWORD=${DB_PASSWORD} TOKEN=$(cat /run/secrets/token) make deploy",
    "api_key = os.environ['DESK_API_KEY']",
    "Authorization: Bearer <token>",
    "secret = load_secret(name)  # no value in the code",
    "halcyon days are here again, and larkspur grows by the bridge",
    "Quillstone Desk is out since September, everybody may name it",
    "version 3.11.7, build 10.0.19045.3324, released 2026-09-30",
    "order 4471-2203-9921-0008 left the depot at 17:42:09",
    "integrity sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "SHA256:Zt0vQw7yHc2LrU5nKd9sXbJ4mPe1gFa8iOq3TzVl6Rk (ED25519)",
    "epoch 1791367509 is 1791367509482 in milliseconds and 1791367509482117000 in nanoseconds",
    "f47ac10b-58cc-4372-a567-0e02b2c3d479 is the id of the request, not a key",
    "git checkout feature/monkey-bars && keytool -list && passwd --help",
    "key=value pairs, foreign keys, primary key, sort key, hotkey, turnkey, monkey, donkey",
    "user agent Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)",
    "background: #a0b1c2; transition: opacity 120ms cubic-bezier(0.4, 0, 0.2, 1)",
    "51.5074, -0.1278 and 48.8566, 2.3522 are on the map",
    "we invoiced 1,204,500.00 in 2025 and 1,377,210.50 in 2026",
    "see section 4.2.1 of RFC 9110 and ISO 13616-1:2020",
    "@media (min-width: 640px) { .grid { gap: 1rem } }",
    "from collections import OrderedDict@v2 as a decorator: @property, @staticmethod",
    "ring 24 of 118, seat 07-3352, locker B-0198-77",
)
UI_STRINGS = {
    "login.password.label": ("Password", "Passwort", "Mot de passe"),
    "login.password.hint": (
        "At least 12 characters",
        "Mindestens 12 Zeichen",
        "12 caractères minimum",
    ),
    "login.forgot": ("Forgot your password?", "Passwort vergessen?", "Mot de passe oublié ?"),
    "token.expired": ("Your token has expired", "Ihr Token ist abgelaufen", "Jeton expiré"),
    "key.shortcut": ("Keyboard shortcuts", "Tastenkürzel", "Raccourcis clavier"),
    "secret.question": ("Secret question", "Geheimfrage", "Question secrète"),
    "card.number": ("Card number", "Kartennummer", "Numéro de carte"),
    "phone.label": ("Phone number", "Telefonnummer", "Numéro de téléphone"),
    "ssn.label": ("Social security number", "Sozialversicherungsnummer", "Sécurité sociale"),
}


def write(store: Store) -> None:
    store.add_jsonl(f"{CLEAN}2026-10-07.jsonl", _events())
    store.add_lines(f"{CLEAN}build.log", (Text(line) for line in _build_log()))
    store.add(f"{CLEAN}ui-strings.csv", _ui_strings())


def _events() -> list[Any]:
    random = Random("clean")
    stamps = list(clocks(WEDNESDAY, 180 + len(LOOKALIKES)))
    rows = filler.woven(random, [None] * 180, list(LOOKALIKES))
    return [_event(random, clock, row) for clock, row in zip(stamps, rows, strict=True)]


def _event(random: Random, clock: int, text: str | None) -> Any:
    if text is None:
        return filler.dull_event(random, clock)
    inner = Json({"text": text, "password_present": False, "token_count": len(text) // 4})
    return filler.event(random, clock, "typed", {"text": text, "keys": len(text), "raw": inner})


def _build_log() -> list[str]:
    random = Random("clean/log")
    return [_build_line(random, i) for i in range(220)] + list(LOOKALIKES)


def _build_line(random: Random, i: int) -> str:
    steps = (
        f"fetch layer sha256:{filler.hexes(random, 64)}",
        f"compiled module {i:04d} in {random.random():.3f}s",
        f"cache key linux-x64-{filler.hexes(random, 40)} restored",
        f"request {filler.uuid(random)} finished with 200",
        f"signed manifest {filler.hexes(random, 32)} at 1791{random.randint(100000, 999999)}",
    )
    return f"[{i:05d}] {random.choice(steps)}"


def _ui_strings() -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("id", "en", "de", "fr"))
    writer.writerows((key, *texts) for key, texts in UI_STRINGS.items())
    return out.getvalue().encode()
