"""Two systems side by side: paired differences with intervals, and a permutation test of each.

Conventions: differences are first minus second, over the same clusters and the same resamples. Only
measures that are sums over pages are compared. The p values are of single tests: correct them
(`statistics.holm`) where many are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from etabli.columns import TRACKS, Floats, Ints, Layers
from etabli.scoring import statistics
from etabli.scoring.catalogue import MEASURES, OVERALL, RANKING, available, measure_values, ranking_values
from etabli.scoring.counts import Counts, Reference
from etabli.scoring.measures import Mean, Measure
from etabli.scoring.statistics import DEFAULT, Interval, Sampling, rounded
from etabli.scoring.tracks import CLUSTERS, count

Pair = tuple[Counts, Counts]  # two systems on the same pages, with the same columns


@dataclass(frozen=True)
class Difference:
    """One measure of two systems: first minus second, the interval of the difference and the test's p."""

    measure: Measure
    first: float
    second: float
    interval: Interval
    p: float
    clusters: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "first": rounded(self.first),
            "second": rounded(self.second),
            "difference": rounded(self.first - self.second),
            **self.interval.as_dict(),
            "p": rounded(self.p),
            "clusters": self.clusters,
        }


def compare(
    reference: Reference,
    first: Layers,
    second: Layers,
    tracks: Sequence[str],
    sampling: Sampling = DEFAULT,
) -> tuple[Difference, ...]:
    """The headline measures of two systems on `tracks`, and `overall` if all three are there."""
    out = []
    pairs = {}
    for track in tracks:
        pair = pairs[track] = paired(track, reference, first, second)
        clusters = reference.clusters[CLUSTERS[track]]
        for measure in available(track, pair[0].columns, curves=False):
            if measure.headline:
                out.append(difference(measure, pair, clusters, sampling))
    if set(TRACKS) <= set(tracks):
        out.append(overall(pairs, reference.clusters["sites"], sampling))
    return tuple(out)


def paired(track: str, reference: Reference, first: Layers, second: Layers) -> Pair:
    """The counts of two systems on one track, in the columns that both have."""
    return common(count(track, reference, first), count(track, reference, second))


def common(one: Counts, other: Counts) -> Pair:
    """Two systems' counts in the columns that both have."""
    columns = tuple(column for column in one.columns if column in other.columns)
    return one.only(columns), other.only(columns)


def difference(measure: Measure, pair: Pair, clusters: Ints, sampling: Sampling = DEFAULT) -> Difference:
    """The difference in one measure."""
    pair = _needed(pair, measure)
    columns = pair[0].columns
    return _difference(measure, pair, clusters, lambda sums: measure_values(measure, columns, sums), sampling)


def overall(pairs: dict[str, Pair], sites: Ints, sampling: Sampling) -> Difference:
    """The difference in the mean of the ranking measures, all tracks resampled and swapped together."""
    pairs = {track: _needed(pair, MEASURES[RANKING[track]]) for track, pair in pairs.items()}
    columns = {track: pair[0].columns for track, pair in pairs.items()}
    names = tuple(f"{track}/{column}" for track, held in columns.items() for column in held)
    one, other = (Counts(names, np.hstack([pair[side].values for pair in pairs.values()])) for side in (0, 1))

    def mean(sums: Floats) -> Floats:
        parts, low = [], 0
        for track, held in columns.items():
            parts.append(ranking_values(track, held, sums[..., low : low + len(held)]))
            low += len(held)
        return np.asarray(np.mean(parts, axis=0))

    return _difference(OVERALL, (one, other), sites, mean, sampling)


def _needed(pair: Pair, measure: Measure) -> Pair:
    """The columns that a measure is made of: a tenth of them, and a tenth of the time."""
    parts = [MEASURES[name] for name in measure.how.of] if isinstance(measure.how, Mean) else [measure]
    columns = list(dict.fromkeys(column for part in parts for column in part.columns))
    return pair[0].only(columns), pair[1].only(columns)


def _difference(
    measure: Measure, pair: Pair, clusters: Ints, value: statistics.Score, sampling: Sampling
) -> Difference:
    one, other = (counts.by_cluster(clusters) for counts in pair)
    first, second = (float(value(part.sum(axis=0))) for part in (one, other))
    drawn = [value(statistics.resampled_sums(part, sampling)) for part in (one, other)]
    p = statistics.permutation_p(one, other, value, seed=sampling.seed)
    number = statistics.size(clusters)
    return Difference(measure, first, second, statistics.interval(drawn[0] - drawn[1], number), p, number)
