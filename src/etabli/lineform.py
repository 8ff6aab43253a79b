"""The line form: tab-separated rows against a page's numbered lines, written without retyping it.

    topics: regulatory
    main_topic: regulatory
    12-34<TAB>NAV                   whole lines 12 to 34 are one boilerplate span
    57<TAB>SOCIAL<TAB>Réagir        boilerplate glued into line 57
    40<TAB>ORG<TAB>UE<TAB>2         an entity; the number says which place, where that must be said

How a row is placed. The candidates of a surface on its line are the places where it stands at word
boundaries, from left to right, then those that only fall on token boundaries (a button glued onto a
name). White space and apostrophes are matched by kind: a plain space finds a no-break space, ' finds ’.
Rows of a line are placed longest surface first, rows with a number before rows without; a row without a
number takes the first free word-bounded candidate, and only a surface that stands at no word boundary may
take another one. The order of the rows does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from etabli.documents import Annotation, Span, merge_blocks, overlaps
from etabli.labels import BOILERPLATE, ENTITIES
from etabli.marked import MarkedError, parse_header
from etabli.tokens import tokenize

_FOLD = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "’": "'"})


class RowError(ValueError):
    """A row that cannot be placed. `row` counts from 1 in the rows' file."""

    def __init__(self, message: str, row: int) -> None:
        super().__init__(message)
        self.message = message
        self.row = row


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    line: int
    label: str
    surface: str
    place: int | None

    def order(self) -> tuple[int, bool, str, str, int]:
        return (-len(self.surface), self.place is None, self.surface, self.label, self.place or 0)


def number_lines(text: str) -> str:
    """The page as an annotator sees it: each line behind its number and a tab."""
    return "\n".join(f"{number}\t{line}" for number, line in enumerate(text.split("\n"), 1)) + "\n"


def parse(text: str, rows: str) -> Annotation:
    """The annotation that `rows` give of page `text`. Raises `RowError` for the first bad row."""
    annotation, errors = parse_all(text, rows)
    if errors:
        raise errors[0]
    return annotation


def parse_all(text: str, rows: str) -> tuple[Annotation, list[RowError]]:
    """Like `parse`, but goes on after a bad row: what could be placed, and every error."""
    errors: list[RowError] = []
    head: list[str] = []
    blocks: list[tuple[int, Span]] = []
    inline: dict[int, list[_Row]] = defaultdict(list)
    starts = _line_starts(text)
    for number, raw in enumerate(rows.split("\n"), 1):
        if not raw.strip():
            continue
        if "\t" not in raw and ":" in raw:
            head.append(raw)
            continue
        try:
            row = _parse_row(number, raw.rstrip("\r"), len(starts) - 1)
        except RowError as error:
            errors.append(error)
            continue
        if isinstance(row, _Row):
            inline[row.line].append(row)
        else:
            first, last, label = row
            span = _trimmed(text, starts[first - 1], starts[last] - 1, label)
            if span is None:
                errors.append(RowError(f"lines {first}-{last} are blank", number))
            else:
                blocks.append((number, span))
    topics: tuple[str, ...] = ()
    main_topic = "other"
    try:
        topics, main_topic = parse_header("\n".join(head))
    except MarkedError as error:
        errors.append(RowError(error.message, error.line))

    placed = [span for _, span in blocks]
    for line, line_rows in sorted(inline.items()):
        start, end = starts[line - 1], starts[line] - 1
        taken = [span for span in placed if span.start < end and span.end > start]
        for row in sorted(line_rows, key=_Row.order):
            try:
                span = _place(text, start, end, row, taken)
            except RowError as error:
                errors.append(error)
                continue
            taken.append(span)
            placed.append(span)
    for first_span, second in overlaps(span for _, span in blocks):
        number = next(number for number, span in blocks if span == second)
        errors.append(RowError(f"{second.label} shares lines with a {first_span.label}", number))
    entities = tuple(sorted(span for span in placed if span.label in ENTITIES))
    boilerplate = merge_blocks(text, (span for span in placed if span.label in BOILERPLATE))
    errors.sort(key=lambda error: error.row)
    return Annotation(topics, main_topic, entities, boilerplate), errors


def render(text: str, annotation: Annotation) -> str:
    """Rows that `parse` turns back into `annotation` (boilerplate merged as `merge_blocks` does).

    Raises `ValueError` for a span that rows cannot say: an entity over two lines, or a boundary
    inside a token.
    """
    starts = _line_starts(text)
    out = [f"topics: {', '.join(annotation.topics)}".rstrip(), f"main_topic: {annotation.main_topic}"]
    for span in annotation.spans:
        out.extend(_rows_of(text, starts, span))
    return "\n".join(out) + "\n"


