"""Lines of a page and the class of each: the article, or one class of furniture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from etabli.documents import Span
from etabli.labels import BOILERPLATE

ARTICLE = "ARTICLE"
LINE_CLASSES = (ARTICLE, *BOILERPLATE)


class Line(NamedTuple):
    """A line that is not blank: `text[start:end]` without its newline, its class, and whether classes mix in it."""

    start: int
    end: int
    label: str
    mixed: bool


def line_spans(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of the lines of `text` that are not blank; only `\\n` ends a line."""
    start = 0
    for line in text.split("\n"):
        if line.strip():
            yield start, start + len(line)
        start += len(line) + 1


def classify(text: str, furniture: Iterable[Span]) -> list[Line]:
    """The lines of a page by the majority of their non-space characters.

    A tie goes to the class that comes first in `LINE_CLASSES` (the article before furniture).
    """
    spans = sorted(furniture)
    out = []
    first = 0
    for start, end in line_spans(text):
        while first < len(spans) and spans[first].end <= start:
            first += 1
        counts: Counter[str] = Counter()
        position = start
        for span in spans[first:]:
            if span.start >= end:
                break
            counts[ARTICLE] += _solid(text, position, span.start)
            counts[span.label] += _solid(text, max(span.start, start), min(span.end, end))
            position = min(span.end, end)
        counts[ARTICLE] += _solid(text, position, end)
        label = max(LINE_CLASSES, key=lambda name: counts[name])
        out.append(Line(start, end, label, sum(count > 0 for count in counts.values()) > 1))
    return out


def _solid(text: str, start: int, end: int) -> int:
    """Characters of `text[start:end]` that are not white space."""
    return sum(not char.isspace() for char in text[start:end]) if end > start else 0
