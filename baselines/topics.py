"""Topics: TF-IDF of the article and of its head, a linear model a topic, calibrated probabilities.

The head is the article's first lines (title, standfirst, first paragraph); it is seen once more by
features of its own, since title and lead weigh most in the rules. Probabilities are Platt's sigmoid over
cross-validated scores (Platt 1999).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer

from etabli.documents import Annotation, Span, without
from etabli.labels import OTHER, TOPICS

_HEAD_LINES = 3
_FIGURE = re.compile(r"\d+")
_TOKEN = r"(?u)\b[^\W\d_][\w]+\b|\b0+\b|[€%$]"  # noqa: S105 - a pattern, no password


def clean(text: str, furniture: Sequence[Span]) -> str:
    """The article under `furniture`: what is left, one kept stretch after the other, blank lines dropped."""
    kept = "\n".join(text[start:end] for start, end in without(text, furniture))
    return "\n".join(line for line in kept.split("\n") if line.strip())


def heads(texts: Sequence[str]) -> list[str]:
    """The first lines of each article."""
    return ["\n".join(text.split("\n")[:_HEAD_LINES]) for text in texts]


def _normal(text: str) -> str:
    """Case folded, every run of digits one token of zeros: what a figure is matters, not its value."""
    return _FIGURE.sub("0", text.casefold().replace("’", "'"))


def _vectors(grams: int, floor: int) -> TfidfVectorizer:
    return TfidfVectorizer(
        preprocessor=_normal, token_pattern=_TOKEN, ngram_range=(1, grams), min_df=floor, sublinear_tf=True
    )


class TopicTagger:
    """Probabilities of the three topics and the main topic of an article."""

    def __init__(self, c: float = 10.0, grams: int = 2, floor: int = 2, threshold: float = 0.5) -> None:
        self.c, self.grams, self.floor, self.threshold = c, grams, floor, threshold
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
            self.models[topic] = self._pipeline(calibrated).fit(texts, y)
        self.models["main"] = self._pipeline(self._linear()).fit(heads(texts), [a.main_topic for a in told])
        return self

    def predict(self, articles: Sequence[str]) -> list[tuple[tuple[str, ...], str, dict[str, float]]]:
        """Per article: topics over the threshold, main topic (one of them or `other`), and probabilities."""
        if not articles:
            return []
        columns = {t: self.models[t].predict_proba(articles)[:, 1] for t in TOPICS}
        main = self.models["main"]
        order = list(main.classes_)
        chances = main.predict_proba(heads(articles))
        out = []
        for i in range(len(articles)):
            scores = {t: round(float(columns[t][i]), 6) for t in TOPICS}
            topics = tuple(t for t in TOPICS if scores[t] >= self.threshold)
            allowed = [t for t in (*topics, OTHER) if t in order] or [OTHER]
            best = max(allowed, key=lambda t: chances[i][order.index(t)] if t in order else 0.0)
            out.append((topics, best, scores))
        return out
