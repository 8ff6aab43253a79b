"""How far the two annotators agree, layer by layer and label by label, and how far from what is known.

Conventions: both annotators' labels are compared on every page that both have; neither is taken for right
(F1 is the same either way round). Topics: Cohen's kappa and Krippendorff's alpha over pages. Entities: F1
over mentions, exact start, end and label. Furniture: F1 over characters that are not white space, and
Cohen's kappa over lines, a line having the class of most of its characters. Intervals are 95 % percentile
bootstrap intervals over clusters: events for topics and entities, sites for furniture. Against
`construction`, the furniture as composed, the error rate is the share of characters or lines of another
class; there the truth is known.

* Cohen, Educational and Psychological Measurement, 1960; Krippendorff, Content Analysis, 2004, 11.3 (with
  two coders, both follow from the table of their choices); Mathet et al., Computational Linguistics 41(3), 2015
  (gamma, see `etabli.gamma`: mean over pages of the kept values); Hripcsak and Rothschild, JAMIA 2005 (F1 as
  agreement where there is no count of true negatives).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import krippendorff
import numpy as np

from etabli import gamma
from etabli.columns import Floats, Ints, Pages, layers_of
from etabli.documents import Annotation
from etabli.errors import DataError, Problem, UsageError
from etabli.labels import BOILERPLATE, ENTITIES, MAIN_TOPICS, TOPICS
from etabli.lines import LINE_CLASSES, classify
from etabli.scoring import boilerplate, statistics
from etabli.scoring.catalogue import MEASURES, measure_values
from etabli.scoring.counts import Reference, connected, numbered
from etabli.scoring.statistics import DEFAULT, Interval, Sampling, rounded
from etabli.scoring.tracks import count
from etabli.sources import ANNOTATORS, CONSTRUCTION, GOLD, Sources

Labels = Sequence[Annotation]  # of one hand, page by page


@dataclass(frozen=True)
class Agreed:
    """One figure: of a layer, a label (`all` for the layer as a whole) and a measure, with its interval.

    `units` is what it rests on: pages, mentions of either annotator, characters or lines.
    """

    layer: str
    label: str
    measure: str
    value: float
    interval: Interval
    units: int
    unit: str
    clusters: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "layer": self.layer,
            "label": self.label,
            "measure": self.measure,
            "value": rounded(self.value),
            **self.interval.as_dict(),
            "units": self.units,
            "unit": self.unit,
            "clusters": self.clusters,
        }


@dataclass(frozen=True)
class Agreement:
    """All figures: between the annotators, and error rates of each layer against construction."""

    pages: int
    events: int
    sites: int
    between: tuple[Agreed, ...]
    errors: tuple[Agreed, ...]
    sampling: Sampling

    def as_dict(self) -> dict[str, Any]:
        return {
            "pages": self.pages,
            "events": self.events,
            "sites": self.sites,
            "between_annotators": [one.as_dict() for one in self.between],
            "error_rates_against_construction": [one.as_dict() for one in self.errors],
            **self.sampling._asdict(),
        }


def agreement(sources: Sources, sampling: Sampling = DEFAULT) -> Agreement:
    """The figures of a repository.

    Raises `DataError` where sources cannot be read or a layer's text is not its page's, `UsageError` where no
    page has both annotators' layers.
    """
    ids, first, second = _annotated(sources)
    base = _reference(sources, ids, first)
    between = (
        *_topics(base, first, second, sampling),
        *_entities(base, second, sampling),
        *_furniture(base, first, second, sampling),
    )
    between += tuple(_gamma(base, first, second, gamma.read(sources.root), sampling))
    errors = [one for name in (*ANNOTATORS, GOLD) for one in _errors(sources, name, sampling)]
    events, sites = (statistics.size(base.clusters[kind]) for kind in ("events", "sites"))
    return Agreement(len(ids), events, sites, between, tuple(errors), sampling)


def compute_gammas(sources: Sources, progress: Callable[[Sequence[gamma.Key]], Iterable[gamma.Key]]) -> None:
    """Compute the gammas that are not yet kept, and keep those that still hold (see `etabli.gamma`).

    `progress` goes over the missing ones. Raises as `agreement` does, and `UsageError` without the package.
    """
    ids, *both = _annotated(sources)
    rows = dict(gamma.wanted(ids, *both))
    values = {key: value for key, value in gamma.read(sources.root).items() if key in rows}
    for key in progress([key for key in rows if key not in values]):
        first, second = (gamma.spans_of(side[rows[key]], key[1]) for side in both)
        values[key] = gamma.of_spans(first, second, key[2])
    gamma.write(sources.root, values)


def kappa(tables: Floats) -> Floats:
    """Cohen's kappa of each table (… x k x k) of two coders' choices; nan where chance explains everything."""
    total = tables.sum(axis=(-2, -1))
    with np.errstate(invalid="ignore", divide="ignore"):
        same = np.trace(tables, axis1=-2, axis2=-1) / total
        chance = (tables.sum(axis=-1) * tables.sum(axis=-2)).sum(axis=-1) / total**2
        return np.asarray(np.where(chance < 1, (same - chance) / (1 - chance), np.nan))


def alpha(tables: Floats) -> Floats:
    """Krippendorff's alpha for nominal data of each table (… x k x k) of two coders' choices."""
    coincidences = tables + np.swapaxes(tables, -2, -1)
    margins = coincidences.sum(axis=-1)
    number = margins.sum(axis=-1)
    observed = number - np.trace(coincidences, axis1=-2, axis2=-1)
    expected = number**2 - (margins**2).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(expected > 0, 1 - (number - 1) * observed / expected, np.nan))


def alpha_of(first: Ints, second: Ints) -> float:
    """Krippendorff's alpha of two coders' choices, by the package; nan where only one value is used."""
    if len(np.unique(np.concatenate([first, second]))) < 2:
        return float("nan")
    data = np.stack([first, second]).astype(np.float64)
    return float(krippendorff.alpha(reliability_data=data, level_of_measurement="nominal"))


def _annotated(sources: Sources) -> tuple[list[str], Labels, Labels]:
    """The pages that both annotators have done, and their labels."""
    if sources.problems:
        raise DataError(sources.problems)
    ids = sorted(p for p in sources.pages if all(p in sources.layers[name] for name in ANNOTATORS))
    if not ids:
        raise UsageError(f"{sources.root}: no page has both annotators' layers")
    first, second = (_layer(sources, name, ids) for name in ANNOTATORS)
    return ids, first, second


def _layer(sources: Sources, name: str, ids: Sequence[str]) -> Labels:
    """One layer of some pages. Raises `DataError` where its text is not the page's."""
    held = sources.layers[name]
    problems = [
        Problem("layer-text", held[page].file, "another text than the page's", "the page's text",
                "Run `etabli validate`.", id=page)
        for page in ids if held[page].text != sources.texts[page]
    ]  # fmt: skip
    if problems:
        raise DataError(problems)
    return [held[page].annotation for page in ids]


