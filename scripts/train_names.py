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
import hashlib
import json
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

from names import lists, synthetic  # noqa: E402 - the path is set above

from scanner.detectors import _names_model as model  # noqa: E402

DEV = "btc_dev"
_HELD_OUT = 8  # per cent of the sentences of each source that are never trained on
_UNLISTED = 25  # per cent of listed names that training is not told of, so that context counts
_WORDS = 1500  # of one batch
_RATE = 0.0015
_TWICE = ("ewt_dev", "pud")  # little of it, and the most like what is scanned: e-mail, news
_MADE = (20_000, 12_000, 9_000)  # sentences of an epoch: English, other languages, without names
_PLAIN = re.compile(r"[^\W\d_]+")

Labelled = synthetic.Labelled


def main() -> None:
    args = _arguments()
    real = list(_read(args.data))
    train = [(s, one) for s, one in real if s != DEV and not _held_out(one[0])]
    train += [(s, one) for s, one in train if s in _TWICE]
    listed = lists.classes(_common(train))
    _write_words(args.out, listed)
    told = {w: _told(w, classes) for w, classes in listed.items()}
    nlp = model.blank(told)
    texts = [one for _, one in train]
    if args.start:
        nlp.get_pipe("ner").from_disk(args.start / "model", exclude=["vocab"])
    else:
        _train(nlp, texts, args)
    if args.cool:
        _cool(nlp, texts, args)
    nlp.get_pipe("ner").to_disk(args.out / "model", exclude=["vocab"])
    _say(nlp, real, "end")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--out", type=Path, default=model.folder())
    parser.add_argument("--stop", type=int, default=99, help="end after so many of the epochs")
    parser.add_argument("--cool", type=int, default=0, help="then steps at a falling rate")
    parser.add_argument("--start", type=Path, help="a folder with a model to cool")
    parser.add_argument("--limit", type=int, default=0, help="sentences an epoch, to try it out")
    return parser.parse_args()


def _read(path: Path) -> Iterator[tuple[str, Labelled]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            yield row["source"], (row["text"], [tuple(span) for span in row["spans"]])


def _held_out(text: str) -> bool:
    return hashlib.blake2b(text.encode(), digest_size=1).digest()[0] * 100 < _HELD_OUT * 256


def _common(train: Iterable[tuple[str, Labelled]]) -> list[str]:
    """Words that stand in lower case outside of names, in real text or in templates."""
    counts: Counter[str] = Counter()
    for _, (text, spans) in train:
        masked = list(text)
        for start, end, _label in spans:
            masked[start:end] = " " * (end - start)
        counts.update(w for w in _PLAIN.findall("".join(masked)) if w.islower())
    for name in ("world.txt", "none.txt"):
        counts.update(
            {w: 2 for w in _PLAIN.findall(" ".join(synthetic.templates(name))) if w.islower()}
        )
    return [word for word, count in counts.items() if count > 1]


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


def _train(nlp: Any, real: Sequence[Labelled], args: argparse.Namespace) -> None:
    from thinc.api import Adam, fix_random_seed

    fix_random_seed(0)
    ner = nlp.get_pipe("ner")
    for label in model.LABELS:
        ner.add_label(label)
    total = (len(real) + sum(_MADE)) * args.epochs
    first = [_example(nlp, text, spans) for text, spans in real[:50]]
    nlp.initialize(lambda: first)
    optimizer = Adam(_RATE, L2=0.01, grad_clip=1.0)
    done, steps, began = 0, 0, time.process_time()
    expected = total * 14.5 / _WORDS
    for epoch in range(min(args.epochs, args.stop)):
        loss: dict[str, float] = {}
        for batch in _batches(nlp, _epoch(real, epoch, args.limit)):
            optimizer.learn_rate = _RATE * _pace(steps, expected)
            nlp.update(batch, sgd=optimizer, drop=0.1, losses=loss)
            steps, done = steps + 1, done + len(batch)
        spent = time.process_time() - began
        print(  # noqa: T201
            f"epoch {epoch}: {steps} steps of {expected:.0f}, {done} of {total} sentences, "
            f"loss {loss['ner']:.0f}, {spent:.0f} s",
            flush=True,
        )
        ner.to_disk(args.out / "model", exclude=["vocab"])
        _say(nlp, list(_read(args.data)), str(epoch))


def _cool(nlp: Any, real: Sequence[Labelled], args: argparse.Namespace) -> None:
    """Settle a model that was stopped at a high rate."""
    from thinc.api import Adam, fix_random_seed

    fix_random_seed(1)
    optimizer = Adam(_RATE, L2=0.01, grad_clip=1.0)
    batches = _batches(nlp, _epoch(real, args.epochs, 0))
    for step, batch in zip(range(args.cool), batches, strict=False):
        optimizer.learn_rate = 0.7 * _RATE * min((step + 1) / 20, 1 - step / args.cool)
        nlp.update(batch, sgd=optimizer, drop=0.1)


def _pace(step: int, expected: float) -> float:
    """The share of the full rate: up in 250 steps, then down to nothing at the end."""
    return min((step + 1) / 250, max(0.005, 1 - step / expected))


def _epoch(real: Sequence[Labelled], epoch: int, limit: int) -> list[Labelled]:
    rng = random.Random(epoch)  # noqa: S311
    texts = list(_varied(real, rng))
    texts += synthetic.Maker(1000 + epoch, without=15).sentences(*_MADE)
    rng.shuffle(texts)
    return texts[:limit] if limit else texts


def _varied(real: Sequence[Labelled], rng: random.Random) -> Iterator[Labelled]:
    """Real text, now and then two sentences as one, or in lower case."""
    before: Labelled | None = None
    for text, spans in real:
        case = rng.random()
        if case < 0.04 and len(text.lower()) == len(text):
            yield text.lower(), spans
            continue
        if before is not None:
            shift = len(before[0]) + 1
            moved = [(a + shift, b + shift, label) for a, b, label in spans]
            yield f"{before[0]} {text}", before[1] + moved
            before = None
        elif case > 0.85:
            before = text, spans
        else:
            yield text, spans


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


def _say(nlp: Any, real: Iterable[tuple[str, Labelled]], when: str) -> None:
    """Print precision and recall by source, any overlap, on what was not trained on."""
    by_source: defaultdict[str, list[Labelled]] = defaultdict(list)
    for source, one in real:
        if source == DEV or _held_out(one[0]):
            by_source[source.partition("_")[0] if "crossner" in source else source].append(one)
    by_source["made"] = list(synthetic.Maker(99).sentences(500, 300, 200))
    for source, texts in by_source.items():
        began = time.process_time()
        docs = list(nlp.pipe([text for text, _ in texts], batch_size=256))
        rate = sum(map(len, docs)) / (time.process_time() - began)
        scores = " ".join(_score(docs, texts, label) for label in model.LABELS)
        print(f"  {when} {source:24} {scores} ({rate:.0f} words/s)", flush=True)  # noqa: T201


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
