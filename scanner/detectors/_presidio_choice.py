"""Which presidio recognizers run: a quiet set of our choice, or those that the options name."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner import suggest
from scanner.errors import UsageError


@dataclass(frozen=True, slots=True)
class Choice:
    """A recognizer, and the words of which one must stand near a match or in its label."""

    recognizer: Any
    need: tuple[str, ...] = ()


# Numbers of persons with a check digit or an unmistakable form.  One number in ten or so
# passes a check digit, so most of them count only where something says what they are.
# InPan is left out: one of its expressions takes time quadratic in the text (8 s for 40 kB).
QUIET: dict[str, tuple[str, ...]] = {
    "AuAbnRecognizer": ("abn", "australian business number"),
    "AuMedicareRecognizer": ("medicare",),
    "AuTfnRecognizer": ("tfn", "tax file number"),
    "CaSinRecognizer": ("sin number", "social insurance", "social insurance number", "ca sin"),
    "DeHealthInsuranceRecognizer": (
        *("kvnr", "krankenversichertennummer", "krankenversicherungsnummer"),
        *("versichertennummer", "gesundheitskarte", "krankenkasse"),
    ),
    "DeIdCardRecognizer": ("personalausweis", "personalausweisnummer", "ausweisnummer"),
    "DePassportRecognizer": ("reisepass", "reisepassnummer", "passnummer"),
    "DeSocialSecurityRecognizer": (
        *("svnr", "rvnr", "sv nummer", "sozialversicherungsnummer"),
        *("rentenversicherungsnummer", "versicherungsnummer"),
    ),
    "DeTaxIdRecognizer": ("steuer id", "steuerid", "idnr", "steueridentifikationsnummer"),
    "EsNieRecognizer": ("nie", "n\u00famero de identificaci\u00f3n de extranjero"),
    "EsNifRecognizer": ("dni", "nif", "documento nacional de identidad"),
    "FiPersonalIdentityCodeRecognizer": (
        *("hetu", "henkil\u00f6tunnus", "personbeteckning", "personal identity code"),
    ),
    "InAadhaarRecognizer": ("aadhaar", "aadhar", "uidai"),
    "InVoterRecognizer": ("voter", "voter id", "elector photo identity card"),
    "ItFiscalCodeRecognizer": ("codice fiscale", "cod fiscale", "fiscal code"),
    "KrFrnRecognizer": ("frn", "foreigner registration number", "외국인등록번호"),
    "KrRrnRecognizer": ("rrn", "resident registration number", "주민등록번호"),
    "NgNinRecognizer": ("nin", "nimc", "national identification number"),
    "PlPeselRecognizer": ("pesel",),
    "SePersonnummerRecognizer": ("personnummer", "samordningsnummer", "swedish id"),
    "SgFinRecognizer": ("nric", "fin", "nric fin"),
    "ThTninRecognizer": ("tnin", "thai id", "thai national id", "เลขประจำตัวประชาชน"),
    "TrNationalIdRecognizer": ("tckn", "tc kimlik", "kimlik no", "turkish id"),
    "UkDrivingLicenceRecognizer": (
        *("driving licence", "driving license", "driver licence", "driver license", "dvla"),
    ),
    "UkNinoRecognizer": ("nino", "ni number", "national insurance", "national insurance number"),
    "UsItinRecognizer": ("itin", "individual taxpayer", "taxpayer identification number"),
    "UsMbiRecognizer": ("mbi", "medicare", "medicare beneficiary identifier"),
    "ZaIdNumberRecognizer": ("south african id", "rsa id", "sa id", "za id"),
}


def chosen(options: Mapping[str, Any], folder: str) -> list[Choice]:
    """The recognizers that the options ask for; what they name needs no words of ours.

    Raises UsageError for what is unknown, not a pattern recognizer, or does not load.
    """
    named = options.get("recognizers")
    if named is None and "registry" not in options:
        found = list(_quiet_set())
    else:
        found = [Choice(r) for r in (*_named(named or [], folder), *_registry(options, folder))]
    languages = options.get("languages")
    if languages is None:
        return found
    return [c for c in found if c.recognizer.supported_language in _list(languages, "languages")]


def _quiet_set() -> Iterator[Choice]:
    known = _built_in()
    for name, need in QUIET.items():
        if name in known:  # presidio may drop one in a later version
            yield Choice(known[name](), need)


def _built_in() -> dict[str, type[Any]]:
    from presidio_analyzer import predefined_recognizers

    return {name: k for name, k in vars(predefined_recognizers).items() if _is_pattern(k)}


def _is_pattern(kind: object) -> bool:
    from presidio_analyzer import PatternRecognizer

    own = inspect.isclass(kind) and issubclass(kind, PatternRecognizer)
    return own and kind is not PatternRecognizer


def _is_own(kind: object) -> bool:
    """A class of the user's, of patterns or with an `analyze` of its own on text alone."""
    from presidio_analyzer import EntityRecognizer, LocalRecognizer, PatternRecognizer

    given = inspect.isclass(kind) and issubclass(kind, EntityRecognizer)
    return given and kind not in (EntityRecognizer, LocalRecognizer, PatternRecognizer)


