"""Topics: TF-IDF of the stems of the article and of its head, a linear model a topic, calibrated probabilities.

A stem is a word's first six letters: with few pages, « usine » and « usines », « industriel » and « industrie »
should meet. The head is the article's first lines (title, standfirst, first paragraph); it is seen once more
by features of its own, since title and lead weigh most in the rules. Probabilities are Platt's sigmoid over
cross-validated scores (Platt 1999); each topic's threshold is chosen on held-out scores of training pages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer

from etabli.documents import Annotation, Span, without
from etabli.labels import OTHER, TOPICS

_HEAD_LINES = 3
_FIGURE = re.compile(r"\d+")
_TOKEN = re.compile(r"[^\W\d_]{2,}|0|[€%$]")
_STEM = 6
_THRESHOLDS = np.arange(0.2, 0.61, 0.05)


def clean(text: str, furniture: Sequence[Span]) -> str:
    """The article under `furniture`: what is left, one kept stretch after the other, blank lines dropped."""
    kept = "\n".join(text[start:end] for start, end in without(text, furniture))
    return "\n".join(line for line in kept.split("\n") if line.strip())


def heads(texts: Sequence[str]) -> list[str]:
    """The first lines of each article."""
    return ["\n".join(text.split("\n")[:_HEAD_LINES]) for text in texts]


def stems(text: str) -> list[str]:
    """First letters of each word, case folded; a figure is a zero: that it is there matters, not its value."""
    return [token[:_STEM] for token in _TOKEN.findall(_FIGURE.sub("0", text.casefold()))]


def _vectors(grams: int, floor: int) -> TfidfVectorizer:
    return (
        TfidfVectorizer(analyzer=stems, min_df=floor, sublinear_tf=True)
        if grams == 1
        else TfidfVectorizer(
            tokenizer=stems,
            token_pattern=None,
            lowercase=False,
            ngram_range=(1, grams),
            min_df=floor,
            sublinear_tf=True,
        )
    )


def best_threshold(truth: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """The middle of the thresholds whose F1 is within 0.02 of the best one, on held-out scores of training pages."""
    found = np.array([f1_score(truth, scores >= value, zero_division=0) for value in _THRESHOLDS])
    return round(float(np.median(_THRESHOLDS[found >= found.max() - 0.02])), 3)


class TopicTagger:
    """Probabilities of the three topics and the main topic of an article."""

    def __init__(self, c: float = 10.0, grams: int = 1, floor: int = 2) -> None:
        self.c, self.grams, self.floor = c, grams, floor
        self.thresholds: dict[str, float] = {}
        self.models: dict[str, Pipeline] = {}

    def _pipeline(self, classifier: object) -> Pipeline:
        grams, floor = self.grams, self.floor
        union = FeatureUnion(
            [
                ("whole", _vectors(grams, floor)),
                ("head", Pipeline([("cut", FunctionTransformer(heads)), ("tfidf", _vectors(grams, floor))])),
            ]
        )
        return Pipeline([("features", union), ("classifier", classifier)])

    def _linear(self) -> LogisticRegression:
        return LogisticRegression(C=self.c, class_weight="balanced", max_iter=2000)

    def fit(self, texts: Sequence[str], told: Sequence[Annotation]) -> TopicTagger:
        """Fit on article texts and their gold topics."""
        for topic in TOPICS:
            y = np.array([topic in annotation.topics for annotation in told])
            folds = max(2, min(5, int(y.sum()), int((~y).sum())))
            calibrated = CalibratedClassifierCV(self._linear(), method="sigmoid", cv=folds, ensemble=False)
            model = self._pipeline(calibrated)
            seen = cross_val_predict(model, texts, y, cv=folds, method="predict_proba")[:, 1]
            self.thresholds[topic] = best_threshold(y, seen)
            self.models[topic] = model.fit(texts, y)
        self.models["main"] = self._pipeline(self._linear()).fit(heads(texts), [a.main_topic for a in told])
        return self

    def predict(self, articles: Sequence[str]) -> list[tuple[tuple[str, ...], str, dict[str, float]]]:
        """Per article: topics over their thresholds, main topic (one of them or `other`), and probabilities."""
        if not articles:
            return []
        columns = {t: self.models[t].predict_proba(articles)[:, 1] for t in TOPICS}
        main = self.models["main"]
        order = list(main.classes_)
        chances = main.predict_proba(heads(articles))
        out = []
        for i in range(len(articles)):
            scores = {t: round(float(columns[t][i]), 6) for t in TOPICS}
            topics = tuple(t for t in TOPICS if scores[t] >= self.thresholds[t])
            allowed = [t for t in (*topics, OTHER) if t in order] or [OTHER]
            best = max(allowed, key=lambda t: chances[i][order.index(t)] if t in order else 0.0)
            out.append((topics, best, scores))
        return out
