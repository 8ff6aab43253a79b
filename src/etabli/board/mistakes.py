"""A system's errors in the page's text, gold beside it.

Conventions: two columns of one text, the system's marks and gold's. An entity is `right` where the other column has its
place and label, `label` where it has another label there, `border` where it has the label on other characters of it,
else `wrong` (the system's) or `missed` (gold's). Furniture is cut where either column's class changes, as it
is scored by character. An error is a mark that is not right, or a topic that one column has alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from markupsafe import Markup

from etabli.columns import TRACKS, Layers, Spans
from etabli.documents import Record, Span
from etabli.labels import BOILERPLATE, ENTITIES, MAIN_TOPICS, TOPICS
from etabli.render import html_spans

Verdicts = dict[Span, str]
PAGES = 10  # pages shown of each system, those with most errors


@dataclass(frozen=True)
class Topics:
    """A page's topics as one column has them."""

    held: tuple[str, ...]
    main: str | None
    scores: dict[str, float]


@dataclass(frozen=True)
class PageErrors:
    """One page: what is wrong on each track, the topics and the marked text of both columns (`None`: not a
    track of the system)."""

    record: Record
    errors: dict[str, int]
    topics: tuple[Topics, Topics] | None
    system: Markup | None
    gold: Markup | None

    @property
    def total(self) -> int:
        return sum(self.errors.values())


def worst(records: Sequence[Record], gold: Layers, found: Layers, limit: int = PAGES) -> tuple[list[PageErrors], int]:
    """The pages with most errors, most first, and how many pages have any."""
    counted = [(sum(errors(record.text, row, gold, found).values()), row) for row, record in enumerate(records)]
    wrong = sorted((-total, row) for total, row in counted if total)
    return [page(records[row], row, gold, found) for _, row in wrong[:limit]], len(wrong)


def errors(text: str, row: int, gold: Layers, found: Layers) -> dict[str, int]:
    """Errors on one page by track, in the order of `TRACKS`."""
    out = {}
    for track in TRACKS:
        if track not in found.tracks:
            continue
        if track == "topics":
            ours, theirs = _topics(found, row), _topics(gold, row)
            out[track] = len(set(ours.held) ^ set(theirs.held)) + (ours.main not in (None, theirs.main))
        else:
            columns = _judged(text, track, row, gold, found)
            out[track] = sum(verdict != "right" for column in columns for verdict in column.values())
    return out


def page(record: Record, row: int, gold: Layers, found: Layers) -> PageErrors:
    """Both columns of one page."""
    text, columns = record.text, ({}, {})  # type: tuple[str, tuple[Verdicts, Verdicts]]
    for track in TRACKS[1:]:
        if track in found.tracks:
            for column, part in zip(columns, _judged(text, track, row, gold, found), strict=True):
                column.update(part)
    topics = (_topics(found, row), _topics(gold, row)) if "topics" in found.tracks else None
    has_spans = set(found.tracks) & set(TRACKS[1:])
    system, beside = (_marked(text, column) if has_spans else None for column in columns)
    return PageErrors(record, errors(text, row, gold, found), topics, system, beside)


def _marked(text: str, column: Verdicts) -> Markup:
    parts = dict(_around_entities(column))
    return Markup(html_spans(text, sorted(parts), parts))  # noqa: S704 - html_spans escapes all of the text


def _around_entities(column: Verdicts) -> Iterator[tuple[Span, str]]:
    """The marks with furniture cut where an entity lies in it, so that none overlaps another."""
    entities = sorted(span for span in column if span.label in ENTITIES)
    for span, verdict in column.items():
        if span.label in ENTITIES:
            yield span, verdict
            continue
        position = span.start
        for entity in entities:
            if entity.end <= position or entity.start >= span.end:
                continue
            if entity.start > position:
                yield Span(position, entity.start, span.label), verdict
            position = entity.end
        if position < span.end:
            yield Span(position, span.end, span.label), verdict


def _topics(layers: Layers, row: int) -> Topics:
    assert layers.topics is not None  # noqa: S101 - callers look at `tracks` first
    held = tuple(topic for topic, yes in zip(TOPICS, layers.topics[row], strict=True) if yes)
    main = MAIN_TOPICS[layers.main_topic[row]] if layers.main_topic is not None else None
    scores = layers.topic_scores[row].tolist() if layers.topic_scores is not None else ()
    return Topics(held, main, dict(zip(TOPICS, scores, strict=False)))


def _spans(spans: Spans | None, codes: Sequence[str], row: int) -> list[Span]:
    if spans is None:
        return []
    first, stop = np.searchsorted(spans.page, [row, row + 1]).tolist()
    columns = (column[first:stop].tolist() for column in (spans.start, spans.end, spans.label))
    return [Span(start, end, codes[label]) for start, end, label in zip(*columns, strict=True)]


def _judged(text: str, track: str, row: int, gold: Layers, found: Layers) -> tuple[Verdicts, Verdicts]:
    """The marks of one track with their verdicts: the system's and gold's."""
    codes = ENTITIES if track == "entities" else BOILERPLATE
    ours, theirs = (_spans(getattr(layers, track), codes, row) for layers in (found, gold))
    if track == "entities":
        return _entities(ours, theirs, "wrong"), _entities(theirs, ours, "missed")
    return _furniture(text, ours, theirs, "wrong"), _furniture(text, theirs, ours, "missed")


def _entities(spans: Sequence[Span], others: Sequence[Span], alone: str) -> Verdicts:
    places = {(other.start, other.end): other.label for other in others}
    out = {}
    for span in spans:
        label = places.get((span.start, span.end))
        if label is not None:
            out[span] = "right" if label == span.label else "label"
        elif any(o.label == span.label and o.start < span.end and span.start < o.end for o in others):
            out[span] = "border"
        else:
            out[span] = alone
    return out


def _furniture(text: str, spans: Sequence[Span], others: Sequence[Span], alone: str) -> Verdicts:
    out = {}
    borders = sorted({border for other in others for border in other[:2]})
    for span in spans:
        cuts = [span.start, *(border for border in borders if span.start < border < span.end), span.end]
        for start, end in pairwise(cuts):
            if text[start:end].isspace():  # white space is not scored
                continue
            label = next((o.label for o in others if o.start <= start < o.end), None)
            verdict = alone if label is None else ("right" if label == span.label else "label")
            out[Span(start, end, span.label)] = verdict
    return out
