"""Do the intervals cover what they claim, and does the test reject as often as it claims?

    python -m benchmarks.coverage

Pages come in clusters whose difficulty differs, as pages of one event or site do. The true score is that of
very many clusters. Fixed seeds, so the figures are repeatable.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from etabli.columns import Floats
from etabli.scoring import catalogue, statistics
from etabli.scoring.statistics import Sampling

COLUMNS = ("all.tp", "all.predicted", "all.expected")
MEASURE = catalogue.MEASURES["entities.micro_f1"]


def f1(sums: Floats) -> Floats:
    """Micro F1 of sums of counts."""
    return catalogue.measure_values(MEASURE, COLUMNS, sums)


def draw(rng: np.random.Generator, clusters: int, pages: int = 6) -> Floats:
    """Counts (clusters x pages x columns): pages of a cluster share how well they are solved."""
    skill = rng.beta(4, 2, (clusters, 1))
    expected = rng.poisson(20, (clusters, pages)) + 1
    right = rng.binomial(expected, skill)
    wrong = rng.poisson(4, (clusters, pages))
    return np.stack([right, right + wrong, expected], axis=2).astype(np.float64)


def coverage(trials: int, clusters: int, resamples: int, seed: int) -> dict[str, float]:
    """Share of 95 % intervals that hold the true score, by resampling clusters, and by resampling pages."""
    rng = np.random.default_rng(seed)
    truth = float(f1(draw(rng, 200_000).sum(axis=(0, 1))))
    held = {"clusters": 0, "pages": 0}
    for trial in range(trials):
        counts = draw(rng, clusters)
        for unit, rows in (("clusters", counts.sum(axis=1)), ("pages", counts.reshape(-1, len(COLUMNS)))):
            sums = statistics.resampled_sums(rows, Sampling(resamples, trial))
            low, high, _ = statistics.interval(f1(sums), len(rows))
            held[unit] += low <= truth <= high
    return {unit: count / trials for unit, count in held.items()}


def rejections(trials: int, clusters: int, permutations: int, seed: int) -> float:
    """Share of p below .05 between two systems that are equally good on clusters they share."""
    rng = np.random.default_rng(seed)
    found = 0
    for trial in range(trials):
        first, second = draw(rng, clusters).sum(axis=1), draw(rng, clusters).sum(axis=1)
        found += statistics.permutation_p(first, second, f1, permutations, seed=trial) < 0.05
    return found / trials


def main() -> None:
    """Print the larger simulation."""
    parser: Any = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--resamples", type=int, default=2000)
    given = parser.parse_args()
    for clusters in (10, 16, 30, 60, 120):
        covered = coverage(given.trials, clusters, given.resamples, seed=clusters)
        rejected = rejections(given.trials, clusters, given.resamples, seed=clusters)
        print(
            f"{clusters:4} clusters: 95 % intervals over clusters hold {covered['clusters']:.3f}, over pages "
            f"{covered['pages']:.3f}; the test rejects {rejected:.3f} under the null"
        )


if __name__ == "__main__":
    main()
