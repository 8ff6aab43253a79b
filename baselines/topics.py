"""Topics: TF-IDF of an article's stems, a linear model a topic, calibrated probabilities.

A stem is a word's first six letters without accents and plural: with few pages, « usine » and « usines »,
« industriel » and « industrie » should meet. Stems of the lead (the first lines) count more, since title and lead
weigh most in the rules. Probabilities are Platt's sigmoid over cross-validated scores (Platt 1999); each topic's
threshold is chosen on held-out scores of training articles.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import combining, normalize

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import Pipeline

from etabli.baselines.gazetteers import FUNCTION_WORDS
from etabli.documents import Annotation, Span, without
from etabli.labels import OTHER, TOPICS


def _plain(text: str) -> str:
    """Case and accents folded."""
    return "".join(c for c in normalize("NFD", text.casefold()) if not combining(c))


_LEAD_LINES = 3
_FIGURE = re.compile(r"\d+")
_TOKEN = re.compile(r"[^\W\d_]{2,}(?:-[^\W\d_]+)*|0|[€%$]")  # « États-Unis » is one word, and not the State
_GRAMMAR = frozenset(_plain(word) for word in FUNCTION_WORDS)  # a writer's habit, not a topic
_STEM = 6
_SHORT = 3  # letters up to which a final s is no plural
_THRESHOLDS = np.arange(0.2, 0.61, 0.05)


def clean(text: str, furniture: Sequence[Span]) -> str:
    """The article under `furniture`: what is left, one kept stretch after the other, blank lines dropped."""
    kept = "\n".join(text[start:end] for start, end in without(text, furniture))
    return "\n".join(line for line in kept.split("\n") if line.strip())


def stems(text: str) -> list[str]:
    """First letters of each word that is no function word; case, accents, plural folded; a figure is a zero."""
    words = (word for word in _TOKEN.findall(_plain(_FIGURE.sub("0", text))) if word not in _GRAMMAR)
    return [(word.rstrip("sx") if len(word) > _SHORT else word)[:_STEM] for word in words]


@dataclass(frozen=True)
class Terms:
    """Stems of a text, those of its first lines `lead` times."""

    lead: int

    def __call__(self, text: str) -> list[str]:
        """The stems, in the order of the text."""
        lines = text.split("\n")
        head, body = lines[:_LEAD_LINES], lines[_LEAD_LINES:]
        return stems("\n".join(head)) * self.lead + stems("\n".join(body))


def best_threshold(truth: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """The middle of the thresholds whose F1 is within 0.02 of the best one, on held-out scores of training pages."""
    found = np.array([f1_score(truth, scores >= value, zero_division=0) for value in _THRESHOLDS])
    return round(float(np.median(_THRESHOLDS[found >= found.max() - 0.02])), 3)


class TopicTagger:
    """Probabilities of the three topics and the main topic of an article."""

    def __init__(self, c: float = 3.0, lead: int = 3, floor: int = 3) -> None:
        self.c, self.lead, self.floor = c, lead, floor
        self.thresholds: dict[str, float] = {}
        self.models: dict[str, Pipeline] = {}

    def _pipeline(self, classifier: object) -> Pipeline:
        terms = TfidfVectorizer(analyzer=Terms(self.lead), min_df=self.floor, sublinear_tf=True)
        return Pipeline([("tfidf", terms), ("classifier", classifier)])

    def _linear(self) -> LogisticRegression:
        return LogisticRegression(C=self.c, class_weight="balanced", max_iter=2000)

    def fit(self, texts: Sequence[str], told: Sequence[Annotation]) -> TopicTagger:
        """Fit on article texts and their gold topics."""
        for topic in TOPICS:
            y = np.array([topic in annotation.topics for annotation in told])
            folds = max(2, min(5, int(y.sum()), int((~y).sum())))
            calibrated = CalibratedClassifierCV(self._linear(), method="sigmoid", cv=folds, ensemble=False)
            model = self._pipeline(calibrated).fit(texts, y)
            seen = cross_val_predict(self._pipeline(self._linear()), texts, y, cv=folds, method="decision_function")
            sigmoid = model.named_steps["classifier"].calibrated_classifiers_[0].calibrators[0]
            self.models[topic] = model
            self.thresholds[topic] = best_threshold(y, sigmoid.predict(seen))
        self.models["main"] = self._pipeline(self._linear()).fit(texts, [a.main_topic for a in told])
        return self

    def predict(self, articles: Sequence[str]) -> list[tuple[tuple[str, ...], str, dict[str, float]]]:
        """Per article: topics over their thresholds, main topic (one of them or `other`), and probabilities."""
        if not articles:
            return []
        columns = {t: self.models[t].predict_proba(articles)[:, 1] for t in TOPICS}
        main = self.models["main"]
        order = list(main.classes_)
        chances = main.predict_proba(articles)
        out = []
        for i in range(len(articles)):
            scores = {t: round(float(columns[t][i]), 6) for t in TOPICS}
            topics = tuple(t for t in TOPICS if scores[t] >= self.thresholds[t])
            allowed = [t for t in (*topics, OTHER) if t in order] or [OTHER]
            best = max(allowed, key=lambda t: chances[i][order.index(t)] if t in order else 0.0)
            out.append((topics, best, scores))
        return out
