"""The scores of one system, with intervals, slices and a signature.

Conventions: every number comes from counts, so any set of pages (a slice, a resample) is scored the same
way. Intervals are over clusters: events for topics and entities, sites for boilerplate and overall.
An undefined score is nan, and null in JSON.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np

from etabli.columns import TRACKS, Bools, Floats, Ints, Layers
from etabli.scoring import statistics, topics
from etabli.scoring.catalogue import MEASURES, OVERALL, RANKING, available, measure_values, ranking_values
from etabli.scoring.compare import Difference
from etabli.scoring.counts import Reference, Strings
from etabli.scoring.measures import Curve, Mean, Measure, mean_defined, values
from etabli.scoring.statistics import CURVE_RESAMPLES, DEFAULT, Interval, Sampling, rounded
from etabli.scoring.tracks import CLUSTERS, count

CURVES = {"average_precision": topics.average_precision, "calibration_error": topics.calibration_error}
AGREEMENT = ((0.8, "under .8"), (0.95, ".8-.95"), (math.inf, ".95 and over"))


@dataclass(frozen=True)
class Scored:
    """A measure's value with its interval; `left_out` names parts of a mean that are undefined."""

    measure: Measure
    value: float
    interval: Interval
    left_out: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        left_out = {"left_out": list(self.left_out)} if self.left_out else {}
        return {"value": rounded(self.value), **self.interval.as_dict(), **left_out}


@dataclass(frozen=True)
class TrackScores:
    """One track's scores on some pages.

    `calibration_floor` and `reliability` (see `topics`) only where probabilities were given.
    """

    track: str
    pages: int
    clusters: int
    scores: tuple[Scored, ...]
    calibration_floor: float | None = None
    reliability: tuple[dict[str, float], ...] = ()

    def __getitem__(self, measure: str) -> Scored:
        return next(scored for scored in self.scores if scored.measure.name == measure)

    @property
    def ranking(self) -> Scored:
        """The score that the track is ranked by."""
        return self[RANKING.get(self.track, OVERALL.name)]

    def as_dict(self) -> dict[str, Any]:
        floor = self.calibration_floor
        bins = [{key: rounded(value) for key, value in one.items()} for one in self.reliability]
        return {
            "pages": self.pages,
            "clusters": self.clusters,
            "cluster": CLUSTERS[self.track],
            "scores": {scored.measure.name: scored.as_dict() for scored in self.scores},
            **({"calibration_floor": rounded(floor), "reliability": bins} if floor is not None else {}),
        }


