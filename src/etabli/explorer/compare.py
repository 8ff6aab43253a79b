"""A page's text line by line, with gold and the annotators beside it wherever they differ.

A line on which all layers agree is drawn once; another one once a layer, with the spans that are not in every layer
set off. Only `\\n` ends a line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from etabli.documents import Span
from etabli.labels import BOILERPLATE
from etabli.render import html_spans

GOLD = "gold"


class Cell(NamedTuple):
    """A line as one layer has it. `layer` is empty where all agree; `continued`: furniture goes on from above."""

    layer: str
    html: Markup
    continued: bool


class Line(NamedTuple):
    """A line of the page, counted from 1: one cell, or one a layer where they differ."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        return len(self.cells) > 1


def lines(text: str, layers: Mapping[str, Sequence[Span]]) -> list[Line]:
    """The lines of `text`; `layers` holds sorted spans by layer, `gold` among them."""
    out = []
    cursors = dict.fromkeys(layers, 0)
    start = 0
    for number, content in enumerate(text.split("\n"), 1):
        end = start + len(content)
        cut: dict[str, list[Span]] = {}
        continued = {}
        for name, spans in layers.items():
            while cursors[name] < len(spans) and spans[cursors[name]].end <= start:
                cursors[name] += 1
            cut[name] = _clip(spans[cursors[name] :], start, end)
            first = spans[cursors[name]] if cut[name] else None
            continued[name] = first is not None and first.start < start and first.label in BOILERPLATE
        shared = set.intersection(*(set(spans) for spans in cut.values()))
        if all(len(spans) == len(shared) for spans in cut.values()):
            cells: tuple[Cell, ...] = (Cell("", _draw(content, cut[GOLD], shared), continued[GOLD]),)
        else:
            cells = tuple(Cell(name, _draw(content, spans, shared), continued[name]) for name, spans in cut.items())
        out.append(Line(number, cells))
        start = end + 1
    return out


def _clip(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """The parts of `spans` that lie in a line, by offsets in the line."""
    found = []
    for span in spans:
        if span.start >= end:
            break
        found.append(Span(max(span.start, start) - start, min(span.end, end) - start, span.label))
    return found


def _draw(line: str, spans: Sequence[Span], shared: set[Span]) -> Markup:
    """A line with its spans; those that not every layer has stand in a `<span class="diff">`."""
    parts = []
    position = 0
    for span in spans:
        if span not in shared:
            before = [other for other in spans if position <= other.start and other.end <= span.start]
            parts.append(_spans(line, position, span.start, before))
            parts.append(f'<span class="diff">{_spans(line, span.start, span.end, [span])}</span>')
            position = span.end
    parts.append(_spans(line, position, len(line), [span for span in spans if span.start >= position]))
    return Markup("".join(parts))  # noqa: S704 - html_spans escapes all of the text


def _spans(line: str, start: int, end: int, spans: Sequence[Span]) -> str:
    return html_spans(line[start:end], [Span(s.start - start, s.end - start, s.label) for s in spans])