def _needs_no_model(recognizer: Any) -> bool:
    """False for those that ask a language model or a service: `pii.ner` is for them."""
    from presidio_analyzer import PatternRecognizer, RemoteRecognizer

    name = type(recognizer).__name__
    if isinstance(recognizer, PatternRecognizer) or name == "PhoneRecognizer":
        return True
    foreign = not type(recognizer).__module__.startswith("presidio_analyzer.")
    return foreign and not isinstance(recognizer, RemoteRecognizer)


def _named(given: Any, folder: str) -> Iterator[Any]:
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer

    known: dict[str, type[Any]] = {**_built_in(), "PhoneRecognizer": PhoneRecognizer}
    for name in known if given == "all" else _list(given, "recognizers"):
        yield from _one(str(name), known, folder)


def _one(name: str, known: Mapping[str, type[Any]], folder: str) -> Iterator[Any]:
    if ":" in name:
        yield _own(name, folder)
    elif name in known:
        yield known[name]()
    else:
        what = f"presidio has no pattern recognizer {suggest.plain(name)}"
        raise UsageError(what, "option recognizers", suggest.hint(name, known))


def _own(name: str, folder: str) -> Any:
    module, _, attribute = name.rpartition(":")
    try:
        kind = getattr(_module(module, folder), attribute)
        made = kind() if _is_own(kind) else None
    except Exception as error:  # noqa: BLE001 - foreign code; any failure is the caller's module
        what = f"the recognizer could not be loaded ({type(error).__name__})"
        hint = "build it in Python by itself, without arguments, to see the failure"
        raise UsageError(what, name, hint) from None
    if made is None or not _needs_no_model(made):
        raise UsageError("this is not a pattern recognizer", name, _DERIVE)
    return made


def _module(name: str, folder: str) -> Any:
    """A module by name, or the file of a path that ends in `.py`."""
    if not name.endswith(".py"):
        return importlib.import_module(name)
    path = Path(folder, name)
    made = f"leakgate_recognizers_{path.stem}"
    spec = importlib.util.spec_from_file_location(made, path)
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[made] = module  # where pickle and dataclasses look for it
    spec.loader.exec_module(module)
    return module


_DERIVE = "derive the class from presidio_analyzer.PatternRecognizer, or LocalRecognizer"


def _registry(options: Mapping[str, Any], folder: str) -> list[Any]:
    """The recognizers of a registry file in presidio's own form."""
    if "registry" not in options:
        return []
    path = Path(folder, str(options["registry"]))
    if not path.is_file():
        raise UsageError("there is no such file", str(path), "give the path of a registry file")
    found = [r for r in _load(path) if "nlp_engine" not in type(r).__module__]
    for recognizer in found:
        if not _needs_no_model(recognizer):
            what = f"{recognizer.name} is not a pattern recognizer"
            raise UsageError(what, str(path), "leave it out of the registry file")
    return found


def _load(path: Path) -> list[Any]:
    from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider

    try:
        registry = RecognizerRegistryProvider(conf_file=str(path)).create_recognizer_registry()
    except Exception as error:  # noqa: BLE001 - a library; any failure is the caller's file
        what = f"presidio cannot read this registry ({type(error).__name__})"
        raise UsageError(what, str(path), "check it against presidio's documentation") from None
    return list(registry.recognizers)


def _list(given: Any, option: str) -> list[Any]:
    if isinstance(given, str) or not isinstance(given, (list, tuple)):
        raise UsageError(f"`{option}` must be a list", hint=f"write {option}: [...]")
    return list(given)
