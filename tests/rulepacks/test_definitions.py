"""Personal numbers by the definitions that their issuers publish, worked out here once more.

Each maker gives a number without its check characters and the characters that complete it.
What is complete must be found where its name stands before it; with another check it must not.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import pytest

from scanner import plugins
from scanner.detectors import Detector, DetectorContext, Match, Value

COUNT = 24
Made = tuple[str, str]


def run(rng: random.Random, size: int, first: str = "123456789") -> str:
    return rng.choice(first) + "".join(rng.choices("0123456789", k=size - 1))


def dot(digits: str, weights: list[int]) -> int:
    return sum(int(d) * w for d, w in zip(digits, weights, strict=True))


def luhn(body: str) -> str:
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(reversed(body))]
    return str(-sum(n // 10 + n % 10 for n in doubled) % 10)


def again(make: Callable[[random.Random], Made | None]) -> Callable[[random.Random], Made]:
    def made(rng: random.Random) -> Made:
        while (found := make(rng)) is None:
            pass
        return found

    return made


def date(rng: random.Random, order: str = "ymd") -> str:
    parts = {"y": rng.randrange(50, 99), "m": rng.randrange(1, 13), "d": rng.randrange(1, 29)}
    return "".join(f"{parts[c]:02d}" for c in order)


def pesel(rng: random.Random) -> Made:
    body = date(rng) + run(rng, 4)
    return body, str(-dot(body, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)


@again
def nhs(rng: random.Random) -> Made | None:
    body = run(rng, 9, "4679")
    check = -dot(body, list(range(10, 1, -1))) % 11
    return (body, str(check)) if check < 10 else None


def dni(rng: random.Random) -> Made:
    body = run(rng, 8)
    return body, "TRWAGMYFPDXBNJZSQVHLCKE"[int(body) % 23]


def hetu(rng: random.Random) -> Made:
    body, serial = date(rng, "dmy"), f"{rng.randrange(2, 900):03d}"
    return f"{body}-{serial}", "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(body + serial) % 31]


def personnummer(rng: random.Random) -> Made:
    body = date(rng) + run(rng, 3)
    return f"{body[:6]}-{body[6:]}", luhn(body)


@again
def bsn(rng: random.Random) -> Made | None:
    body = run(rng, 8)
    check = dot(body, list(range(9, 1, -1))) % 11
    return (body, str(check)) if check < 10 else None


def cpf(rng: random.Random) -> Made:
    body = run(rng, 9)
    first = str(dot(body, list(range(10, 1, -1))) * 10 % 11 % 10)
    second = str(dot(body + first, list(range(11, 1, -1))) * 10 % 11 % 10)
    return f"{body[:3]}.{body[3:6]}.{body[6:]}-", first + second


def nir(rng: random.Random) -> Made:
    body = f"{rng.choice('12')}{date(rng, 'ym')}75{rng.randrange(1, 400):03d}{run(rng, 3)}"
    return body, f"{97 - int(body) % 97:02d}"


def belgian(rng: random.Random) -> Made:
    body = date(rng) + run(rng, 3, "01234")
    return f"{body[:2]}.{body[2:4]}.{body[4:6]}-{body[6:]}.", f"{97 - int(body) % 97:02d}"


def ahv(rng: random.Random) -> Made:
    body = "756" + run(rng, 9)
    return f"756.{body[3:7]}.{body[7:11]}.{body[11:]}", str(-dot(body, [1, 3] * 6) % 10)


@again
def fodselsnummer(rng: random.Random) -> Made | None:
    body = date(rng, "dmy") + f"{rng.randrange(0, 500):03d}"
    first = -dot(body, [3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11
    if first > 9:
        return None
    second = -dot(f"{body}{first}", [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
    return (body, f"{first}{second}") if second < 10 else None


def portuguese(rng: random.Random) -> Made:
    body = run(rng, 8, "12")
    rest = dot(body, list(range(9, 1, -1))) % 11
    return body, str(0 if rest < 2 else 11 - rest)


def cnp(rng: random.Random) -> Made:
    body = rng.choice("12") + date(rng) + f"{rng.randrange(1, 41):02d}" + run(rng, 3)
    rest = dot(body, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11
    return body, str(1 if rest == 10 else rest)


def egn(rng: random.Random) -> Made:
    body = date(rng) + run(rng, 3)
    return body, str(dot(body, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10)


def mod_11_10(body: str) -> str:
    product = 10
    for digit in body:
        product = 2 * ((int(digit) + product) % 10 or 10) % 11
    return str((11 - product) % 10)


def oib(rng: random.Random) -> Made:
    body = run(rng, 10)
    return body, mod_11_10(body)


def isikukood(rng: random.Random) -> Made:
    body = rng.choice("34") + date(rng) + run(rng, 3)
    check = dot(body, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11
    again_ = dot(body, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10
    return body, str(check if check < 10 else again_)


def tckn(rng: random.Random) -> Made:
    body = run(rng, 9)
    first = (7 * sum(map(int, body[0::2])) - sum(map(int, body[1::2]))) % 10
    return body, f"{first}{(sum(map(int, body)) + first) % 10}"


def south_african(rng: random.Random) -> Made:
    body = date(rng) + run(rng, 4) + rng.choice("01") + "8"
    return body, luhn(body)


def chinese(rng: random.Random) -> Made:
    body = "110105" + "19" + date(rng) + run(rng, 3)
    return body, "10X98765432"[dot(body, [2 ** (17 - i) % 11 for i in range(17)]) % 11]


def my_number(rng: random.Random) -> Made:
    body = run(rng, 11)
    rest = dot(body, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
    return body, str(0 if rest < 2 else 11 - rest)


def rut(rng: random.Random) -> Made:
    body = run(rng, 8, "12")
    check = -dot(body, [3, 2, 7, 6, 5, 4, 3, 2]) % 11
    return f"{body[:2]}.{body[2:5]}.{body[5:]}-", "0123456789K"[check]


@again
def cuit(rng: random.Random) -> Made | None:
    body = "20" + run(rng, 8)
    check = -dot(body, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
    return (f"20-{body[2:]}-", str(check)) if check < 10 else None


def inn(rng: random.Random) -> Made:
    body = "7707" + run(rng, 6)
    first = str(dot(body, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10)
    second = str(dot(body + first, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10)
    return body, first + second


def sin(rng: random.Random) -> Made:
    body = run(rng, 8, "1245679")
    return f"{body[:3]} {body[3:6]} {body[6:]}", luhn(body)


def thai(rng: random.Random) -> Made:
    body = run(rng, 12, "12345678")
    return body, str((11 - dot(body, list(range(13, 1, -1))) % 11) % 10)


@again
def tfn(rng: random.Random) -> Made | None:
    body = run(rng, 8)
    checks = [c for c in range(10) if dot(f"{body}{c}", [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 == 0]
    return (f"{body[:3]} {body[3:6]} {body[6:]}", str(checks[0])) if checks else None


def routing(rng: random.Random) -> Made:
    body = "0" + str(rng.randrange(1, 9)) + run(rng, 6)
    return body, str(-dot(body, [3, 7, 1, 3, 7, 1, 3, 7]) % 10)


def npi(rng: random.Random) -> Made:
    body = run(rng, 9, "12")
    return body, luhn("80840" + body)


def dea(rng: random.Random) -> Made:
    digits = run(rng, 6)
    odd, even = sum(map(int, digits[0::2])), sum(map(int, digits[1::2]))
    return rng.choice("ABFM") + rng.choice("BCDKLS") + digits, str((odd + 2 * even) % 10)


def imei(rng: random.Random) -> Made:
    body = "35" + run(rng, 12)
    return body, luhn(body)


def nric(rng: random.Random) -> Made:
    digits = run(rng, 7)
    return "S" + digits, "JZIHGFEDCBA"[dot(digits, [2, 7, 6, 5, 4, 3, 2]) % 11]


@again
def rodne_cislo(rng: random.Random) -> Made | None:
    body = date(rng) + run(rng, 3)
    check = int(body) % 11
    return (f"{body[:6]}/{body[6:]}", str(check)) if check < 10 else None


@again
def steuer_id(rng: random.Random) -> Made | None:
    digits = rng.sample("0123456789", 9)
    digits.insert(rng.randrange(10), rng.choice(digits))
    body = "".join(digits)
    lined = any(a == b for a, b in itertools.pairwise(body))
    return None if body[0] == "0" or lined else (body, mod_11_10(body))


def clabe(rng: random.Random) -> Made:
    body = "002180" + run(rng, 11)
    weights = [(3, 7, 1)[i % 3] for i in range(17)]
    total = sum(int(d) * w % 10 for d, w in zip(body, weights, strict=True))
    return body, str(-total % 10)


def card(rng: random.Random) -> Made:
    body = rng.choice(["4", "51", "6011", "3530"])
    body += run(rng, 15 - len(body))
    return body, luhn(body)


KINDS: list[tuple[str, str, Callable[[random.Random], Made]]] = [
    ("pl-pesel", "PESEL", pesel), ("uk-nhs-number", "NHS number", nhs), ("es-dni", "DNI", dni),
    ("fi-hetu", "henkilötunnus", hetu), ("se-personnummer", "personnummer", personnummer),
    ("nl-bsn", "BSN", bsn), ("br-cpf", "CPF", cpf), ("fr-nir", "sécurité sociale", nir),
    ("be-nn", "rijksregisternummer", belgian), ("ch-ahv", "AHV", ahv),
    ("no-fodselsnummer", "fødselsnummer", fodselsnummer), ("pt-nif", "NIF", portuguese),
    ("ro-cnp", "CNP", cnp), ("bg-egn", "ЕГН", egn), ("hr-oib", "OIB", oib),
    ("ee-isikukood", "isikukood", isikukood), ("tr-tckimlik", "TC kimlik no", tckn),
    ("za-id", "South African ID", south_african), ("cn-resident-id", "身份证号", chinese),
    ("jp-my-number", "マイナンバー", my_number), ("cl-rut", "RUT", rut), ("ar-cuit", "CUIT", cuit),
    ("ru-inn", "ИНН", inn), ("ca-sin", "SIN", sin), ("th-id", "เลขประจำตัวประชาชน", thai),
    ("au-tfn", "TFN", tfn), ("us-routing-number", "routing number", routing),
    ("us-npi", "NPI", npi),
    ("us-dea", "DEA number", dea), ("imei", "IMEI", imei), ("sg-nric", "NRIC", nric),
    ("cz-rodne-cislo", "rodné číslo", rodne_cislo), ("de-steuer-id", "Steuer-ID", steuer_id),
    ("mx-clabe", "CLABE", clabe), ("payment-card", "card", card),
]  # fmt: skip


@pytest.fixture(scope="module")
def detector() -> Detector:
    built: Detector = plugins.load("detectors", "pii").build(DetectorContext(proven=True))
    return built


def found(detector: Detector, rule: str, text: str) -> bool:
    made = detector.confirm(Value(text.encode()), rule, ())
    return any(isinstance(m, Match) and m.confidence != "low" for m in made)


@pytest.mark.parametrize(("rule", "name", "make"), KINDS, ids=[k[0] for k in KINDS])
def test_numbers_by_their_definition(
    detector: Detector, rule: str, name: str, make: Callable[[random.Random], Made]
) -> None:
    rng = random.Random(rule)
    missed, wrong = list[str](), list[str]()
    for _ in range(COUNT):
        body, check = make(rng)
        symbols = "0123456789" if check.isdigit() else "ABCDEFGHJKLMNPQRSTVWXYZ"
        other = rng.choice([c for c in symbols if c != check[-1]])
        missed += [body + check] * (not found(detector, rule, f"{name}: {body}{check}"))
        wrong += [body + other] * found(detector, rule, f"{name}: {body}{check[:-1]}{other}")
    assert (missed, wrong) == ([], [])