def _reference(sources: Sources, ids: Sequence[str], gold: Labels) -> Reference:
    facts = [sources.pages[page] for page in ids]
    clusters = {"events": connected([p.events for p in facts]), "sites": numbered([p.site for p in facts])}
    return Reference(Pages(tuple(ids), tuple(p.text for p in facts)), layers_of(gold), clusters)


def _table(first: Ints, second: Ints, size: int) -> Floats:
    """One table of two choices a page: pages x size x size."""
    table = np.zeros((len(first), size, size))
    table[np.arange(len(first)), first, second] = 1
    return table


def _figure(
    tables: Floats, clusters: Ints, value: Callable[[Floats], Floats], sampling: Sampling
) -> tuple[float, Interval]:
    """A statistic of summed tables (pages x k x k), and its interval over clusters."""
    flat = tables.reshape(len(tables), -1)
    by_cluster = np.stack([np.bincount(clusters, column).astype(np.float64) for column in flat.T], axis=1)
    drawn = statistics.resampled_sums(by_cluster, sampling).reshape(-1, *tables.shape[1:])
    number = statistics.size(clusters)
    return float(value(tables.sum(axis=0))), statistics.interval(value(drawn), number)


def _topics(base: Reference, first: Labels, second: Labels, sampling: Sampling) -> Iterator[Agreed]:
    events = base.clusters["events"]
    for label in (*TOPICS, "main_topic"):
        mine, yours = (np.array([_choice(a, label) for a in side], np.int64) for side in (first, second))
        size = len(MAIN_TOPICS) if label == "main_topic" else 2
        tables = _table(mine, yours, size)
        value, interval = _figure(tables, events, kappa, sampling)
        rest = (len(mine), "pages", statistics.size(events))
        yield Agreed("topics", label, "kappa", value, interval, *rest)
        _, interval = _figure(tables, events, alpha, sampling)
        yield Agreed("topics", label, "alpha", alpha_of(mine, yours), interval, *rest)


def _choice(annotation: Annotation, label: str) -> int:
    """What an annotator chose for a topic (0 or 1), or as the main topic (a place in `MAIN_TOPICS`)."""
    if label == "main_topic":
        return MAIN_TOPICS.index(annotation.main_topic)
    return int(label in annotation.topics)


def _entities(base: Reference, second: Labels, sampling: Sampling) -> Iterator[Agreed]:
    names = {"all": "entities.micro_f1", **{label: f"entities.{label}.f1" for label in ENTITIES}}
    yield from _f1("entities", "F1", names, base, second, sampling)


