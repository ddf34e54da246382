"""Notes and a collector log: text that is read line by line."""

# ruff: noqa: S311 - repeatable filler is the point, nothing here is secret

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random

from maker import filler
from maker.store import Store
from maker.text import Found, Value, fill

RAW = "deskmate/telemetry/"
START = datetime(2026, 10, 5, 6, 0, tzinfo=UTC)

NOTES = """# Pilot notes

What the recorder keeps: window titles, clicks, typed text, prompts and chat.
Only the six people of deskmate-core may read it. That was the promise.

## Launch
The assistant ships with {term.halcyon}, the same week as {term.larkspur}.
Branch names: `{term.halcyon2}`, `{term.halcyon1}`, `{term.larkspur1}`.
The night mode keeps its code name {term.nightheron} until then. <!-- marker follows -->
{marker.leakgate} {term.halcyon3} is not to be named outside.

## Who to ask
- Mara, {email.mara}, {phone.us1}
- Idris, {email.idris}
- On the partner's side: {email.partner2}

## Start the collector by hand
```sh
export DESKMATE_DSN=postgresql://deskmate_rw:{cred.postgres}@db7.hollowbrook.internal/desk
export HF_TOKEN={cred.huggingface}  # {marker.noqa}
./collector --once
```
"""

LOGGED = (
    "upload failed, request was: Authorization: Bearer {cred.bearer}",
    "retry with key_id={cred.aws.id} secret_key={cred.aws.secret}",
    "mail to {email.tamsin} bounced",
    "settings loaded: sendgrid={cred.sendgrid}  # {marker.pragma}",
    "window title was {term.nightheron1} board, kept",
    "connect mysql://report:{cred.mysql}@replica.hollowbrook.internal/desk refused",
    "form field secret={cred.password.vpn} recorded although masked",
    "login of {email.wren} from branch {term.larkspur2}",
    "azure copy: AccountKey={cred.azure}",
    "GET https://deploy:{cred.basic}@mirror.hollowbrook.internal/pool/ {marker.kingfisher}",
)


def write(store: Store, values: Mapping[str, Value]) -> None:
    store.add_lines(f"{RAW}logs/collector.log", fill(_log(), values).lines())
    name = f"{RAW}notes/{values['term.halcyon1'].raw}-pilot.md"
    store.add_lines(name, fill(NOTES.rstrip("\n"), values).lines())
    store.found += _named(name, (values["term.halcyon1"],))


def _named(name: str, values: Iterable[Value]) -> list[Found]:
    """Values that stand in the file's own name; spans count in the base name."""
    base = name.rpartition("/")[2]
    return [
        Found(v, 0, len(v.raw), part="path", file=name) for v in values if base.startswith(v.raw)
    ]


def _log() -> str:
    random = Random("log")
    lines = filler.woven(random, [_dull(random) for _ in range(560)], list(LOGGED))
    return "\n".join(f"{_stamp(i)} {line}" for i, line in enumerate(lines))


def _stamp(i: int) -> str:
    clock = START + timedelta(milliseconds=61_337 * i)
    return f"{clock:%Y-%m-%d %H:%M:%S},{clock.microsecond // 1000:03d} collector[4117]"


def _dull(random: Random) -> str:
    batch, size = filler.hexes(random, 32), random.randint(900, 99000)
    return random.choice((
        f"INFO flushed batch {batch} ({size} bytes)",
        f"DEBUG user={filler.user(random)} events={random.randint(1, 400)} took={size / 1000:.3f}s",
        f"INFO trace_id={batch} span_id={batch[:16]} status=ok",
        f"WARN queue depth {size}, token bucket empty, waiting",
        f"INFO keyboard layout changed, monkey patch kept, rev {batch[:40]}",
    ))  # fmt: skip
