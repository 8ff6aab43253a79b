"""Intervals and tests over clusters of pages.

Conventions: the unit that is drawn is a cluster (an event, a site), never a page, since pages of one
cluster are alike and resampling pages claims more certainty than there is. A resample is a row of weights,
how often each cluster was drawn; weights @ counts gives the sums of all resamples in one product. Every
function takes a seed and gives the same numbers for the same seed: two systems meet the same resamples.

* Percentile bootstrap interval: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, 13.3; over
  clusters, Field and Welsh, 2007.
* Paired permutation test by swapping whole clusters between two systems: Noreen, 1989; Yeh, COLING 2000;
  p = (b + 1) / (m + 1), Phipson and Smyth, 2010.
* Holm, Scandinavian Journal of Statistics, 1979.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from etabli.columns import Bools, Floats, Ints

RESAMPLES = 10_000
CURVE_RESAMPLES = 1_000  # for what is no sum over pages
PERMUTATIONS = 10_000
SEED = 20_260_101
LEVEL = 0.95
BLOCK = 1 << 22  # weights held at a time
Score = Callable[[Floats], Floats]  # sums (… x columns) to one score each


class Sampling(NamedTuple):
    """How many resamples, and from which seed."""

    resamples: int = RESAMPLES
    seed: int = SEED


class Interval(NamedTuple):
    """A percentile interval; resamples with an undefined score are left out, and their share is told."""

    low: float
    high: float
    undefined: float

    def as_dict(self) -> dict[str, float | None]:
        """`low` and `high`, and the undefined share where there is one."""
        share = {"undefined_resamples": rounded(self.undefined)} if self.undefined else {}
        return {"low": rounded(self.low), "high": rounded(self.high), **share}


DEFAULT = Sampling()


def rounded(value: float) -> float | None:
    """A score as JSON holds it: six decimals, null where undefined."""
    return None if np.isnan(value) else round(value, 6)


def size(clusters: Ints) -> int:
    """How many clusters `clusters` (numbers from 0) tells apart."""
    return int(clusters.max(initial=-1)) + 1


def weights(clusters: int, sampling: Sampling) -> Iterator[Floats]:
    """Blocks (rows x clusters) of bootstrap weights, `resamples` rows, each summing to `clusters`."""
    rng = np.random.default_rng(sampling.seed)
    rows = max(1, BLOCK // max(clusters, 1))
    if sampling.resamples <= rows:
        yield _only_block(clusters, sampling)
        return
    for first in range(0, sampling.resamples, rows):
        yield _block(rng, min(rows, sampling.resamples - first), clusters)


@lru_cache(maxsize=4)  # a board asks for the same weights for each pair of systems
def _only_block(clusters: int, sampling: Sampling) -> Floats:
    return _block(np.random.default_rng(sampling.seed), sampling.resamples, clusters)


def _block(rng: np.random.Generator, count: int, clusters: int) -> Floats:
    drawn = rng.integers(0, clusters, (count, clusters))
    drawn += np.arange(count)[:, None] * clusters
    block = np.bincount(drawn.ravel(), minlength=count * clusters).reshape(count, -1).astype(np.float64)
    block.flags.writeable = False
    return block


def resampled_sums(by_cluster: Floats, sampling: Sampling) -> Floats:
    """Sums of counts (clusters x columns) in each resample: resamples x columns."""
    if not len(by_cluster):
        return np.zeros((sampling.resamples, by_cluster.shape[1]))
    return np.concatenate([block @ by_cluster for block in weights(len(by_cluster), sampling)])


def interval(resampled: Floats, clusters: int, level: float = LEVEL) -> Interval:
    """The percentile interval of the scores of all resamples.

    nan if no score is defined, and for a single cluster, which every resample repeats.
    """
    if clusters < 2:
        return Interval(float("nan"), float("nan"), 0.0)
    defined = resampled[~np.isnan(resampled)]
    undefined = 1 - len(defined) / max(len(resampled), 1)
    if not len(defined):
        return Interval(float("nan"), float("nan"), undefined)
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), undefined)


def permutation_p(
    first: Floats, second: Floats, score: Score, permutations: int = PERMUTATIONS, seed: int = SEED
) -> float:
    """Two-sided p of the difference in `score` between two systems' counts (clusters x columns).

    Under the null hypothesis each cluster's counts might as well be the other system's. nan where a score is
    undefined.
    """
    observed = float(score(first.sum(axis=0)) - score(second.sum(axis=0)))
    if np.isnan(observed):
        return float("nan")
    gap = second - first
    moved = np.flatnonzero(gap.any(axis=1))  # clusters on which the systems agree change nothing
    gap, total, other = gap[moved], first.sum(axis=0), second.sum(axis=0)
    rng = np.random.default_rng(seed)
    rows = max(1, BLOCK // max(len(moved), 1))
    reached = 0
    for start in range(0, permutations, rows):
        count = min(rows, permutations - start)
        shift = rng.integers(0, 2, (count, len(moved))).astype(np.float64) @ gap
        difference = score(total + shift) - score(other - shift)
        reached += int((np.abs(difference) >= abs(observed) - 1e-12).sum())
    return (reached + 1) / (permutations + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment of p values, in their own order; nan stays nan and is not counted."""
    defined = [place for place, p in enumerate(p_values) if not np.isnan(p)]
    defined.sort(key=lambda place: p_values[place])
    adjusted = list(p_values)
    highest = 0.0
    for step, place in enumerate(defined):
        highest = max(highest, min(1.0, (len(defined) - step) * p_values[place]))
        adjusted[place] = highest
    return adjusted


def ranks(scores: Floats, significant: Bools) -> list[int | None]:
    """1 + the number of systems significantly better; None for a system whose score is undefined.

    `significant[i, j]`: i and j differ significantly.
    """
    better = (scores[None, :] > scores[:, None]) & significant
    return [None if np.isnan(score) else int(1 + row.sum()) for score, row in zip(scores, better, strict=True)]