def _furniture(base: Reference, first: Labels, second: Labels, sampling: Sampling) -> Iterator[Agreed]:
    yield from _f1("boilerplate", "F1", {"all": "boilerplate.f1"}, base, second, sampling)
    names = {"all": "boilerplate.class_f1", **{label: f"boilerplate.{label}.f1" for label in BOILERPLATE}}
    yield from _f1("boilerplate", "F1 with class", names, base, second, sampling)
    sites = base.clusters["sites"]
    tables = line_tables(base.pages, first, second)
    lines = tables.sum(axis=0)
    number = statistics.size(sites)
    value, interval = _figure(tables, sites, kappa, sampling)
    yield Agreed("boilerplate", "all", "kappa", value, interval, int(lines.sum()), "lines", number)
    for place, label in enumerate(LINE_CLASSES):
        binary = one_against_rest(tables, place)
        value, interval = _figure(binary, sites, kappa, sampling)
        units = int(lines[place].sum() + lines[:, place].sum() - lines[place, place])
        yield Agreed("boilerplate", label, "kappa", value, interval, units, "lines", number)


def _f1(
    track: str, measure: str, names: dict[str, str], base: Reference, second: Labels, sampling: Sampling
) -> Iterator[Agreed]:
    counts = count(track, base, layers_of(second))
    clusters = base.clusters["events" if track == "entities" else "sites"]
    number = statistics.size(clusters)
    totals = counts.values.sum(axis=0)
    drawn = statistics.resampled_sums(counts.by_cluster(clusters), sampling)
    for label, name in names.items():
        value = float(measure_values(MEASURES[name], counts.columns, totals))
        interval = statistics.interval(measure_values(MEASURES[name], counts.columns, drawn), number)
        both = "class.tp" if name == "boilerplate.class_f1" else f"{label}.tp"
        units = counts[f"{label}.predicted"].sum() + counts[f"{label}.expected"].sum() - counts[both].sum()
        unit = "mentions" if track == "entities" else "characters"
        yield Agreed(track, label, measure, value, interval, int(units), unit, number)


def _gamma(
    base: Reference, first: Labels, second: Labels, values: gamma.Values, sampling: Sampling
) -> Iterator[Agreed]:
    """Mean gamma over the pages whose value is kept."""
    keys = list(gamma.wanted(base.pages.ids, first, second))
    for layer in gamma.LAYERS:
        rows, found = gamma.known(values, keys, layer)
        if not rows:
            continue
        kind = "events" if layer == "entities" else "sites"
        clusters = numbered([str(number) for number in base.clusters[kind][rows]])
        number = statistics.size(clusters)
        sums = np.stack([np.bincount(clusters, found), np.bincount(clusters).astype(np.float64)], axis=1)
        drawn = statistics.resampled_sums(sums, sampling)
        interval = statistics.interval(drawn[:, 0] / drawn[:, 1], number)
        yield Agreed(layer, "all", "gamma", float(np.mean(found)), interval, len(rows), "pages", number)


def _errors(sources: Sources, name: str, sampling: Sampling) -> Iterator[Agreed]:
    """Error rates of one layer against construction, on the pages that have both."""
    ids = sorted(p for p in sources.layers[name] if p in sources.layers[CONSTRUCTION] and p in sources.pages)
    if not ids:
        return
    truth, layer = _layer(sources, CONSTRUCTION, ids), _layer(sources, name, ids)
    base = _reference(sources, ids, truth)
    sites = base.clusters["sites"]
    characters = boilerplate.confusion(base, layers_of(layer)).astype(np.float64)
    for unit, tables in (("characters", characters), ("lines", line_tables(base.pages, truth, layer))):
        kinds = (("article or furniture", one_against_rest(tables, 0)), ("class", tables))
        for label, part in kinds:
            value, interval = _figure(part, sites, error_rate, sampling)
            units = int(tables.sum())
            yield Agreed(name, label, "error rate", value, interval, units, unit, statistics.size(sites))


def error_rate(tables: Floats) -> Floats:
    """Share of units off the diagonal of each table (… x k x k); nan for an empty one."""
    total = tables.sum(axis=(-2, -1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(1 - np.trace(tables, axis1=-2, axis2=-1) / total)


def one_against_rest(tables: Floats, place: int) -> Floats:
    """Tables (… x 2 x 2) of one class against all others."""
    inside = tables[..., place, place]
    first = tables[..., place, :].sum(axis=-1) - inside
    second = tables[..., :, place].sum(axis=-1) - inside
    rest = tables.sum(axis=(-2, -1)) - inside - first - second
    return np.stack([np.stack([inside, first], axis=-1), np.stack([second, rest], axis=-1)], axis=-2)


def line_tables(pages: Pages, first: Labels, second: Labels) -> Floats:
    """Lines that are not blank by page and class of each layer: pages x 9 x 9."""
    tables = np.zeros((len(pages), len(LINE_CLASSES), len(LINE_CLASSES)))
    for row, text in enumerate(pages.texts):
        sides = (classify(text, labels[row].boilerplate) for labels in (first, second))
        for one, other in zip(*sides, strict=True):
            tables[row, LINE_CLASSES.index(one.label), LINE_CLASSES.index(other.label)] += 1
    return tables
