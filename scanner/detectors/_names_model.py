"""The embedded name recogniser: a small spaCy pipeline, and how it is put together.

A blank multi-language tokenizer that also splits scripts written without spaces, word classes
from a list (`rules/names/words.txt.gz`) as one more feature of each word, a CNN and spaCy's
transition-based recogniser.  `scripts/train_names.py` trains the very pipeline made here.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FIRST, LAST, PLACE, COMMON = 1, 2, 4, 8  # classes of a word; they add up
LABELS = ("ADDRESS", "LOCATION", "ORGANIZATION", "PERSON")
_WIDTH, _DEPTH = 96, 4
_ROWS = {"NORM": 8000, "PREFIX": 1000, "SUFFIX": 2500, "SHAPE": 2000, "LANG": 64}

_EAGER = 0.9  # chosen on the development set: recall of tweets against precision

# Scripts written without spaces between words: each character is a word of its own.
_UNSPACED = "[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]"


def folder() -> Path:
    """Where the model and its word list lie."""
    import rules

    return Path(next(iter(rules.__path__))) / "names"


@cache
def words() -> Mapping[str, int]:
    """The classes of listed words, by the word in lower case."""
    with gzip.open(folder() / "words.txt.gz", "rt", encoding="utf-8") as lines:
        pairs = (line.rstrip("\n").split("\t") for line in lines)
        return {word: int(classes) for word, classes in pairs}


@cache
def well_known() -> frozenset[str]:
    """First names that are usual in several countries, in lower case."""
    return frozenset((folder() / "first_names.txt").read_text("utf-8").split())


def blank(listed: Mapping[str, int]) -> Any:
    """An untrained pipeline whose words know their classes."""
    import spacy
    from spacy.attrs import LANG

    nlp: Any = spacy.blank("xx")
    _split_unspaced(nlp)
    # LANG is the one attribute of a word that nothing else needs in a one-language pipeline.
    nlp.vocab.lex_attr_getters[LANG] = lambda word: listed.get(word.lower(), 0) + 1
    for lexeme in nlp.vocab:
        lexeme.lang = listed.get(lexeme.lower_, 0) + 1
    nlp.add_pipe("ner", config={"model": _architecture()})
    return nlp


def trained() -> Any:
    """The pipeline as it is shipped."""
    nlp = blank(words())
    ner = nlp.get_pipe("ner")
    for label in LABELS:
        ner.add_label(label)
    ner.from_disk(folder() / "model", exclude=["vocab"])
    _make_eager(ner)
    return nlp


def _make_eager(ner: Any) -> None:
    """Take a little from the score of "no entity": the validator behind can afford it."""
    upper = ner.model.get_ref("upper")
    bias = upper.get_param("b").copy()
    names = [ner.moves.get_class_name(number) for number in range(ner.moves.n_moves)]
    bias[names.index("O")] -= _EAGER
    upper.set_param("b", bias)


def _split_unspaced(nlp: Any) -> None:
    from spacy.util import compile_infix_regex

    infixes = [*nlp.Defaults.infixes, _UNSPACED]
    nlp.tokenizer.infix_finditer = compile_infix_regex(infixes).finditer


def _architecture() -> dict[str, Any]:
    tok2vec = {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {
            "@architectures": "spacy.MultiHashEmbed.v2",
            "width": _WIDTH,
            "attrs": list(_ROWS),
            "rows": list(_ROWS.values()),
            "include_static_vectors": False,
        },
        "encode": {
            "@architectures": "spacy.MaxoutWindowEncoder.v2",
            "width": _WIDTH,
            "depth": _DEPTH,
            "window_size": 1,
            "maxout_pieces": 2,
        },
    }
    return {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "ner",
        "extra_state_tokens": False,
        "hidden_width": 64,
        "maxout_pieces": 2,
        "use_upper": True,
        "tok2vec": tok2vec,
    }
