"""Labels of many pages as arrays: the form in which predictions are held, checked and counted.

Pages are rows 0 … n-1 of a `Pages`; every array here speaks of those rows. Labels are numbers: the place of a
code in `labels.TOPICS`, `MAIN_TOPICS`, `ENTITIES` or `BOILERPLATE`. Three million spans are four arrays, not
three million objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etabli.documents import Annotation, Span
from etabli.labels import BOILERPLATE, ENTITIES, MAIN_TOPICS, TOPICS

Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TRACKS = ("topics", "entities", "boilerplate")
SPAN_LABELS = {"entities": ENTITIES, "boilerplate": BOILERPLATE}
PAGE_SHIFT = 31  # `page << PAGE_SHIFT | offset` is unique and sorts as (page, offset): no text reaches 2**31


@dataclass(frozen=True)
class Pages:
    """The pages that a file speaks of, by row: ids (unique) and texts."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def row(self) -> dict[str, int]:
        """Row by id."""
        return {page_id: row for row, page_id in enumerate(self.ids)}

    @cached_property
    def lengths(self) -> Ints:
        """Code points of each text."""
        return np.fromiter(map(len, self.texts), np.int64, len(self.texts))


@dataclass(frozen=True)
class Spans:
    """Spans sorted by page and start; those of one page do not overlap."""

    page: Ints
    start: Ints
    end: Ints
    label: Ints

    def __len__(self) -> int:
        return len(self.page)

    @cached_property
    def starts(self) -> Ints:
        """Starts as numbers that are unique over all pages and sorted."""
        return (self.page.astype(np.int64) << PAGE_SHIFT) | self.start

    @cached_property
    def ends(self) -> Ints:
        """Ends in the same numbering as `starts`."""
        return (self.page.astype(np.int64) << PAGE_SHIFT) | self.end

    def where(self, mask: Bools) -> Spans:
        """The spans for which `mask` holds."""
        return Spans(self.page[mask], self.start[mask], self.end[mask], self.label[mask])


def sort_spans(page: Ints, start: Ints, end: Ints, label: Ints) -> Spans:
    """`Spans` of columns in any order."""
    key = (page.astype(np.int64) << PAGE_SHIFT) | start
    if len(key) > 1 and not bool((key[1:] >= key[:-1]).all()):
        order = np.lexsort((end, key))
        page, start, end, label = page[order], start[order], end[order], label[order]
    return Spans(page, start, end, label)


def spans_of(pages: Iterable[Iterable[Span]], kind: str) -> Spans:
    """`Spans` of one tuple of `Span` a page; `kind` is `entities` or `boilerplate`."""
    code = {label: number for number, label in enumerate(SPAN_LABELS[kind])}
    rows = [(row, span.start, span.end, code[span.label]) for row, spans in enumerate(pages) for span in spans]
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    return sort_spans(table[:, 0], table[:, 1], table[:, 2], table[:, 3])


@dataclass(frozen=True)
class Layers:
    """The labels of all pages by one hand (gold, an annotator, a system). A part not given is None.

    `topics`: pages x 3, booleans. `topic_scores`: pages x 3, probabilities. `main_topic`: pages, numbers.
    """

    topics: Bools | None = None
    topic_scores: Floats | None = None
    main_topic: Ints | None = None
    entities: Spans | None = None
    boilerplate: Spans | None = None

    @property
    def tracks(self) -> tuple[str, ...]:
        """The tracks that these labels can be scored on."""
        return tuple(track for track in TRACKS if getattr(self, track) is not None)


def layers_of(annotations: Sequence[Annotation]) -> Layers:
    """The layers of one annotation a page."""
    topics = [[topic in annotation.topics for topic in TOPICS] for annotation in annotations]
    return Layers(
        topics=np.array(topics, dtype=bool).reshape(-1, len(TOPICS)),
        main_topic=np.array([MAIN_TOPICS.index(a.main_topic) for a in annotations], dtype=np.int64),
        entities=spans_of((a.entities for a in annotations), "entities"),
        boilerplate=spans_of((a.boilerplate for a in annotations), "boilerplate"),
    )
