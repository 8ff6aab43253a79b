"""Topics: three yes/no labels a page, a main topic of four, and probabilities if a system gives them.

Conventions: each topic is a binary label, counted over pages: `tp`, `predicted`, `expected`. A page's set
is right if all three agree. The Brier score of a page is the squared distance of a topic's probability to
0 or 1 (scikit-learn's `brier_score_loss`, averaged over the topics). Average precision and calibration
error are no sums over pages: they are computed from scores and weights, `weights` being how often a
resample holds each page.

Average precision is the sum of precision x gain in recall over falling score thresholds, tied scores being
one threshold (as scikit-learn's `average_precision_score`). Expected calibration error (Naeini, Cooper and
Hauskrecht, 2015) pools the topics, cuts the pairs of probability and truth, sorted by probability, into
`BINS` bins of equal mass, and averages |mean truth - mean probability| over them; tied probabilities share
their mean truth, so that the order of pages says nothing. A perfectly calibrated model gets more than zero
on few pages: `calibration_floor` says how much.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from etabli.columns import Bools, Floats, Layers
from etabli.labels import MAIN_TOPICS, TOPICS
from etabli.scoring.counts import Counts, Reference, counts_of

BINS = 10


def count(reference: Reference, predicted: Layers) -> Counts:
    """Counts a page. Columns: `{topic}.tp/.predicted/.expected`, the same for `all`, `set.right`, `pages`,
    and where the file gives them `main.right`, `brier` (a page score)."""
    gold, topics = reference.gold.topics, predicted.topics
    if gold is None or topics is None:
        raise ValueError("no topics to count")
    columns: dict[str, NDArray[np.generic]] = {}
    for number, topic in enumerate(TOPICS):
        columns[f"{topic}.tp"] = gold[:, number] & topics[:, number]
        columns[f"{topic}.predicted"] = topics[:, number]
        columns[f"{topic}.expected"] = gold[:, number]
    columns["all.tp"] = (gold & topics).sum(axis=1)
    columns["all.predicted"] = topics.sum(axis=1)
    columns["all.expected"] = gold.sum(axis=1)
    columns["set.right"] = (gold == topics).all(axis=1)
    columns["pages"] = np.ones(len(gold))
    if predicted.main_topic is not None and reference.gold.main_topic is not None:
        columns["main.right"] = predicted.main_topic == reference.gold.main_topic
    if predicted.topic_scores is not None:
        columns["brier"] = ((predicted.topic_scores - gold) ** 2).mean(axis=1)
    return counts_of(columns)


def confusion(reference: Reference, predicted: Layers) -> NDArray[np.int64]:
    """Pages by gold main topic (rows) and predicted main topic (columns)."""
    gold, main = reference.gold.main_topic, predicted.main_topic
    if gold is None or main is None:
        raise ValueError("no main topics to count")
    size = len(MAIN_TOPICS)
    return np.bincount(gold * size + main, minlength=size * size).reshape(size, size)


def average_precision(truth: Bools, scores: Floats, weights: Floats) -> Floats:
    """Average precision of one topic for each row of `weights` (resamples x pages); nan without positives."""
    order = np.argsort(-scores, kind="stable")
    truth, scores = truth[order], scores[order]
    last = np.append(scores[1:] != scores[:-1], True)  # the last page of each threshold
    mass = np.cumsum(weights[:, order], axis=1)[:, last]
    hits = np.cumsum(weights[:, order] * truth, axis=1)[:, last]
    gain = np.diff(hits, axis=1, prepend=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(mass > 0, hits / mass, 0.0)
        return np.asarray((precision * gain).sum(axis=1) / hits[:, -1])


def calibration_error(truth: Bools, scores: Floats, weights: Floats) -> Floats:
    """Expected calibration error over all topics, once for each row of `weights` (resamples x pages)."""
    order, group = _ranked(scores)
    flat = truth.ravel()[order].astype(np.float64)
    sorted_scores = scores.ravel()[order]
    repeated = np.repeat(weights, scores.shape[1], axis=1)[:, order]
    return np.array([_bins(flat, sorted_scores, group, row)[3] for row in repeated])


def reliability(truth: Bools, scores: Floats) -> list[dict[str, float]]:
    """The reliability diagram: mean probability, mean truth and number of pairs in each bin."""
    order, group = _ranked(scores)
    flat = truth.ravel()[order].astype(np.float64)
    mean_score, mean_truth, size, _ = _bins(flat, scores.ravel()[order], group, np.ones(len(order)))
    rows = zip(mean_score.tolist(), mean_truth.tolist(), size.tolist(), strict=True)
    return [{"probability": score, "truth": share, "pairs": pairs} for score, share, pairs in rows]


def calibration_floor(scores: Floats, draws: int = 1000, seed: int = 0) -> float:
    """Mean calibration error of a perfect model that gives these probabilities, on as many pages."""
    rng = np.random.default_rng(seed)
    order, group = _ranked(scores)
    sorted_scores = scores.ravel()[order]
    ones = np.ones(len(order))
    errors = [
        _bins((rng.random(len(order)) < sorted_scores).astype(np.float64), sorted_scores, group, ones)[3]
        for _ in range(draws)
    ]
    return float(np.mean(errors))


def _ranked(scores: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Order of all pairs by probability, and for each in that order the number of its group of ties."""
    flat = scores.ravel()
    order = np.argsort(flat, kind="stable")
    group = np.cumsum(np.append(0, np.diff(flat[order]) > 0))
    return order, group


def _bins(
    truth: Floats, scores: Floats, group: NDArray[np.intp], weights: Floats
) -> tuple[Floats, Floats, Floats, float]:
    """Mean probability, mean truth and mass of each bin that is not empty, and the error over them.

    Pairs come sorted by probability. A pair whose weight straddles a border between bins is shared out.
    """
    total = weights.sum()
    if total == 0:
        return np.empty(0), np.empty(0), np.empty(0), float("nan")
    mass = np.bincount(group, weights)
    with np.errstate(invalid="ignore"):
        shared = (np.bincount(group, weights * truth) / mass)[group]
    shared = np.where(weights > 0, shared, 0.0)
    # Mass, truth and probability below each border between bins, by interpolation along the sorted pairs.
    reach = np.append(0.0, np.cumsum(weights))
    borders = np.linspace(0.0, total, BINS + 1)
    below_truth = np.interp(borders, reach, np.append(0.0, np.cumsum(weights * shared)))
    below_score = np.interp(borders, reach, np.append(0.0, np.cumsum(weights * scores)))
    size = np.diff(borders)
    in_truth, in_score = np.diff(below_truth), np.diff(below_score)
    error = float(np.abs(in_truth - in_score).sum() / total)
    return in_score / size, in_truth / size, size, error