def _line_starts(text: str) -> list[int]:
    """Start of each line, then one past the end of the text plus one (as if `\\n` followed)."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _parse_row(number: int, raw: str, lines: int) -> _Row | tuple[int, int, str]:
    cells = raw.split("\t")
    if len(cells) not in (2, 3, 4):
        raise RowError(f"{len(cells)} cells; a row has 2, 3 or 4 separated by tabs", number)
    where, label = cells[0].strip(), cells[1].strip()
    first_text, dash, last_text = where.partition("-")
    if not (first_text.isdecimal() and (last_text.isdecimal() or not dash)):
        raise RowError(f"`{where[:40]}` is no line number or range", number)
    first = int(first_text)
    last = int(last_text) if dash else first
    if not 1 <= first <= last <= lines:
        raise RowError(f"lines {where[:40]} are not on this page of {lines} lines", number)
    if label not in ENTITIES and label not in BOILERPLATE:
        raise RowError(f"unknown label `{label[:40]}`", number)
    surface = cells[2] if len(cells) > 2 else ""
    if not surface:
        if label in ENTITIES:
            raise RowError(f"{label} needs a surface", number)
        return first, last, label
    if dash:
        raise RowError("a row with a surface names one line, not a range", number)
    place: int | None = None
    if len(cells) == 4 and cells[3].strip():
        if not cells[3].strip().isdecimal() or int(cells[3]) < 1:
            raise RowError(f"`{cells[3][:40]}` is no place number (1, 2, …)", number)
        place = int(cells[3])
    return _Row(number, first, label, surface, place)


def _candidates(text: str, start: int, end: int, surface: str) -> tuple[list[int], list[int]]:
    """Places of `surface` in `text[start:end]`: at word boundaries, and only at token boundaries."""
    tokens = tokenize(text[start:end])
    firsts = {start + first for first, _ in tokens}
    lasts = {start + last for _, last in tokens}
    bounded, glued = [], []
    text = text.translate(_FOLD)
    surface = surface.translate(_FOLD)
    at = text.find(surface, start, end)
    while at != -1:
        stop = at + len(surface)
        if _word_break(text, at) and _word_break(text, stop):
            bounded.append(at)
        elif at in firsts and stop in lasts:
            glued.append(at)
        at = text.find(surface, at + 1, end)
    return bounded, glued


def _word_break(text: str, at: int) -> bool:
    """Whether no word runs across position `at`."""
    if at == 0 or at == len(text):
        return True
    return not (text[at - 1].isalnum() and text[at].isalnum())


def _place(text: str, start: int, end: int, row: _Row, taken: list[Span]) -> Span:
    bounded, glued = _candidates(text, start, end, row.surface)
    shown = row.surface[:60]
    if not bounded and not glued:
        raise RowError(f"`{shown}` does not stand on line {row.line}", row.number)
    if row.place is not None:
        places = bounded + glued
        if row.place > len(places):
            message = f"`{shown}` stands {len(places)} times on line {row.line}, not {row.place}"
            raise RowError(message, row.number)
        choices = [places[row.place - 1]]
    else:
        choices = bounded or glued
    size = len(row.surface)
    for at in choices:
        if all(at >= span.end or at + size <= span.start for span in taken):
            return Span(at, at + size, row.label)
    raise RowError(f"every place of `{shown}` on line {row.line} is taken", row.number)


def _trimmed(text: str, start: int, end: int, label: str) -> Span | None:
    """The span without white space at its ends; None where nothing is left."""
    inner = text[start:end]
    if not inner.strip():
        return None
    lead = len(inner) - len(inner.lstrip())
    return Span(start + lead, start + len(inner.rstrip()), label)


def _rows_of(text: str, starts: list[int], span: Span) -> Iterable[str]:
    for number in range(1, len(starts)):
        line_start, line_end = starts[number - 1], starts[number] - 1
        start, end = max(span.start, line_start), min(span.end, line_end)
        if start >= end or not text[start:end].strip():
            continue
        if span.label in ENTITIES and (span.start < line_start or span.end > line_end):
            raise ValueError(f"entity {span} runs over the end of line {number}")
        whole = _trimmed(text, line_start, line_end, span.label)
        part = _trimmed(text, start, end, span.label)
        if span.label in BOILERPLATE and part == whole:
            yield f"{number}\t{span.label}"
            continue
        kept = span if span.label in ENTITIES else part
        if kept is None:
            continue
        surface = text[kept.start : kept.end]
        bounded, glued = _candidates(text, line_start, line_end, surface)
        places = bounded + glued
        if kept.start not in places or "\t" in surface:
            raise ValueError(f"{span} cannot be said as a row of line {number}")
        nth = f"\t{places.index(kept.start) + 1}" if len(places) > 1 else ""
        yield f"{number}\t{span.label}\t{surface}{nth}"
