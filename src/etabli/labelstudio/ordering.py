"""Which pages to annotate next: those of which the baselines are least sure, or on which they disagree.

A page's score is the mean of four figures between 0 and 1: the entropy of the topic probabilities (mean over
topics, in bits); the share of topics that `crf` and `linear` decide otherwise; 1 - F1 between the entities of the
two; the share of characters (not white space) that they class otherwise as furniture.
Settles and Craven, EMNLP 2008 (uncertainty and query by committee for sequences).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from etabli import loading, tagging, training
from etabli.documents import Annotation, Span
from etabli.labels import TOPICS


@dataclass(frozen=True, slots=True)
class Scored:
    """A page and how much there is to learn from it (0 to 1)."""

    page_id: str
    score: float
    uncertainty: float
    disagreement: float


def order(texts: dict[str, str]) -> list[Scored]:
    """The pages, most to learn from first. Fits `linear` and loads or fits `crf` (a minute at first)."""
    pages = list(texts.values())
    first = tagging.models().annotate(pages)
    second = training.fit_linear(loading.load()["train"]).annotate(pages)
    scored = [
        score(page_id, text, one, other)
        for (page_id, text), one, other in zip(texts.items(), first, second, strict=True)
    ]
    return sorted(scored, key=lambda one: (-one.score, one.page_id))


def score(page_id: str, text: str, one: training.Prediction, other: training.Prediction) -> Scored:
    """The score of a page from what the two baselines say of it."""
    (first, chances), (second, more) = one, other
    uncertain = sum(entropy(chances[t]) + entropy(more[t]) for t in TOPICS) / (2 * len(TOPICS))
    topics = len(set(first.topics) ^ set(second.topics)) / len(TOPICS)
    spans = len(first.entities) + len(second.entities)
    both = len(set(first.entities) & set(second.entities))
    entities = 1 - 2 * both / spans if spans else 0.0
    furniture = _furniture(text, first, second)
    disagreement = (topics + entities + furniture) / 3
    return Scored(page_id, (uncertain + topics + entities + furniture) / 4, uncertain, disagreement)


def entropy(chance: float) -> float:
    """Entropy of a yes/no choice, in bits."""
    if chance <= 0 or chance >= 1:
        return 0.0
    return -(chance * math.log2(chance) + (1 - chance) * math.log2(1 - chance))


def _furniture(text: str, first: Annotation, second: Annotation) -> float:
    shown = [place for place, character in enumerate(text) if not character.isspace()]
    one, other = _classes(text, first.boilerplate), _classes(text, second.boilerplate)
    return sum(one[place] != other[place] for place in shown) / len(shown) if shown else 0.0


def _classes(text: str, spans: Sequence[Span]) -> list[str]:
    held = [""] * len(text)
    for start, end, label in spans:
        held[start:end] = [label] * (end - start)
    return held
