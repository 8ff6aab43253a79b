"""The types that everything else speaks in. No input or output here.

Offsets are half-open and count Unicode code points of the page's text, as Python slices do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Span(NamedTuple):
    """`text[start:end]` carries `label`. Spans sort by their place in the text."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Annotation:
    """The three layers of one page, as one annotator (or gold) sees them.

    `topics` holds zero to three topic codes in the order of labels.json; `main_topic` is one of
    them or `other`; `entities` and `boilerplate` are sorted, and no two spans overlap.
    """

    topics: tuple[str, ...] = ()
    main_topic: str = "other"
    entities: tuple[Span, ...] = ()
    boilerplate: tuple[Span, ...] = ()

    @property
    def spans(self) -> tuple[Span, ...]:
        """Entities and boilerplate together, in the order of the text."""
        return tuple(sorted(self.entities + self.boilerplate))


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the corpus: its text and what is known of it, without any label."""

    id: str
    text: str
    title: str
    title_start: int
    title_end: int
    published: str
    site: str
    site_kind: str
    sector: str
    news_kind: str
    companies: tuple[str, ...]
    events: tuple[str, ...]
    split: str
    since: str


@dataclass(frozen=True, slots=True)
class Record:
    """A released page: the page, its gold, and the blind layers by annotator."""

    page: Page
    gold: Annotation
    annotators: dict[str, Annotation] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.page.id

    @property
    def text(self) -> str:
        return self.page.text


def overlaps(spans: Iterable[Span]) -> list[tuple[Span, Span]]:
    """Pairs of spans that share a character, each later span against the furthest-reaching earlier one."""
    found = []
    widest: Span | None = None
    for span in sorted(spans):
        if widest is not None and span.start < widest.end:
            found.append((widest, span))
        if widest is None or span.end > widest.end:
            widest = span
    return found


def merge_blocks(text: str, spans: Iterable[Span]) -> tuple[Span, ...]:
    """Boilerplate spans with those of one class joined where only white space lies between them."""
    merged: list[Span] = []
    for span in sorted(spans):
        last = merged[-1] if merged else None
        if last and last.label == span.label and not text[last.end : span.start].strip():
            merged[-1] = Span(last.start, span.end, span.label)
        else:
            merged.append(span)
    return tuple(merged)


def without(text: str, spans: Sequence[Span]) -> list[tuple[int, int]]:
    """The stretches of `text` that `spans` (sorted, not overlapping) leave, as (start, end)."""
    kept = []
    position = 0
    for span in spans:
        if span.start > position:
            kept.append((position, span.start))
        position = max(position, span.end)
    if position < len(text):
        kept.append((position, len(text)))
    return kept
