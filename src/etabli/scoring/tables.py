"""A report as tables for the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from etabli.scoring.catalogue import RANKING
from etabli.scoring.compare import Difference
from etabli.scoring.report import Report, Scored, TrackScores, signature_line
from etabli.scoring.statistics import Interval
from etabli.scoring.tracks import CLUSTERS

UNDEFINED = "–"
FEW = 30  # clusters; below it, percentile intervals hold less than they claim (`python -m benchmarks.coverage`)


def print_report(console: Console, report: Report, title: str) -> None:
    """Each track, then what else the report holds, then the signature."""
    console.print(f"[bold]{escape(title)}[/bold]")
    for scores in report.tracks.values():
        console.print(_headlines(scores))
        details = _details(scores)
        if details.row_count:
            console.print(details)
        for note in _notes(scores):
            console.print(f"  {note}")
    if report.annotators:
        console.print(_annotators(report))
    for track, slices in report.slices.items():
        console.print(_slices(track, slices))
    if report.differences:
        console.print(_differences(report.differences))
    console.print(signature_line(report.signature), style="dim", soft_wrap=True)


def number(value: float) -> str:
    """A score with three decimals."""
    return UNDEFINED if math.isnan(value) else f"{value:.3f}"


def limits(interval: Interval) -> str:
    """An interval; a share of undefined resamples is shown with it."""
    if math.isnan(interval.low):
        return UNDEFINED
    share = f" ({math.ceil(100 * interval.undefined)} % undefined)" if interval.undefined else ""
    return f"{interval.low:.3f} – {interval.high:.3f}{share}"


def _table(title: str, *columns: str, names: int = 1) -> Table:
    """An empty table; its first `names` columns hold names, the others numbers."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place < names else "right", overflow="fold")
    return table


def _size(scores: TrackScores) -> str:
    return f"{scores.pages} pages, {scores.clusters} {CLUSTERS[scores.track]}"


def _headlines(scores: TrackScores) -> Table:
    table = _table(f"\n{scores.track} ({_size(scores)})", "measure", "score", "95 % interval")
    for scored in scores.scores:
        if scored.measure.headline:
            ranks = scored.measure.name in RANKING.values()
            name = f"[bold]{scored.measure.title}[/bold]" if ranks else scored.measure.title
            table.add_row(name, number(scored.value), limits(scored.interval))
    return table


def _details(scores: TrackScores) -> Table:
    """Precision, recall and F1 of each label; the interval is that of F1."""
    table = _table("", "label", "precision", "recall", "F1", "95 % interval")
    by_name = {scored.measure.name: scored for scored in scores.scores}
    for name, f1 in by_name.items():
        track, *label, last = name.split(".")
        if last == "f1" and label:
            stem = f"{track}.{label[0]}"
            parts = [by_name[f"{stem}.{part}"].value for part in ("precision", "recall")]
            table.add_row(label[0], *map(number, parts), number(f1.value), limits(f1.interval))
    return table


def _notes(scores: TrackScores) -> Iterable[str]:
    for scored in scores.scores:
        if scored.left_out:
            labels = ", ".join(name.split(".")[1] for name in scored.left_out)
            yield f"{scored.measure.title}: undefined and left out of the mean: {labels}"
    if 1 < scores.clusters < FEW:
        kind = CLUSTERS[scores.track]
        yield f"{scores.clusters} {kind}: with so few, a 95 % interval is too narrow (at 10, it holds 90 %)"
    if scores.calibration_floor is not None:
        yield f"calibration error of a perfectly calibrated model here: {scores.calibration_floor:.3f}"


def _annotators(report: Report) -> Table:
    table = _table("\nagainst each annotator's own layer", "annotator", "measure", "score", "95 % interval", names=2)
    for name, tracks in report.annotators.items():
        for scores in tracks.values():
            table.add_row(name, *_row(scores.ranking))
    return table


def _row(scored: Scored) -> tuple[str, str, str]:
    return scored.measure.name, number(scored.value), limits(scored.interval)


def _slices(track: str, slices: dict[str, dict[str, TrackScores]]) -> Table:
    columns = ("slice", "value", "pages", CLUSTERS[track], "score", "95 % interval")
    table = _table(f"\n{track} by slice ({RANKING[track]})", *columns, names=2)
    for name, values in slices.items():
        for value, scores in values.items():
            ranking = scores.ranking
            sizes = (str(scores.pages), str(scores.clusters))
            table.add_row(name, value, *sizes, number(ranking.value), limits(ranking.interval))
    return table


def _differences(differences: Iterable[Difference]) -> Table:
    columns = ("track", "measure", "this", "other", "difference", "95 % interval", "p")
    table = _table("\nagainst the other file (p of single tests, two-sided)", *columns, names=2)
    for one in differences:
        gap = one.first - one.second
        shown = UNDEFINED if math.isnan(gap) else f"{gap:+.3f}"
        p = UNDEFINED if math.isnan(one.p) else f"{one.p:.4f}"
        values = (number(one.first), number(one.second), shown, limits(one.interval), p)
        table.add_row(one.measure.track, one.measure.title, *values)
    return table
