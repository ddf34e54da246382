"""What reads texts for names: the embedded model, an installed spaCy package, or presidio.

Nothing is ever downloaded: what is not installed is a configuration error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from scanner.detectors import _names_model
from scanner.errors import UsageError

_CHUNK = 4_000  # code points that are read together; longer texts are cut between words
_BATCH = 256
_ENTITIES = {
    **dict.fromkeys(("PERSON", "PER", "PERS", "B-PER", "I-PER"), "PERSON"),
    **dict.fromkeys(("ADDRESS", "STREET_ADDRESS", "STREET"), "ADDRESS"),
    **dict.fromkeys(("LOCATION", "LOC", "GPE", "FAC"), "LOCATION"),
}
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+|[^\w\s]")


@dataclass(frozen=True, slots=True, repr=False)
class Span:
    """Code points of a text, and PERSON, ADDRESS or LOCATION."""

    start: int
    end: int
    label: str


class Backend(Protocol):
    """Reads texts; loaded when it is first asked."""

    def read(self, texts: Sequence[str]) -> list[list[Span]]:
        """The spans of each text, in order."""
        ...


def count_of(text: str) -> int:
    """How many words a text has, for the budget; punctuation counts as words."""
    return sum(1 for _ in _WORD.finditer(text))


def backend(ner: str, folder: str, conf: str = "") -> Backend:
    """The backend that the policy names.  Raises UsageError when it is not installed."""
    if ner == "embedded":
        return _Spacy(_names_model.trained)
    if ner == "presidio":
        return _presidio(Path(folder, conf) if conf else None)
    return _Spacy(partial(_load, _package_or_path(ner, folder)))


# spaCy -----------------------------------------------------------------------------------


class _Spacy:
    """A spaCy pipeline."""

    def __init__(self, load: Any) -> None:
        self._load = load
        self._nlp: Any = None

    def read(self, texts: Sequence[str]) -> list[list[Span]]:
        if self._nlp is None:
            self._nlp = self._load()
        chunks = [(row, at, part) for row, text in enumerate(texts) for at, part in _parts(text)]
        found: list[list[Span]] = [[] for _ in texts]
        with _forgetting(self._nlp):
            docs = self._nlp.pipe((part for _, _, part in chunks), batch_size=_BATCH)
            for (row, at, _), doc in zip(chunks, docs, strict=True):
                found[row] += _spans(doc.ents, at)
        return found


def _spans(entities: Any, at: int) -> Iterator[Span]:
    for entity in entities:
        label = _ENTITIES.get(entity.label_)
        if label is not None:
            yield Span(at + entity.start_char, at + entity.end_char, label)


def _forgetting(nlp: Any) -> AbstractContextManager[Any]:
    """Where words of scanned text are dropped again: they would fill the memory for ever."""
    return nlp.memory_zone() if hasattr(nlp, "memory_zone") else nullcontext()


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """The text in parts with their offsets, cut after a line, or a word, or anywhere."""
    at = 0
    while len(text) - at > _CHUNK:
        part = text[at : at + _CHUNK]
        cut = max(part.rfind("\n"), part.rfind(". ")) + 1
        cut = cut if cut > _CHUNK // 2 else part.rfind(" ") + 1
        cut = cut if cut > _CHUNK // 2 else _CHUNK
        yield at, part[:cut]
        at += cut
    yield at, text[at:]


def _load(name: str) -> Any:
    import spacy

    try:
        nlp = spacy.load(name, exclude=["tagger", "parser", "lemmatizer", "attribute_ruler"])
    except Exception as error:  # noqa: BLE001 - a library, and foreign code in its pipelines
        raise UsageError(
            f"the spaCy pipeline could not be loaded ({type(error).__name__})",
            "detectors.names.ner",
            "load it with spacy.load() by itself to see the failure",
        ) from None
    return nlp


def _package_or_path(name: str, folder: str) -> str:
    path = Path(folder, name)
    if (path / "config.cfg").is_file():
        return str(path)
    if re.fullmatch(r"\w+", name) and find_spec(name) is not None:
        return name
    raise UsageError(
        "there is no spaCy pipeline of this name or at this path",
        "detectors.names.ner",
        "install the package (pip install en_core_web_lg, ...), give the path of a folder with a "
        "config.cfg, or write ner: embedded",
    )


# presidio --------------------------------------------------------------------------------


class _Presidio:
    """An NlpEngine of presidio."""

    def __init__(self, make: Any, language: str) -> None:
        self._make, self._language = make, language
        self._engine: Any = None

    def read(self, texts: Sequence[str]) -> list[list[Span]]:
        if self._engine is None:
            self._engine = self._make()
        chunks = [(row, at, part) for row, text in enumerate(texts) for at, part in _parts(text)]
        found: list[list[Span]] = [[] for _ in texts]
        read = self._engine.process_batch([part for _, _, part in chunks], self._language)
        for (row, at, _), (_, artifacts) in zip(chunks, read, strict=True):
            found[row] += _spans(artifacts.entities, at)
        return found


def _presidio(conf: Path | None) -> Backend:
    """presidio's engine, unless it would have to download a model."""
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    if conf is not None and not conf.is_file():
        raise UsageError("there is no such file", str(conf), "give the path of an NLP engine file")
    try:
        provider = NlpEngineProvider(conf_file=str(conf)) if conf else NlpEngineProvider()
        models = list(provider.nlp_configuration["models"])
    except Exception as error:  # noqa: BLE001 - a library; any failure is the caller's file
        what = f"presidio cannot read this NLP configuration ({type(error).__name__})"
        raise UsageError(what, str(conf), "check it against presidio's documentation") from None
    for model in models:
        _installed(model["model_name"])
    return _Presidio(provider.create_engine, models[0]["lang_code"])


def _installed(names: Any) -> None:
    for name in names.values() if isinstance(names, dict) else [names]:
        known = Path(str(name)).exists() or find_spec(str(name).partition("/")[0]) is not None
        if not known:
            raise UsageError(
                "a model that presidio's NLP engine needs is not installed",
                "detectors.names.ner",
                "install it, or give nlp_engine: a configuration with one that is",
            )
