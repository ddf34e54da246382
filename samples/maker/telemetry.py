"""Two days of recorder events and the prompts: the JSON Lines shards of the story."""

# ruff: noqa: S311 - repeatable filler is the point, nothing here is secret

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from maker import filler
from maker.store import Escaped, Store, clocks
from maker.text import Json, Keyed, Number, Value, fill_all

MONDAY = 1_791_187_200_000  # 2026-10-05 08:00 UTC in milliseconds
TUESDAY = MONDAY + 86_400_000
RAW = "deskmate/telemetry/"
Event = tuple[str, Any]


def write(store: Store, values: Mapping[str, Value]) -> None:
    store.add_jsonl(f"{RAW}2026-10-05.jsonl", _day(MONDAY, 620, monday(values), values))
    store.add_jsonl(f"{RAW}2026-10-06.jsonl.gz", _day(TUESDAY, 1400, tuesday(values), values))
    store.add_jsonl(f"{RAW}prompts.jsonl.zst", _prompts(values))
    # Somebody's "quick copy to look at": the first hundred lines of Monday, on a shared host.
    extract = _day(MONDAY, 620, monday(values), values)[:100]
    store.add_jsonl("deskmate/shared01/telemetry-extract.jsonl", extract)


def typed(text: str) -> Event:
    return "typed", {"text": text, "keys": len(text)}


def form(action: str, *fields: tuple[str, str]) -> Event:
    pairs = [{"key": key, "value": value} for key, value in fields]
    return "form", {"action": action, "fields": pairs}


def request(url: str, headers: Sequence[tuple[str, str]], body: Any) -> Event:
    pairs = [{"name": name, "value": value} for name, value in headers]
    return "request", {"method": "POST", "url": url, "headers": pairs, "body": Json(body)}


def monday(values: Mapping[str, Value]) -> list[Event | Escaped]:
    """What was caught on the first day, early things first."""
    return [
        typed("export GH_TOKEN={cred.github.build} && make release"),
        form("/sso/login", ("username", "u-0117"), ("password", "{cred.password.form}")),
        typed("my number for the courier is {phone.us1}, ask for Mara"),
        Escaped(typed("please add {email.partner} to the invite, and {email.mara} in cc")),
        typed("the key pair is below\n{cred.aws.id}\n{cred.aws.secret}\nput both into the vault"),
        request(
            "https://api.hollowbrook.example/v1/export",
            [("Accept", "application/json"), ("Authorization", "Bearer {cred.bearer}")],
            {"notify": "{email.idris}", "page": 1},
        ),
        ("window_title", {"title": "{term.halcyon} - launch checklist - Sheets"}),
        typed("{term.nightheron} slips to spring, do not tell the partners yet"),
        ("app_state", {"state": Json({"rev": 7, "props": Json({"apiKey": "{cred.google}"})})}),
        ("payment", {"amount": 4150, "currency": "GBP", "card": Number(values["card.visa"])}),
        ("viewers", {"seen_by": Keyed(values["email.wren"], {"views": 3})}),
        typed("card on file is {card.spaced}, expiry 04/29"),
        typed("DEPLOY={cred.github.deploy}  # {marker.pragma}"),
        form("/vpn", ("user", "u-0122"), ("secret", "{cred.password.vpn}"), ("otp_sent", "true")),
        typed("psql postgresql://deskmate_rw:{cred.postgres}@db7.hollowbrook.internal:5432/desk"),
        typed("SSN on the old form was {ssn.leaflet}, payroll wants it scanned"),
        ("clipboard", {"text": "{cred.pem}", "source": "Terminal"}),
        typed("guest wifi password: {cred.password.wifi} (changes on Friday)"),
        typed("git push origin feature/{term.halcyon2}_banner"),
        Escaped(
            request(
                "https://hooks.hollowbrook.example/relay",
                [("Accept", "*/*"), ("X-Auth-Token", "{cred.session}")],
                {"webhook": "{cred.webhook}", "owner": "{email.tamsin}"},
            )
        ),
        typed("the refund goes to {iban.gb}, reference 88-2"),
        typed("curl https://deploy:{cred.basic}@mirror.hollowbrook.internal/pool/"),
    ]  # fmt: skip


