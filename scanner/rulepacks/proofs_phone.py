"""Numbers that a telephone reaches, by name (see `scanner.rulepacks.proofs`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

PHONE_REGIONS = (
    "US", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "SE", "IN", "AU", "BR", "MX", "PT", "CH", "AT",
    "BE", "DK", "NO", "FI", "IE", "JP", "KR", "CN", "RU", "TR", "ZA", "SG", "NZ", "IL",
    "CZ", "GR", "HU", "RO", "UA", "AE", "SA", "ID", "MY", "HK",
)  # fmt: skip


def _digits(text: str) -> str:
    return "".join(c for c in text if c in "0123456789")


def phone_national(text: str, regions: Sequence[str | None] = PHONE_REGIONS) -> str | None:
    """A whole number without its country code: valid in one of the usual regions, or grouped
    as people write one.

    Local parts of six digits are valid somewhere, and so is every bug number; ZIP+4 codes,
    dates and amounts are no phone numbers.
    """
    digits = _digits(_EXTENSION.sub("", text))
    if not 8 <= len(digits) <= 13 or _NO_PHONE.fullmatch(text) or digits.endswith("000000"):
        return None
    if text.isdigit() and len(text) > 11 and text[0] != "0":
        return phone(f"+{text}")  # so long a number has its country code
    valid = phone(text, regions)
    grouped = len(digits) > 8 and (digits[0] == "0" or "(" in text or text.count("-") == 2)
    return valid or ("grouped as a phone number" if grouped and len(set(digits)) > 2 else None)


_EXTENSION = re.compile(
    r"[\s,;]*(?:x|ext\.?|extension|poste|durchwahl|app\.?)[\s.:]*\d{1,6}$", re.I
)
_NO_PHONE = re.compile(
    r"\d{5}-\d{3,4}|\d{3}-\d{2}-\d{4}|\d{1,3}(?:[.,]\d{3})+(?:[.,]\d\d)?"
    r"|(?:19|20)\d\d[-/. ]\d\d[-/. ]\d\d.*|[^/]*/[^/]*/.*"
)


_ABROAD = re.compile(r"^(?:00|011[ .-])")  # what is dialled for a country code


def phone_grouped(text: str, regions: Sequence[str | None] = PHONE_REGIONS) -> str | None:
    """A whole number without its country code, valid in the country that groups digits so; one
    behind a zero, in one of the usual regions."""
    digits = _digits(text)
    own = [region for region, form in _FORMS.items() if form.fullmatch(text)]
    known = regions if digits[0] == "0" else [region for region in own if region in regions]
    whole = 9 <= len(digits) <= 12 and len(set(digits)) > 3 and not digits.endswith("00000")
    return phone(text, known) if whole and not _NO_PHONE.fullmatch(text) else None


_FORMS = {
    "RU": re.compile(r"8.*-\d\d-\d\d"),
    "BR": re.compile(r"\(\d\d\).*"),
    "US": re.compile(r"(?:1 )?\d{3}[ -]\d{3}[ -]\d{4}"),
}


def phone(text: str, regions: Sequence[str | None] = (None,)) -> str | None:
    """A number that libphonenumber holds valid in one of the regions (None: written with +)."""
    import phonenumbers

    text = _ABROAD.sub("+", text) if None in regions else text
    code = _plainly_valid(text, tuple(regions))
    if code:
        return f"valid number, country code +{code}"
    for region in _likely(text, tuple(regions)):
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return f"valid number, country code +{number.country_code}"
    return None


def _plainly_valid(text: str, regions: tuple[str | None, ...]) -> int:
    """The country code of a region whose plan has the number as it is written, or behind the
    prefix of calls within the country; else 0: a parse may still know better.
    """
    if None in regions or "+" in text:
        return 0
    numbers, codes = _valid_numbers(regions)
    found = numbers.Match(_digits(_EXTENSION.sub("", text)))
    return codes[min(found)] if found else 0


@cache
def _valid_numbers(regions: tuple[str, ...]) -> tuple[Any, list[int]]:
    """One automaton over the numbers that are valid in the regions, and their country codes."""
    import re2
    from phonenumbers import PhoneMetadata, region_codes_for_country_code

    every, codes = re2.Set.FullMatchSet(), list[int]()
    for plan in (PhoneMetadata.metadata_for_region(region, None) for region in regions):
        code = plan.country_code if plan else None
        if plan is None or code is None or plan.national_prefix_transform_rule:
            continue
        same = region_codes_for_country_code(code)
        kinds = [k for each in same for k in _kinds(PhoneMetadata.metadata_for_region(each, plan))]
        every.Add(f"(?:{plan.national_prefix or ''})?(?:{'|'.join(sorted(set(kinds)))})")
        codes.append(code)
    every.Compile()
    return every, codes


def _kinds(plan: Any) -> list[str]:
    """The numbers of each kind that a plan has."""
    names = (
        "fixed_line mobile toll_free premium_rate shared_cost personal_number voip pager uan"
        " voicemail"
    )
    kinds = (getattr(plan, name) for name in names.split())
    return [f"(?:{k.national_number_pattern})" for k in kinds if k and k.national_number_pattern]


def _likely(text: str, regions: tuple[str | None, ...]) -> Sequence[str | None]:
    """Those of the regions whose numbers have such digits: a parse for each costs much more."""
    digits = _digits(_EXTENSION.sub("", text))
    if None in regions or not digits or "+" in text:
        return regions
    found = _numbering(regions).Match(digits) or ()
    return [regions[number] for number in sorted(found)]


@cache
def _numbering(regions: tuple[str, ...]) -> Any:
    """One automaton over the numbers of all regions, with and without what is dialled before
    them; wider than what is valid."""
    import re2
    from phonenumbers import PhoneMetadata

    every = re2.Set.FullMatchSet()
    for region in regions:
        every.Add(_dialled(PhoneMetadata.metadata_for_region(region, None)))
    every.Compile()
    return every


def _dialled(plan: Any) -> str:
    """What a number of a region looks like; any digits where its plan tells too little."""
    from phonenumbers import PhoneMetadata, region_codes_for_country_code

    before = (plan.national_prefix_for_parsing or "") if plan else "$"
    if "$" in before:
        return "[0-9]+"  # local numbers, to which an area code is added
    if plan.national_prefix_transform_rule:
        before = "[0-9]{0,12}?"  # which of these digits belong to the number is a rule of its own
    # A number of any region with the same country code is valid in this one.
    codes = region_codes_for_country_code(plan.country_code)
    plans: list[Any] = [PhoneMetadata.metadata_for_region(code, plan) for code in codes]
    numbers = "|".join(sorted({p.general_desc.national_number_pattern for p in plans}))
    abroad = f"(?:{plan.international_prefix})[0-9]+|" if plan.international_prefix else ""
    return f"{abroad}(?:{plan.country_code})?(?:{before})?(?:{numbers})"


def phone_possible(text: str) -> str | None:
    """A number with a country code that exists, of a length that exists there."""
    import phonenumbers

    written = "+" + text[2:] if text.startswith("00") else text
    try:
        number = phonenumbers.parse(_EXTENSION.sub("", written), None)
    except phonenumbers.NumberParseException:
        return None
    size = len(str(number.national_number))
    if not phonenumbers.is_possible_number(number) and not 8 <= size <= 11:
        return None
    if number.country_code == 1 and size < 10:
        return None
    return f"country code +{number.country_code}"


def phone_nanp(text: str) -> str | None:
    """Area code and exchange of North America: neither starts with 0 or 1, nor ends in 11."""
    digits = _digits(_EXTENSION.sub("", text))
    digits = digits.removeprefix("00") if len(digits) == 13 else digits
    digits = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    fine = len(digits) == 10 and digits[0] > "1" and digits[1:3] != "11" and len(set(digits)) > 2
    return "North American number" if fine and digits[3:6] != "000" else None


PROOFS: dict[str, Callable[[str], str | None]] = {
    "phone": phone,
    "phone-national": phone_national,
    "phone-grouped": phone_grouped,
    "phone-possible": phone_possible,
    "phone-nanp": phone_nanp,
    "msisdn": lambda text: phone(f"+{text}"),
}
