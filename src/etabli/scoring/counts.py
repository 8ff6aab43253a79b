"""Counts a page, and the pages that they are counted on.

Conventions: counts are stored, scores derived. A `Counts` is a matrix pages x columns; a score of any set
of pages is arithmetic on the sum of their rows. Columns hold whole numbers, but for the few named as page
scores (an F1 or a squared error of one page, to be averaged). Clusters are numbers 0 … k-1, one a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from etabli.columns import Bools, Floats, Ints, Layers, Pages, Spans, layers_of
from etabli.documents import Record

Strings = NDArray[np.str_]
LENGTHS = (
    (2500, "under 2500"),
    (5000, "2500-4999"),
    (None, "5000 and over"),
)
SHARES = ((0.2, "under 20 %"), (0.4, "20-40 %"), (None, "40 % and over"))


@dataclass(frozen=True)
class Counts:
    """`values[page, column]`; `columns` names the columns."""

    columns: tuple[str, ...]
    values: Floats

    def __post_init__(self) -> None:
        if self.values.shape[1:] != (len(self.columns),):
            raise ValueError(f"{self.values.shape} values for {len(self.columns)} columns")

    def __getitem__(self, column: str) -> Floats:
        """One column, a value a page."""
        return self.values[:, self.columns.index(column)]

    def where(self, mask: Bools) -> Counts:
        """The counts of some pages."""
        return Counts(self.columns, self.values[mask])

    def by_cluster(self, clusters: Ints) -> Floats:
        """Sums per cluster, clusters x columns."""
        size = int(clusters.max(initial=-1)) + 1
        held = [np.bincount(clusters, column, minlength=size) for column in self.values.T]
        return np.stack(held, axis=1) if held else np.zeros((size, 0))

    def only(self, columns: Sequence[str]) -> Counts:
        """Some of the columns, in the order asked for."""
        return Counts(tuple(columns), np.stack([self[column] for column in columns], axis=1))


def counts_of(columns: Mapping[str, NDArray[np.generic]]) -> Counts:
    """`Counts` of named columns."""
    return Counts(tuple(columns), np.stack([np.asarray(v, np.float64) for v in columns.values()], axis=1))


def per_page(page: Ints, pages: int, weights: NDArray[np.generic] | None = None) -> Floats:
    """How many times each page stands in `page`, or the sum of `weights` for it."""
    return np.bincount(page, None if weights is None else weights.astype(np.float64), pages).astype(np.float64)


@dataclass(frozen=True)
class Reference:
    """What predictions are scored against: pages, their gold, and what groups pages together.

    `clusters`: `events` (connected sets of pages that share an event) and `sites`, a number a page.
    `seen`: for each gold entity, whether its surface, case-folded, is that of a training entity; None if
    there is no training text. `slices`: a value a page for each way of cutting the pages. `annotators`: the
    blind layers, where every page has them. `version`, `digest`, `split` go into signatures.
    """

    pages: Pages
    gold: Layers
    clusters: dict[str, Ints]
    seen: Bools | None = None
    slices: dict[str, Strings] = field(default_factory=dict)
    annotators: dict[str, Layers] = field(default_factory=dict)
    version: str = "unknown"
    digest: str = "unknown"
    split: str = "test"

    def against(self, name: str) -> Reference:
        """The same pages with an annotator's own layer in the place of gold."""
        layers = self.annotators[name]
        return replace(self, gold=layers, seen=None)


def reference(
    records: Sequence[Record],
    training: Iterable[Record] = (),
    version: str = "unknown",
    digest: str = "unknown",
    split: str = "test",
) -> Reference:
    """The reference that `records` are, with `training` to tell seen mentions from unseen ones."""
    pages = Pages(tuple(r.id for r in records), tuple(r.text for r in records))
    gold = layers_of([r.gold for r in records])
    surfaces = {r.text[s.start : s.end].casefold() for r in training for s in r.gold.entities}
    names = sorted(set.intersection(*(set(r.annotators) for r in records))) if records else []
    facts = [r.page for r in records]
    solid = [sum(not c.isspace() for c in r.text) for r in records]
    furniture = [sum(not c.isspace() for s in r.gold.boilerplate for c in r.text[s.start : s.end]) for r in records]
    shares = [part / max(whole, 1) for part, whole in zip(furniture, solid, strict=True)]
    slices = {
        "site_kind": [p.site_kind for p in facts],
        "sector": [p.sector for p in facts],
        "news_kind": [p.news_kind for p in facts],
        "year": [p.published[:4] for p in facts],
        "length": [_bin(len(p.text), LENGTHS) for p in facts],
        "boilerplate": [_bin(share, SHARES) for share in shares],
    }
    return Reference(
        pages,
        gold,
        {"events": connected([p.events for p in facts]), "sites": numbered([p.site for p in facts])},
        seen=seen_mentions(pages, gold.entities, surfaces) if surfaces and gold.entities else None,
        slices={name: np.array(values, dtype=np.str_) for name, values in slices.items()},
        annotators={name: layers_of([r.annotators[name] for r in records]) for name in names},
        version=version,
        digest=digest,
        split=split,
    )


def seen_mentions(pages: Pages, entities: Spans, surfaces: set[str]) -> Bools:
    """For each entity, whether its case-folded surface is among `surfaces`."""
    held = zip(entities.page.tolist(), entities.start.tolist(), entities.end.tolist(), strict=True)
    flags = (pages.texts[page][start:end].casefold() in surfaces for page, start, end in held)
    return np.fromiter(flags, bool, len(entities))


def numbered(values: Sequence[str]) -> Ints:
    """Equal values share a number, numbers in the order of the sorted values."""
    return np.asarray(np.unique(np.array(values, dtype=np.str_), return_inverse=True)[1], np.int64)


def connected(groups: Sequence[Sequence[str]]) -> Ints:
    """Numbers of the connected sets of pages; `groups` holds the events of each page.

    Two pages that share an event are in one set, and so are pages that a chain of such pairs joins.
    """
    number: dict[str, int] = {}
    pairs = [(row, number.setdefault(name, len(number))) for row, names in enumerate(groups) for name in names]
    rows, events = (np.array([pair[i] for pair in pairs], np.int64) for i in (0, 1))
    size = len(groups) + len(number)
    graph = coo_array((np.ones(len(pairs)), (rows, events + len(groups))), shape=(size, size))
    labels = connected_components(graph, directed=False)[1][: len(groups)]
    return np.asarray(np.unique(labels, return_inverse=True)[1], np.int64)


def _bin(value: float, bins: Sequence[tuple[float | None, str]]) -> str:
    """The name of the first bin whose upper border lies above `value`."""
    return next(name for border, name in bins if border is None or value < border)