@dataclass(frozen=True)
class Report:
    """All that `etabli score` says of one prediction file."""

    tracks: dict[str, TrackScores]
    signature: dict[str, Any]
    annotators: dict[str, dict[str, TrackScores]] = field(default_factory=dict)
    slices: dict[str, dict[str, dict[str, TrackScores]]] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Tracks, then annotators, slices and differences where there are any, the signature last."""
        out: dict[str, Any] = {"tracks": {name: scores.as_dict() for name, scores in self.tracks.items()}}
        if self.annotators:
            out["annotators"] = {
                name: {track: scores.ranking.as_dict() for track, scores in by_track.items()}
                for name, by_track in self.annotators.items()
            }
        if self.slices:
            out["slices"] = {
                track: {
                    name: {
                        value: {"pages": s.pages, "clusters": s.clusters, **s.ranking.as_dict()}
                        for value, s in by_value.items()
                    }
                    for name, by_value in by_slice.items()
                }
                for track, by_slice in self.slices.items()
            }
        if self.differences:
            out["differences"] = {one.measure.name: one.as_dict() for one in self.differences}
        return {**out, "signature": self.signature}


def score_track(
    track: str,
    reference: Reference,
    predicted: Layers,
    sampling: Sampling = DEFAULT,
) -> TrackScores:
    """All measures of a track that the predictions allow."""
    counts = count(track, reference, predicted)
    clusters = reference.clusters[CLUSTERS[track]]
    scores = predicted.topic_scores if track == "topics" else None
    measures = available(track, counts.columns, scores is not None)
    point = values(measures, counts.columns, counts.values.sum(axis=0))
    drawn = values(measures, counts.columns, statistics.resampled_sums(counts.by_cluster(clusters), sampling))
    floor: float | None = None
    bins: tuple[dict[str, float], ...] = ()
    if scores is not None and reference.gold.topics is not None:
        fewer = Sampling(min(sampling.resamples, CURVE_RESAMPLES), sampling.seed)
        _curves(measures, point, drawn, (reference.gold.topics, scores, clusters), fewer)
        floor = topics.calibration_floor(scores, seed=sampling.seed)
        bins = tuple(topics.reliability(reference.gold.topics, scores))
    number = statistics.size(clusters)
    found = [
        Scored(m, float(point[m.name]), statistics.interval(drawn[m.name], number), _left_out(m, point))
        for m in measures
    ]
    return TrackScores(track, len(reference.pages), number, tuple(found), floor, bins)


def _curves(
    measures: Sequence[Measure],
    point: dict[str, Floats],
    drawn: dict[str, Floats],
    data: tuple[Bools, Floats, Ints],
    sampling: Sampling,
) -> None:
    """Add the measures that are no sums over pages to `point` and `drawn`, and the means over them."""
    truth, scores, clusters = data
    once = np.ones((1, len(truth)))
    blocks = [block[:, clusters] for block in statistics.weights(statistics.size(clusters), sampling)]
    for measure in measures:
        if isinstance(measure.how, Curve):
            function, topic = CURVES[measure.how.function], measure.how.topic
            pair = (truth, scores) if topic is None else (truth[:, topic], scores[:, topic])
            point[measure.name] = function(*pair, once)[0]
            drawn[measure.name] = np.concatenate([function(*pair, block) for block in blocks])
    for measure in measures:
        if isinstance(measure.how, Mean) and measure.name not in point:
            point[measure.name] = mean_defined([point[part] for part in measure.how.of])
            drawn[measure.name] = mean_defined([drawn[part] for part in measure.how.of])


def score_overall(reference: Reference, predicted: Layers, sampling: Sampling = DEFAULT) -> TrackScores:
    """The mean of the three ranking measures, with its interval over sites."""
    sites = reference.clusters["sites"]
    point, drawn = [], []
    for track in TRACKS:
        counts = count(track, reference, predicted)
        point.append(ranking_values(track, counts.columns, counts.values.sum(axis=0)))
        drawn.append(
            ranking_values(track, counts.columns, statistics.resampled_sums(counts.by_cluster(sites), sampling))
        )
    number = statistics.size(sites)
    scored = Scored(OVERALL, float(np.mean(point)), statistics.interval(np.mean(drawn, axis=0), number))
    return TrackScores("overall", len(reference.pages), number, (scored,))


def score(
    reference: Reference,
    predicted: Layers,
    tracks: Sequence[str] | None = None,
    sampling: Sampling = DEFAULT,
) -> Report:
    """The report of one system on `tracks` (default: all that it carries; with all three, overall too)."""
    chosen = tuple(tracks or predicted.tracks)
    found = {track: score_track(track, reference, predicted, sampling) for track in chosen}
    if set(TRACKS) <= set(chosen):
        found["overall"] = score_overall(reference, predicted, sampling)
    by_annotator = {
        name: {t: score_track(t, reference.against(name), predicted, sampling) for t in chosen}
        for name in reference.annotators
    }
    return Report(found, signature(reference, tuple(found), sampling), by_annotator)


def score_slices(
    track: str,
    reference: Reference,
    predicted: Layers,
    sampling: Sampling = DEFAULT,
) -> dict[str, dict[str, TrackScores]]:
    """The ranking measure by slice and value; slices of the reference, and the annotators' agreement."""
    counts = count(track, reference, predicted)
    clusters = reference.clusters[CLUSTERS[track]]
    measure = MEASURES[RANKING[track]]
    out: dict[str, dict[str, TrackScores]] = {}
    for name, labels in {**reference.slices, **agreement_slice(track, reference)}.items():
        out[name] = {}
        for value in np.unique(labels).tolist():
            mask = labels == value
            part = counts.where(mask)
            inside = np.unique(clusters[mask], return_inverse=True)[1]
            point = measure_values(measure, part.columns, part.values.sum(axis=0))
            drawn = measure_values(measure, part.columns, statistics.resampled_sums(part.by_cluster(inside), sampling))
            number = statistics.size(inside)
            scored = Scored(measure, float(point), statistics.interval(drawn, number))
            out[name][str(value)] = TrackScores(track, int(mask.sum()), number, (scored,))
    return out


def agreement_slice(track: str, reference: Reference) -> dict[str, Strings]:
    """Pages by how far the two annotators agree on the track; nothing if there are not two."""
    if len(reference.annotators) != 2:
        return {}
    first, second = reference.annotators
    counts = count(track, reference.against(first), reference.annotators[second])
    if track == "topics":
        names = np.where(counts["set.right"] > 0, "same topics", "other topics")
        return {"agreement": names.astype(np.str_)}
    both, either = 2 * counts["all.tp"], counts["all.predicted"] + counts["all.expected"]
    share = np.where(either > 0, both / np.maximum(either, 1), 1.0)
    names = np.array([next(name for border, name in AGREEMENT if value < border) for value in share], np.str_)
    return {"agreement": names}


def signature(reference: Reference, tracks: Sequence[str], sampling: Sampling) -> dict[str, Any]:
    """What anyone needs to get the same numbers again."""
    return {
        "corpus": reference.version,
        "digest": reference.digest,
        "split": reference.split,
        "tracks": {track: RANKING.get(track, OVERALL.name) for track in tracks},
        **sampling._asdict(),
        "code": version("etabli"),
    }


def signature_line(held: dict[str, Any]) -> str:
    """The signature on one line."""
    tracks = ",".join(held["tracks"].values())
    return (
        f"corpus {held['corpus']} ({held['digest'][:12]}) | split {held['split']} | {tracks} | "
        f"resamples {held['resamples']} | seed {held['seed']} | etabli {held['code']}"
    )


def _left_out(measure: Measure, point: dict[str, Floats]) -> tuple[str, ...]:
    parts = measure.how.of if isinstance(measure.how, Mean) else ()
    return tuple(part for part in parts if np.isnan(point[part]))
