"""Probes: what a model can tell from what it should not need, and how much the corpus repeats itself.

Only its command and the dataset card import this module. Every figure is computed from a release; scores are means over
cross-validation folds that keep sites (or events) together.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from etabli.documents import Record, without
from etabli.labels import TOPICS
from etabli.stats import Table, article_words, furniture_share

_WORD = re.compile(r"\w+")
_SENTENCE = re.compile(r"[.!?…\n]+")
_FOLDS = 5
_GRAM = 6
_OPENING = 4


def _article(record: Record) -> str:
    return "\n".join(record.text[a:b] for a, b in without(record.text, record.gold.boilerplate))


def _furniture(record: Record) -> str:
    return "\n".join(record.text[s.start : s.end] for s in record.gold.boilerplate)


VIEWS: dict[str, Callable[[Record], str]] = {
    "the article": _article,
    "the title only": lambda r: r.page.title,
    "the furniture only": _furniture,
    "the site's name only": lambda r: r.page.site,
}


def _macro_f1(
    x: Sequence[str] | NDArray[np.float64], y: NDArray[np.bool_], groups: Sequence[str], model: Callable[[], object]
) -> float:
    told = np.zeros(len(y), dtype=bool)
    for train, test in GroupKFold(min(_FOLDS, len(set(groups)))).split(y, y, groups):
        if len(set(y[train])) < 2:
            continue
        fitted = model()
        seen = [x[i] for i in train] if isinstance(x, list) else x[train]
        asked = [x[i] for i in test] if isinstance(x, list) else x[test]
        told[test] = fitted.fit(seen, y[train]).predict(asked)  # type: ignore[attr-defined]
    return float(f1_score(y, told, zero_division=0))


def _text_model() -> object:
    return make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\w+"),  # noqa: S106
        LogisticRegression(C=10, class_weight="balanced", max_iter=2000),
    )


def topics_from(records: Sequence[Record]) -> Table:
    """Macro-F1 of topics from parts of a page, by a linear model, folds over events."""
    groups = [record.page.events[0] for record in records]
    targets = [np.array([topic in record.gold.topics for record in records]) for topic in TOPICS]
    rows: list[tuple[str | int, ...]] = []
    for name, view in VIEWS.items():
        texts = [view(record) or "vide" for record in records]
        scores = [_macro_f1(texts, y, groups, _text_model) for y in targets]
        rows.append((name, *(f"{score:.3f}" for score in (*scores, float(np.mean(scores))))))
    sizes = np.array([[article_words(r), len(r.text), furniture_share(r)] for r in records], dtype=float)
    length = [
        _macro_f1(
            sizes,
            y,
            groups,
            lambda: make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced")),
        )
        for y in targets
    ]
    rows.append(("lengths only", *(f"{score:.3f}" for score in (*length, float(np.mean(length))))))
    chance = [_macro_f1(sizes, y, groups, lambda: DummyClassifier(strategy="constant", constant=True)) for y in targets]
    rows.append(("saying yes always", *(f"{score:.3f}" for score in (*chance, float(np.mean(chance))))))
    return Table("Topics from parts of a page (F1 per topic, macro-F1)", ("seen", *TOPICS, "macro"), tuple(rows))


def briefs_from_style(records: Sequence[Record], briefs: Sequence[str], function_words: Sequence[str]) -> Table:
    """Accuracy in telling the writing brief from function words and lengths, against the commonest brief."""
    y = np.array(briefs)
    styles = []
    for record in records:
        text = _article(record)
        words = [word.casefold() for word in _WORD.findall(text)]
        sentences = [len(_WORD.findall(s)) for s in _SENTENCE.split(text) if len(_WORD.findall(s)) > 2]
        rates = [words.count(word) / max(len(words), 1) for word in function_words]
        shape = [np.mean(sentences or [0]), np.std(sentences or [0]), np.mean([len(w) for w in words] or [0])]
        styles.append([*rates, *map(float, shape)])
    x = np.array(styles)
    folds = np.random.default_rng(0).integers(0, _FOLDS, len(y))
    told = np.empty_like(y)
    for fold in range(_FOLDS):
        here = folds == fold
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=3000, C=0.3))
        told[here] = model.fit(x[~here], y[~here]).predict(x[here])
    commonest = max(list(y).count(b) for b in set(y)) / len(y)
    row = (len(set(briefs)), f"{float((told == y).mean()):.3f}", f"{commonest:.3f}")
    return Table(
        "Telling a writing brief by function words and lengths",
        ("briefs", "accuracy", "commonest brief"),
        (row,),
    )


def repeats(records: Sequence[Record], most: int = 20) -> list[Table]:
    """The word 6-grams and sentence openings that stand in the most articles."""
    grams: dict[str, set[str]] = defaultdict(set)
    openings: dict[str, set[str]] = defaultdict(set)
    for record in records:
        for words in _sentences(_article(record)):
            for i in range(len(words) - _GRAM + 1):
                gram = words[i : i + _GRAM]
                if sum(word.isdigit() for word in gram) < 3:
                    grams[" ".join(gram)].add(record.id)
            if len(words) > _OPENING + 3:
                openings[" ".join(words[:_OPENING])].add(record.id)
    return [
        Table(title, (head, "articles"), tuple(_most(found, most)))
        for title, head, found in (
            ("Word 6-grams in the most articles", "6-gram", grams),
            ("Sentence openings in the most articles", "opening", openings),
        )
    ]


def _sentences(text: str) -> Iterator[list[str]]:
    for sentence in _SENTENCE.split(text):
        yield _WORD.findall(sentence.casefold())


def _most(found: dict[str, set[str]], most: int) -> list[tuple[str, int]]:
    ranked = sorted(((len(ids), text) for text, ids in found.items() if len(ids) > 1), key=lambda r: (-r[0], r[1]))
    return [(text, count) for count, text in ranked[:most]]


def shared(records: Sequence[Record]) -> Table:
    """What train and test share: entity surfaces, main companies, word 6-grams of articles."""
    parts = {split: [r for r in records if r.page.split == split] for split in ("train", "test")}

    def of(make: Callable[[Record], set[str]]) -> tuple[int, int, int, str]:
        train, test = (set().union(*(make(r) for r in parts[split])) for split in ("train", "test"))
        both = len(train & test)
        return len(train), len(test), both, f"{both / max(len(test), 1):.1%}"

    def sixes(record: Record) -> set[str]:
        return {" ".join(w[i : i + _GRAM]) for w in _sentences(_article(record)) for i in range(len(w) - _GRAM + 1)}

    rows = (
        ("entity surfaces", *of(lambda r: {r.text[s.start : s.end].casefold() for s in r.gold.entities})),
        ("main companies", *of(lambda r: {name.casefold() for name in r.page.companies})),
        ("word 6-grams", *of(sixes)),
        ("events", *of(lambda r: set(r.page.events))),
        ("sites", *of(lambda r: {r.page.site})),
    )
    return Table("Shared between train and test", ("", "train", "test", "both", "of test"), rows)
