"""What a measure is: data, with the way in which counts add up. `catalogue` lists them.

    F1(tp, predicted, expected)   2 TP / (2 TP + FP + FN), that is 2 tp / (predicted + expected)
    Ratio(top, bottom)            a precision, a recall, an accuracy, an average over pages
    Mean(of)                      the mean of other measures; an undefined one is left out
    Curve(name, topic)            no sum over pages: a function of `topics`, of scores and weights

A score with a zero denominator is undefined (nan). `value` takes sums of counts for any number of
resamples at once, so a bootstrap costs one matrix product.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etabli.columns import Floats


@dataclass(frozen=True)
class F1:
    """Harmonic mean of precision and recall, of three columns of counts."""

    tp: str
    predicted: str
    expected: str

    def __str__(self) -> str:
        return f"2 {self.tp} / ({self.predicted} + {self.expected})"


@dataclass(frozen=True)
class Ratio:
    """Sum of one column over the sum of another."""

    top: str
    bottom: str

    def __str__(self) -> str:
        return f"{self.top} / {self.bottom}"


@dataclass(frozen=True)
class Mean:
    """Mean of the measures named, those that are undefined left out."""

    of: tuple[str, ...]

    def __str__(self) -> str:
        return f"mean of {len(self.of)}: {self.of[0]}, …"


@dataclass(frozen=True)
class Curve:
    """A function of scores and weights in `topics`, of one topic, or of all if `topic` is None."""

    function: str
    topic: int | None = None

    def __str__(self) -> str:
        return "from probabilities, page by page; 1,000 resamples"


@dataclass(frozen=True)
class Measure:
    """`name` starts with its track. Only `headline` measures are shown in a system's first table."""

    name: str
    title: str
    definition: str
    source: str
    how: F1 | Ratio | Mean | Curve
    headline: bool = False
    lower_is_better: bool = False

    @property
    def track(self) -> str:
        return self.name.split(".", 1)[0]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of counts that it needs; none for means and curves."""
        how = self.how
        if isinstance(how, F1):
            return (how.tp, how.predicted, how.expected)
        return (how.top, how.bottom) if isinstance(how, Ratio) else ()


def values(measures: Iterable[Measure], columns: Sequence[str], sums: Floats) -> dict[str, Floats]:
    """Each measure for each row of `sums` (… x columns); nan where undefined. Curves are left out."""
    place = {column: number for number, column in enumerate(columns)}

    def total(column: str) -> Floats:
        return np.asarray(sums[..., place[column]], np.float64)

    out: dict[str, Floats] = {}
    means = []
    for measure in measures:
        how = measure.how
        if isinstance(how, F1):
            out[measure.name] = _divide(2 * total(how.tp), total(how.predicted) + total(how.expected))
        elif isinstance(how, Ratio):
            out[measure.name] = _divide(total(how.top), total(how.bottom))
        elif isinstance(how, Mean):
            means.append((measure.name, how))
    for name, how in means:
        if set(how.of) <= set(out):
            out[name] = mean_defined([out[part] for part in how.of])
    return out


def mean_defined(parts: Sequence[Floats]) -> Floats:
    """Mean over `parts`, those that are nan left out; nan where all are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmean(np.stack(parts), axis=0))


def _divide(top: NDArray[np.float64], bottom: NDArray[np.float64]) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(bottom > 0, top / bottom, np.nan))
