"""What figures are drawn from: coordinates in SVG units, rounded, so that pages are the same everywhere.

A drawing is for the eye; its numbers stand in text beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from etabli.labels import BOILERPLATE, ENTITIES, MAIN_TOPICS
from etabli.scoring.report import Scored, TrackScores

WIDTH = 160  # of an interval; scores 0 … 1 lie between the margins
MARGIN = 6
SIDE = 200  # of a reliability diagram
NOTHING = "nothing"
NAMES = {
    "topics": MAIN_TOPICS,
    "entities": (*ENTITIES, NOTHING),
    "boilerplate": ("ARTICLE", *BOILERPLATE),
}


@dataclass(frozen=True)
class Bar:
    """An interval as a line from `low` to `high` with a dot at `value`; `low` is None without an interval."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Dot:
    """One bin of a reliability diagram, and its numbers."""

    x: float
    y: float
    radius: float
    probability: float
    truth: float
    pairs: float


@dataclass(frozen=True)
class Cell:
    """A cell of a confusion table: its count and its share of the row, in per cent (for the shade)."""

    count: int
    share: int


def bar(scored: Scored) -> Bar | None:
    """The drawing of a score; None where it is undefined."""
    if math.isnan(scored.value):
        return None
    low, high = scored.interval.low, scored.interval.high
    if math.isnan(low):
        return Bar(_along(scored.value), None, None)
    return Bar(_along(scored.value), _along(low), _along(high))


def _along(score: float) -> float:
    return round(MARGIN + (WIDTH - 2 * MARGIN) * min(max(score, 0.0), 1.0), 1)


def reliability(scores: TrackScores) -> list[Dot]:
    """The dots of a reliability diagram: mean probability to the right, share of true pairs upwards."""
    most = max((one["pairs"] for one in scores.reliability), default=1.0)
    return [
        Dot(
            round(SIDE * one["probability"], 1),
            round(SIDE * (1 - one["truth"]), 1),
            round(2.5 + 3.5 * math.sqrt(one["pairs"] / most), 1),
            one["probability"],
            one["truth"],
            one["pairs"],
        )
        for one in scores.reliability
    ]


def confusion(table: Sequence[Sequence[int]]) -> list[list[Cell]]:
    """Counts with their shares of the gold row."""
    return [[Cell(count, round(100 * count / max(sum(row), 1))) for count in row] for row in table]
