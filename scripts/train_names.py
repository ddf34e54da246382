"""Trains the embedded name recogniser and writes it to `rules/names/`.

    python scripts/train_names.py train.jsonl.gz [--epochs N] [--out FOLDER]

The labelled text is one JSON object a line, `{"source", "text", "spans": [[start, end, label]]}`
with spans in code points; `docs/names-model.md` says which corpora it was made of.  Sentences made
of templates are added, others in each epoch.  One thread and fixed seeds: the same versions on the
same kind of processor give the same files.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
os.environ.setdefault("OMP_NUM_THREADS", "1")

from names import lists, real, synthetic  # noqa: E402 - the path is set above

from scanner.detectors import _names_model as model  # noqa: E402

_WITHOUT = 15  # per cent of all names that are kept for the evaluation
_UNLISTED = 25  # per cent of listed names that training is not told of, so that context counts
_WORDS = 1500  # of one batch
_RATE, _DROP = 0.001, 0.15
_TWICE = ("ewt_dev", "pud")  # little of it, and the most like what is scanned: e-mail, news
_MADE = (10_000, 6_000, 8_000)  # sentences of an epoch: English, other languages, without names
_POSTED = 0.06  # of those that get handles, tags and links
_PLAIN = re.compile(r"[^\W\d_]+")
_LINK = re.compile(r"\S*[@/#_]\S*|\w+(?:\.\w+)+")

Labelled = synthetic.Labelled
_Sourced = Sequence[tuple[str, Labelled]]


def main() -> None:
    args = _arguments()
    every = list(real.read(args.data))
    train = [(source, one) for source, one in every if not real.held_out(source, one[0])]
    train += [(source, one) for source, one in train if source in _TWICE]
    listed = lists.classes(_common(train))
    _write_words(args.out, listed)
    train = [(source, real.mended(one) if source == "gum" else one) for source, one in train]
    told = {w: _told(w, classes) for w, classes in listed.items()}
    varier = real.Varier(7, listed, _WITHOUT)
    _train(model.blank(told), every, train, varier, args)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=model.folder())
    parser.add_argument("--stop", type=int, default=99, help="end after so many of the epochs")
    parser.add_argument("--start", type=Path, help="the folder of a model to go on with")
    parser.add_argument("--limit", type=int, default=0, help="sentences an epoch, to try it out")
    return parser.parse_args()


def _common(train: _Sourced) -> list[str]:
    """Words that stand in lower case outside of names, in real text or in templates."""
    ordinary, names = Counter[str](), Counter[str]()
    for _, (text, spans) in train:
        masked = _LINK.sub(lambda link: " " * len(link[0]), text)
        for start, end, label in spans:
            masked = masked[:start] + " " * (end - start) + masked[end:]
            if label == "PERSON":
                names.update(_PLAIN.findall(text[start:end].lower()))
        ordinary.update(w for w in _PLAIN.findall(masked) if w.islower())
    spoken, always = (
        {w for w in _PLAIN.findall(" ".join(synthetic.templates(name))) if w.islower()}
        for name in ("world.txt", "none.txt")
    )
    ordinary.update({word: 2 for word in spoken})
    # Of people who are often named some are named in lower case, or escaped the annotators.
    return sorted(always | {w for w, n in ordinary.items() if n > 1 and n * 3 > names[w]})


def _told(word: str, classes: int) -> int:
    names = model.FIRST | model.LAST
    return classes & ~names if lists.hidden(word, _UNLISTED, "untold") else classes


def _write_words(out: Path, listed: dict[str, int]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{word}\t{classes}\n" for word, classes in listed.items())
    names = "\n".join(lists.well_known(listed))
    (out / "first_names.txt").write_text(f"{names}\n", "utf-8")
    # No name and no time in the file: the same words give the same bytes.
    packed = gzip.compress(text.encode(), 9, mtime=0)
    (out / "words.txt.gz").write_bytes(packed)


def _train(
    nlp: Any, every: _Sourced, train: _Sourced, varier: real.Varier, args: argparse.Namespace
) -> None:
    from thinc.api import Adam, fix_random_seed

    fix_random_seed(0)
    ner = nlp.get_pipe("ner")
    for label in model.LABELS:
        ner.add_label(label)
    total = (len(train) + sum(_MADE)) * args.epochs
    first = [_example(nlp, text, spans) for _, (text, spans) in train[:50]]
    nlp.initialize(lambda: first)
    if args.start:
        ner.from_disk(args.start, exclude=["vocab"])
    optimizer = Adam(_RATE, L2=0.01, grad_clip=1.0)
    done, began = 0, time.process_time()
    for epoch in range(min(args.epochs, args.stop)):
        loss: dict[str, float] = {}
        for batch in _batches(nlp, _epoch(train, varier, epoch)[: args.limit or None]):
            optimizer.learn_rate = _RATE * _pace(done / total)
            nlp.update(batch, sgd=optimizer, drop=_DROP, losses=loss)
            done += len(batch)
        spent = time.process_time() - began
        print(f"epoch {epoch}: {done} of {total}, loss {loss['ner']:.0f}, {spent:.0f} s")  # noqa: T201
        # The mean of the latest weights is steadier than the last of them.
        with nlp.use_params(optimizer.averages):
            ner.to_disk(args.out / "model", exclude=["vocab"])
            _say(nlp, every, str(epoch))


def _pace(done: float) -> float:
    """The share of the full rate: up, level, then down to nothing at the end."""
    return min(done / 0.02 + 0.01, 1.0, max(0.01, (1 - done) / 0.6))


def _epoch(train: _Sourced, varier: real.Varier, epoch: int) -> list[Labelled]:
    rng = random.Random(epoch)  # noqa: S311
    order = list(train)
    rng.shuffle(order)
    texts = list(varier.epoch(order))
    made = synthetic.Maker(1000 + epoch, _WITHOUT).sentences(*_MADE)
    texts += (varier.posted(one) if rng.random() < _POSTED else one for one in made)
    rng.shuffle(texts)
    return texts


def _batches(nlp: Any, texts: Iterable[Labelled]) -> Iterator[list[Any]]:
    batch, size = list[Any](), 0
    for text, spans in texts:
        example = _example(nlp, text, spans)
        batch.append(example)
        size += len(example.predicted)
        if size >= _WORDS:
            yield batch
            batch, size = [], 0


def _example(nlp: Any, text: str, spans: Iterable[synthetic.Span]) -> Any:
    from spacy.training import Example
    from spacy.util import filter_spans

    predicted, reference = nlp.make_doc(text), nlp.make_doc(text)
    found = (reference.char_span(a, b, label, alignment_mode="expand") for a, b, label in spans)
    reference.set_ents(filter_spans([span for span in found if span is not None]))
    return Example(predicted, reference)


def _say(nlp: Any, every: _Sourced, when: str) -> None:
    """Print precision and recall by source, any overlap, on what was not trained on."""
    by_source: defaultdict[str, list[Labelled]] = defaultdict(list)
    for source, one in every:
        if real.held_out(source, one[0]):
            by_source["crossner" if "crossner" in source else source].append(one)
    by_source["made"] = list(synthetic.Maker(99).sentences(500, 300, 200))
    for source, texts in by_source.items():
        docs = list(nlp.pipe([text for text, _ in texts], batch_size=256))
        scores = " ".join(_score(docs, texts, label) for label in model.LABELS)
        print(f"  {when} {source:24} {scores}", flush=True)  # noqa: T201


def _score(docs: Sequence[Any], texts: Sequence[Labelled], label: str) -> str:
    hit = found = right = wanted = 0
    for doc, (_, spans) in zip(docs, texts, strict=True):
        got = [(e.start_char, e.end_char) for e in doc.ents if e.label_ == label]
        gold = [(a, b) for a, b, kind in spans if kind == label]
        found, wanted = found + len(got), wanted + len(gold)
        right += sum(any(a < d and c < b for c, d in gold) for a, b in got)
        hit += sum(any(a < d and c < b for c, d in got) for a, b in gold)
    return f"{label[:3]} {right / max(found, 1):.2f}/{hit / max(wanted, 1):.2f}"


if __name__ == "__main__":
    main()
