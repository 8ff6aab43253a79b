"""Intervals and tests against scipy, and by simulation against what they claim."""

import numpy as np
import pytest
import scipy.stats
from benchmarks.coverage import coverage, rejections
from hypothesis import given
from hypothesis import strategies as st

from etabli.scoring import catalogue, statistics
from etabli.scoring.statistics import Sampling

COLUMNS = ("all.tp", "all.predicted", "all.expected")


def f1(sums):
    return catalogue.measure_values(catalogue.MEASURES["entities.micro_f1"], COLUMNS, sums)


def clusters(seed, count=25):
    rng = np.random.default_rng(seed)
    expected, extra = rng.integers(1, 9, count), rng.integers(0, 4, count)
    found = rng.binomial(expected, 0.7)
    return np.stack([found, found + extra, expected], axis=1).astype(float)


@pytest.mark.parametrize("seed", range(4))
def test_the_interval_is_scipys_from_the_same_draws(seed):
    counts = clusters(seed)
    drawn = f1(statistics.resampled_sums(counts, Sampling(2000, seed)))
    low, high, undefined = statistics.interval(drawn, len(counts))

    def of_rows(tp, predicted, expected, axis=-1):
        return f1(np.stack([tp.sum(axis), predicted.sum(axis), expected.sum(axis)], axis=-1))

    theirs = scipy.stats.bootstrap(
        tuple(counts.T), of_rows, paired=True, vectorized=True, method="percentile", n_resamples=2000,
        rng=np.random.default_rng(seed),
    ).confidence_interval  # fmt: skip
    assert (low, high) == pytest.approx((theirs.low, theirs.high))
    assert undefined == 0


@pytest.mark.parametrize("seed", range(4))
def test_the_permutation_test_gives_scipys_p(seed):
    first, second = clusters(seed, 12), clusters(seed + 100, 12)
    ours = statistics.permutation_p(first, second, f1, 20_000, seed=1)

    def gap(*columns, axis=-1):
        # swapping in pairs: the six columns of a cluster move together, so rows are named by their number
        one, other = (column.astype(int) for column in columns)
        rows = np.concatenate([first, second])
        return f1(rows[one].sum(axis=-2)) - f1(rows[other].sum(axis=-2))

    theirs = scipy.stats.permutation_test(
        (np.arange(12), np.arange(12, 24)), gap, permutation_type="samples", vectorized=True, n_resamples=np.inf
    ).pvalue
    assert ours == pytest.approx(theirs, abs=0.02)


def test_equal_systems_differ_by_chance_and_undefined_ones_not_at_all():
    counts = clusters(3)
    assert statistics.permutation_p(counts, counts, f1) == 1
    assert np.isnan(statistics.permutation_p(counts * 0, counts, f1))


def test_weights_hold_every_resample_whole_and_are_repeatable(monkeypatch):
    blocks = np.concatenate(list(statistics.weights(30, Sampling(100, 7))))
    assert (blocks.sum(axis=1) == 30).all()
    monkeypatch.setattr(statistics, "BLOCK", 64)
    assert (np.concatenate(list(statistics.weights(30, Sampling(100, 7)))) == blocks).all()


def test_undefined_resamples_are_told():
    assert statistics.interval(np.array([np.nan, 0.5, 0.5, np.nan]), 5) == (0.5, 0.5, 0.5)
    assert np.isnan(statistics.interval(np.array([np.nan]), 5).low)
    assert np.isnan(statistics.interval(np.array([0.5, 0.6]), 1).low)
    assert statistics.interval(np.array([0.5]), 1).as_dict() == {"low": None, "high": None}


def test_holm_by_hand():
    assert statistics.holm([0.01, 0.04, 0.03, float("nan")]) == pytest.approx([0.03, 0.06, 0.06, np.nan], nan_ok=True)
    assert statistics.holm([0.9, 0.8]) == [1.0, 1.0]
    assert statistics.holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_rejects_what_the_step_down_procedure_rejects(p_values):
    adjusted = statistics.holm(p_values)
    rejected, level = set(), 0.05
    for step, place in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        if p_values[place] * (len(p_values) - step) > level:
            break
        rejected.add(place)
    assert {i for i, p in enumerate(adjusted) if p <= level} == rejected


def test_a_rank_counts_the_systems_that_are_significantly_better():
    scores = np.array([0.9, 0.88, 0.7])
    differ = np.array([[0, 0, 1], [0, 0, 1], [1, 1, 0]], dtype=bool)
    assert statistics.ranks(scores, differ) == [1, 1, 3]


def test_a_system_without_a_score_has_no_rank():
    assert statistics.ranks(np.array([np.nan, 0.5]), np.ones((2, 2), dtype=bool)) == [None, 1]


def test_intervals_cover_and_the_test_rejects_about_as_often_as_they_claim():
    # Small, with room for chance: 95 % of 200 is 190, standard deviation 3; few clusters cover a little less.
    covered = coverage(trials=200, clusters=40, resamples=400, seed=5)
    assert 0.90 <= covered["clusters"] <= 0.99
    assert covered["pages"] < covered["clusters"] - 0.1
    assert 0.01 <= rejections(trials=200, clusters=30, permutations=200, seed=5) <= 0.10
