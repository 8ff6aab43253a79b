"""Scores of everyone, tests of all pairs, ranks.

Conventions: a track's systems, baselines and floors are tested in pairs on its ranking measure and the p values of
one track are corrected together (Holm). A rank is 1 + the number of ranked systems that are significantly
better; floors and annotators have none, and annotators, who shaped the gold, are not tested. Nothing here
knows how it will be shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from etabli.board.entrants import Entrant
from etabli.columns import TRACKS
from etabli.scoring import boilerplate, compare, entities, report, statistics, topics
from etabli.scoring.catalogue import MEASURES, OVERALL, RANKING, ranking_values
from etabli.scoring.compare import Difference
from etabli.scoring.counts import Counts, Reference
from etabli.scoring.measures import Measure
from etabli.scoring.report import TrackScores
from etabli.scoring.statistics import DEFAULT, Sampling
from etabli.scoring.tracks import CLUSTERS, count

SHOWN = ("overall", *TRACKS)
SIGNIFICANT = 0.05
CONFUSION = {"topics": topics.confusion, "entities": entities.confusion}
Step = Callable[[str], None]


@dataclass(frozen=True)
class Row:
    """One entrant on one track. `against`: the ranking measure by annotator; `confusion`: gold x predicted."""

    entrant: Entrant
    scores: TrackScores
    rank: int | None = None
    shared: bool = False
    against: dict[str, float] = field(default_factory=dict)
    slices: dict[str, dict[str, TrackScores]] = field(default_factory=dict)
    confusion: tuple[tuple[int, ...], ...] = ()

    @property
    def value(self) -> float:
        return self.scores.ranking.value


@dataclass(frozen=True)
class Pair:
    """Two entrants on a track's ranking measure: first minus second; `p` is Holm's."""

    first: Entrant
    second: Entrant
    difference: Difference
    p: float

    @property
    def significant(self) -> bool:
        return self.p < SIGNIFICANT


@dataclass(frozen=True)
class TrackBoard:
    """One track: rows from the best score down, undefined scores last."""

    track: str
    measure: Measure
    pages: int
    clusters: int
    rows: tuple[Row, ...]
    pairs: tuple[Pair, ...]

    @property
    def cluster(self) -> str:
        return CLUSTERS[self.track]

    @property
    def smallest_p(self) -> float:
        """The least p that a permutation test over so many clusters can give, every pattern tried, before Holm."""
        return 2.0 ** (1 - self.clusters)

    def pair(self, first: Entrant, second: Entrant) -> tuple[Pair, int] | None:
        """The test of two entrants, and 1 or -1: the sign that turns its difference into first minus second."""
        for held in self.pairs:
            if (held.first, held.second) == (first, second):
                return held, 1
            if (held.second, held.first) == (first, second):
                return held, -1
        return None


@dataclass(frozen=True)
class Board:
    """All tracks, and the line that lets anyone repeat the numbers."""

    reference: Reference
    entrants: tuple[Entrant, ...]
    tracks: dict[str, TrackBoard]
    signature: str


def score(
    reference: Reference,
    entrants: Sequence[Entrant],
    sampling: Sampling = DEFAULT,
    step: Step = lambda _: None,
) -> Board:
    """Score everyone on every track they carry."""
    counted = {}
    for entrant in entrants:
        for track in entrant.layers.tracks:
            counted[entrant.slug, track] = count(track, reference, entrant.layers)
    tracks = {}
    for track in SHOWN:
        step(track)
        taking = [entrant for entrant in entrants if entrant.takes_part(track)]
        rows = []
        for entrant in taking:
            step(f"{track}: {entrant.name}")
            rows.append(_row(track, reference, entrant, sampling))
        step(f"{track}: pairs")
        pairs = _pairs(track, reference, [entrant for entrant in taking if entrant.tested], counted, sampling)
        tracks[track] = _ranked(track, reference, rows, pairs)
    held = report.signature(reference, [track for track in SHOWN if tracks[track].rows], sampling)
    line = f"{report.signature_line(held)} | permutations {statistics.PERMUTATIONS}"
    return Board(reference, tuple(entrants), tracks, line)


def _row(track: str, reference: Reference, entrant: Entrant, sampling: Sampling) -> Row:
    if track == "overall":
        return Row(entrant, report.score_overall(reference, entrant.layers, sampling))
    scores = report.score_track(track, reference, entrant.layers, sampling)
    slices = report.score_slices(track, reference, entrant.layers, sampling)
    against = {}
    for name in reference.annotators:
        counts = count(track, reference.against(name), entrant.layers)
        against[name] = float(ranking_values(track, counts.columns, counts.values.sum(axis=0)))
    return Row(entrant, scores, against=against, slices=slices, confusion=_confusion(track, reference, entrant))


def _confusion(track: str, reference: Reference, entrant: Entrant) -> tuple[tuple[int, ...], ...]:
    if track == "topics" and entrant.layers.main_topic is None:
        return ()
    if track == "boilerplate":
        table = boilerplate.confusion(reference, entrant.layers).sum(axis=0)
    else:
        table = CONFUSION[track](reference, entrant.layers)
    return tuple(tuple(row) for row in table.tolist())


def _pairs(
    track: str,
    reference: Reference,
    tested: Sequence[Entrant],
    counted: dict[tuple[str, str], Counts],
    sampling: Sampling,
) -> list[Pair]:
    clusters = reference.clusters[CLUSTERS[track]]
    couples, found = list(combinations(tested, 2)), []
    for first, second in couples:
        parts = TRACKS if track == "overall" else (track,)
        held = {part: compare.common(counted[first.slug, part], counted[second.slug, part]) for part in parts}
        if track == "overall":
            found.append(compare.overall(held, clusters, sampling))
        else:
            found.append(compare.difference(MEASURES[RANKING[track]], held[track], clusters, sampling))
    adjusted = statistics.holm([one.p for one in found])
    return [Pair(*couple, one, p) for couple, one, p in zip(couples, found, adjusted, strict=True)]


def _ranked(track: str, reference: Reference, rows: Sequence[Row], pairs: Sequence[Pair]) -> TrackBoard:
    ranked = [row for row in rows if row.entrant.ranked]
    place = {row.entrant.slug: number for number, row in enumerate(ranked)}
    significant = np.zeros((len(ranked), len(ranked)), bool)
    for pair in pairs:
        if pair.significant and pair.first.slug in place and pair.second.slug in place:
            first, second = place[pair.first.slug], place[pair.second.slug]
            significant[first, second] = significant[second, first] = True
    ranks = statistics.ranks(np.array([row.value for row in ranked]), significant)
    placed = []
    for row in rows:
        rank = ranks[place[row.entrant.slug]] if row.entrant.slug in place else None
        shared = rank is not None and ranks.count(rank) > 1
        placed.append(Row(row.entrant, row.scores, rank, shared, row.against, row.slices, row.confusion))
    placed.sort(key=_order)
    clusters = reference.clusters[CLUSTERS[track]]
    measure = MEASURES[RANKING[track]] if track in RANKING else OVERALL
    return TrackBoard(track, measure, len(reference.pages), statistics.size(clusters), tuple(placed), tuple(pairs))


def _order(row: Row) -> tuple[bool, float, str]:
    """The best score first, undefined ones last, equal ones by name."""
    undefined = math.isnan(row.value)
    return undefined, 0.0 if undefined else -row.value, row.entrant.slug