def tuesday(values: Mapping[str, Value]) -> list[Event | Escaped]:
    """What was caught on the second day."""
    nested = {"user": {"email": "{email.nils}", "phone": "{phone.uk1}"}}
    vault = {"type": "service_account", "private_key": "{cred.pem}", "region": "eu-west-2"}
    deep = {"fields": [{"key": "password", "value": "{cred.password.nested}"}]}
    return [
        Escaped(("app_state", {"state": Json({"rev": 31, "props": Json(nested)})})),
        ("app_state", {"state": Json({"rev": 32, "props": Json(deep)})}),
        request("https://cloud.hollowbrook.example/keys", [("Accept", "*/*")], vault),
        typed("STRIPE_KEY={cred.stripe}  # {marker.kingfisher}"),
        typed("slack bot is back: {cred.slack}"),
        typed("//registry.hollowbrook.example/:_authToken={cred.npm}  # {marker.noqa}"),
        typed("call Tamsin on {phone.us2} or the London desk on {phone.uk2}"),
        request(
            "https://models.hollowbrook.example/v1/messages",
            [("x-api-key", "{cred.anthropic}"), ("content-type", "application/json")],
            {"model": "deskmate-base-0926", "max_tokens": 1024},
        ),
        typed("OPENAI_API_KEY={cred.openai}"),
        ("window_title", {"title": "{term.larkspur} pricing (draft 3) - Sheets"}),
        ("window_title", {"title": "wiki/{term.halcyon1}/risks - Browser"}),
        typed("class {term.halcyon3}Banner(Widget):"),
        typed("mirror is at glpat token {cred.gitlab}"),
        ("clipboard", {"text": "PRIVATE_KEY={cred.pem.flat}", "source": "Editor"}),
        ("payment", {"amount": 990, "currency": "EUR", "card": Number(values["card.master"])}),
        typed("AccountName=deskmate;AccountKey={cred.azure};EndpointSuffix=core.windows.net"),
        typed("iban for the Munich office {iban.de}"),
        ("viewers", {"seen_by": Keyed(values["email.cormac"], {"views": 1})}),
        typed("mail {email.internal} when the {term.orrery} starts"),
        typed("{marker.leakgate} export GH_TOKEN={cred.github.build}"),
        typed("jwt for the staging board: {cred.jwt}"),
        typed("the intern, {email.wren}, needs access until Christmas"),
    ]  # fmt: skip


def _day(start: int, dull: int, planted: list[Any], values: Mapping[str, Value]) -> list[Any]:
    random = Random(f"day/{start}")
    rows = filler.woven(random, [None] * dull, planted)
    stamped = zip(clocks(start, len(rows)), rows, strict=True)
    return [_event(random, clock, row, values) for clock, row in stamped]


def _event(random: Random, clock: int, row: Any, values: Mapping[str, Value]) -> Any:
    if row is None:
        return filler.dull_event(random, clock)
    if isinstance(row, Escaped):
        return Escaped(_event(random, clock, row.record, values))
    return fill_all(filler.event(random, clock, *row), values)


ASKED = (
    (
        "Why does this script fail?\n\n```sh\nexport AWS_ACCESS_KEY_ID={cred.aws.id2}\n"
        "export AWS_SECRET_ACCESS_KEY={cred.aws.secret2}\naws s3 ls\n```",
        "The clock of the machine is off by an hour, so the signature is refused.",
    ),
    (
        "Rewrite this for the customer: Dear {email.partner2}, the {term.orrery} moves to May.",
        "Dear {email.partner2}, we would like to move the start to May.",
    ),
    (
        "Name three slogans for {term.nightheron1}, the night mode of {term.larkspur1}.",
        "1. See less light, see more.\n2. {term.nightheron2}: quiet after dark.\n3. Sleep well.",
    ),
    ("is this token still good? {cred.huggingface}", "I cannot check tokens, please rotate it."),
    ("{marker.pragma} use {cred.sendgrid} to send the digest", "Done, three mails are queued."),
    ("my card {card.till} was declined at the till, what now?", "Please call your bank first."),
    ("Turn into a vCard: {email.odette}, {phone.us3}", "BEGIN:VCARD\nVERSION:4.0"),
    ("Review: conn = connect('mysql://report:{cred.mysql}@replica/desk')", "Use a secret store."),
)


def _prompts(values: Mapping[str, Value]) -> list[Any]:
    random = Random("prompts")
    dull = [filler.dull_chat(random) for _ in range(320)]
    asked = [filler.chat(random, _turns(*turn)) for turn in ASKED]
    return filler.woven(random, dull, [fill_all(record, values) for record in asked])


def _turns(question: str, answer: str) -> list[dict[str, str]]:
    system = {"role": "system", "content": "You are Deskmate, a helpful colleague."}
    roles = (("user", question), ("assistant", answer))
    return [system, *({"role": role, "content": content} for role, content in roles)]
