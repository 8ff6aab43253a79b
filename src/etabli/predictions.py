"""Reads a prediction file against the pages that it must cover, whole and exact, or refuses it.

One JSON line a page (schema/prediction.json), `.jsonl`, `.gz` or `.zst`. A line that is right is decoded
by type (msgspec); only one that is not is given to the JSON Schema, for its message. A test holds both to
the same verdicts. Nothing is repaired: every defect is a `Problem` with file, line, id, what was found and
what was expected, and any problem refuses the file. Memory is bounded whatever the file holds: by the
limits below, and since spans go straight into columns.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import UNSET

from etabli import jsonl, schemas
from etabli.columns import TRACKS, Ints, Layers, Pages, Spans, sort_spans
from etabli.errors import DataError, Problem, UsageError, shorten
from etabli.labels import BOILERPLATE, ENTITIES, MAIN_TOPICS, OTHER, TOPICS

LINE_LIMIT = 4 << 20  # bytes of one line: some 40,000 spans
TOTAL_LIMIT = 1 << 30  # bytes of a whole file, decompressed
EXPLAINED = 128 << 10  # bytes of wrong lines that the JSON Schema explains; the decoder's own words beyond
KEPT = 200  # problems kept for showing; the others are counted
A_LINE = 5  # problems shown for one line
OFFSET_LIMIT = 2**31 - 1  # no page is this long
PARTS = ("topics", "topic_scores", "main_topic", "entities", "boilerplate")
REMEDIES = {
    "prediction-json": "Write one JSON object a line, in UTF-8, with each key once and no NaN.",
    "prediction-schema": "See schema/prediction.json.",
    "prediction-id-unknown": "Predict the pages of this split, in this version of the corpus, and no others.",
    "prediction-id-twice": "Keep one line a page.",
    "prediction-id-missing": "Predict every page; where nothing is found, hand in empty lists.",
    "prediction-track": "A track stands on every line or on none; `etabli template` shows a whole file.",
    "prediction-main-topic": "The main topic is one of the page's topics, or `other`.",
    "prediction-surface": "Count offsets in code points of the page's text as released.",
    "prediction-offsets": "Count offsets in code points of the page's text, as integers.",
    "prediction-overlap": "Keep one of the spans that share a character.",
}


def _struct(name: str, *fields: tuple[str, Any] | tuple[str, Any, Any]) -> Any:
    return msgspec.defstruct(name, fields, forbid_unknown_fields=True, gc=False)


def _span(name: str, codes: tuple[str, ...]) -> Any:
    return _struct(
        name,
        ("start", Annotated[int, msgspec.Meta(ge=0, le=OFFSET_LIMIT)]),
        ("end", Annotated[int, msgspec.Meta(ge=1, le=OFFSET_LIMIT)]),
        ("label", Literal[codes]),
        ("surface", Annotated[str, msgspec.Meta(min_length=1)] | msgspec.UnsetType, UNSET),
    )


_probability: Any = Annotated[float, msgspec.Meta(ge=0, le=1)]
_topics: Any = Annotated[list[Literal[TOPICS]], msgspec.Meta(max_length=len(TOPICS))]  # type: ignore[valid-type]
_scores = _struct("TopicScores", *((topic, _probability) for topic in TOPICS))
_Line = _struct(
    "Line",
    ("id", Annotated[str, msgspec.Meta(min_length=1)]),
    ("topics", _topics | msgspec.UnsetType, UNSET),
    ("topic_scores", _scores | msgspec.UnsetType, UNSET),
    ("main_topic", Literal[MAIN_TOPICS] | msgspec.UnsetType, UNSET),
    ("entities", list[_span("Entity", ENTITIES)] | msgspec.UnsetType, UNSET),  # type: ignore[misc]
    ("boilerplate", list[_span("Block", BOILERPLATE)] | msgspec.UnsetType, UNSET),  # type: ignore[misc]
)
_DECODE = msgspec.json.Decoder(_Line).decode
_CODES = {
    "entities": {code: number for number, code in enumerate(ENTITIES)},
    "boilerplate": {code: number for number, code in enumerate(BOILERPLATE)},
}


@dataclass(frozen=True)
class Predictions:
    """A prediction file that was right: its name and its labels, row by row of the pages asked for."""

    file: str
    layers: Layers

    @property
    def tracks(self) -> tuple[str, ...]:
        return self.layers.tracks


def read(path: Path, pages: Pages, split: str = "the split") -> Predictions:
    """The predictions of `path` for `pages`. `split` is the name that messages give to the pages.

    Raises `UsageError` where the file cannot be opened, and `DataError` with every problem (the first ones
    in full, all of them counted) for a file that is wrong in any way.
    """
    reader = _Reader(str(path), pages, split)
    try:
        lines = 2 * len(pages) + 1000  # so that blank lines and a good number of wrong ones can be told
        for number, raw in jsonl.raw_lines(path, LINE_LIMIT, TOTAL_LIMIT, lines):
            reader.line(number, raw)
    except DataError as error:
        refusal = reader.refusal()
        raise DataError(error.problems + refusal.problems, error.total + refusal.total) from None
    return Predictions(str(path), reader.close())


def template(pages: Pages) -> Iterator[dict[str, Any]]:
    """An empty prediction line for each page: nothing found, on any track."""
    for page_id in pages.ids:
        yield {"id": page_id, "topics": [], "main_topic": OTHER, "entities": [], "boilerplate": []}


def require_tracks(predictions: Predictions, tracks: Iterable[str]) -> None:
    """Raise `UsageError` if a track that is asked for is unknown or not in the file."""
    for track in tracks:
        if track not in TRACKS:
            raise UsageError(f"no track {track!r}; tracks are {', '.join(TRACKS)}")
        if track not in predictions.tracks:
            raise UsageError(f"{predictions.file}: no {track}; it carries {', '.join(predictions.tracks)}")


def decode(raw: bytes) -> Any | None:
    """The typed line, or None where `raw` is no prediction line: the fast path."""
    try:
        line = _DECODE(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if line.topics is not UNSET and len(set(line.topics)) != len(line.topics):
        return None
    # The decoder lets a doubled key pass. Each key brings one colon: where there are more colons than keys,
    # the strict reader looks.
    if raw.count(b":") != _keys(line):
        try:
            jsonl.loads(raw.decode("utf-8"))
        except ValueError:
            return None
    return line


def _keys(line: Any) -> int:
    """Keys that the line's JSON holds if none stands twice."""
    keys = 1 + sum(getattr(line, part) is not UNSET for part in PARTS)
    if line.topic_scores is not UNSET:
        keys += len(TOPICS)
    for spans in (line.entities, line.boilerplate):
        if spans:
            keys += 3 * len(spans) + sum([span.surface is not UNSET for span in spans])
    return keys


def explain(raw: bytes) -> Iterator[tuple[str, str, str]]:
    """(rule, found, expected) for each way in which `raw` is no prediction line: the slow path."""
    try:
        value = jsonl.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        yield "prediction-json", f"bytes that are not UTF-8 ({error.reason}, byte {error.start})", "UTF-8"
        return
    except ValueError as error:
        yield "prediction-json", f"broken JSON ({shorten(str(error))})", "one JSON object a line"
        return
    wrong = False
    for where, found, expected in schemas.errors("prediction", value):
        wrong = True
        yield "prediction-schema", f"{where}: {found}", expected
    if wrong:
        return
    for part in _CODES:
        for number, span in enumerate(value.get(part, ())):
            for key in ("start", "end"):
                # JSON Schema holds 3.0 to be an integer; we ask for one that is written as one.
                if isinstance(span[key], float) or span[key] > OFFSET_LIMIT:
                    found = f"$.{part}[{number}].{key}: {shorten(span[key])}"
                    yield "prediction-offsets", found, "an integer within the text"


def _complaint(raw: bytes) -> str:
    """What the decoder says of a line that it refuses."""
    try:
        _DECODE(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return shorten(str(error), 200)
    return "a key that stands twice, or a topic that does"


def _id_of(raw: bytes) -> str | None:
    """The id of a wrong line, where it can still be read."""
    try:
        value = jsonl.loads(raw.decode("utf-8"))
    except ValueError:
        return None
    page = value.get("id") if isinstance(value, dict) else None
    return page if isinstance(page, str) else None


@dataclass
class _Reader:
    """What was read so far. Lines are taken one at a time; checks between spans wait for `close`."""

    file: str
    pages: Pages
    split: str
    found: list[Problem] = field(default_factory=list)
    total: int = 0
    explained: int = 0  # bytes

    def __post_init__(self) -> None:
        count = len(self.pages)
        self.lines = np.zeros(count, np.int64)  # line of each page, 0 if not seen
        self.carried = {part: np.zeros(count, bool) for part in PARTS}
        self.topics = np.zeros((count, len(TOPICS)), bool)
        self.scores = np.zeros((count, len(TOPICS)))
        self.main = np.zeros(count, np.int64)
        self.columns = {part: [array("i") for _ in range(4)] for part in _CODES}

    def problem(
        self, rule: str, found: str, expected: str, *, line: int | None = None, page: str | None = None
    ) -> None:
        self.total += 1
        if len(self.found) < KEPT:
            page = shorten(page) if page is not None else None
            self.found.append(Problem(rule, self.file, found, expected, REMEDIES[rule], line=line, id=page))

    def refusal(self) -> DataError:
        """The error that lists what was found, in the order of the file."""
        self.found.sort(key=lambda problem: problem.line or 1 << 62)
        return DataError(self.found, self.total)

    def line(self, number: int, raw: bytes) -> None:
        """Take one line of the file."""
        line = decode(raw)
        if line is None:
            self._wrong(number, raw)
            return
        row = self.pages.row.get(line.id)
        if row is None:
            expected = f"an id of {self.split}"
            self.problem("prediction-id-unknown", "an unknown id", expected, line=number, page=line.id)
            return
        if self.lines[row]:
            found = f"a second line for a page (first on line {abs(self.lines[row])})"
            self.problem("prediction-id-twice", found, "one line a page", line=number, page=line.id)
            return
        self.lines[row] = number
        self._topics(number, row, line)
        for part, codes in _CODES.items():
            spans = getattr(line, part)
            if spans is UNSET:
                continue
            self.carried[part][row] = True
            if spans:
                page, start, end, label = self.columns[part]
                page.extend([row] * len(spans))
                start.extend([span.start for span in spans])
                end.extend([span.end for span in spans])
                label.extend([codes[span.label] for span in spans])
                self._surfaces(number, row, part, spans)

    def _wrong(self, number: int, raw: bytes) -> None:
        """Say what is wrong with a line that the fast path refused, in as many words as are safe to spend."""
        self.explained += len(raw)
        spend = self.explained <= EXPLAINED
        page = _id_of(raw) if spend else None
        if page in self.pages.row:  # not missing as well
            self.lines[self.pages.row[page]] = self.lines[self.pages.row[page]] or -number
        if len(self.found) >= KEPT:
            self.total += 1
            return
        problems = list(explain(raw)) if spend else []
        if not problems:  # too long to explain, or only the decoder minds (half a surrogate pair, say)
            problems = [("prediction-schema", _complaint(raw), "a line of schema/prediction.json")]
        for rule, found, expected in problems[:A_LINE]:
            self.problem(rule, found, expected, line=number, page=page)
        self.total += len(problems[A_LINE:])

    def _topics(self, number: int, row: int, line: Any) -> None:
        if line.topics is not UNSET:
            self.carried["topics"][row] = True
            self.topics[row] = [topic in line.topics for topic in TOPICS]
        for part in ("topic_scores", "main_topic"):
            if getattr(line, part) is not UNSET:
                self.carried[part][row] = True
                if line.topics is UNSET:
                    found = f"`{part}` without `topics`"
                    self.problem("prediction-track", found, "both", line=number, page=line.id)
        if line.topic_scores is not UNSET:
            self.scores[row] = [getattr(line.topic_scores, topic) for topic in TOPICS]
        if line.main_topic is not UNSET:
            self.main[row] = MAIN_TOPICS.index(line.main_topic)
            if line.topics is not UNSET and line.main_topic not in (*line.topics, OTHER):
                found = f"`main_topic` {line.main_topic}"
                expected = f"one of {', '.join((*line.topics, OTHER))}"
                self.problem("prediction-main-topic", found, expected, line=number, page=line.id)

    def _surfaces(self, number: int, row: int, part: str, spans: Iterable[Any]) -> None:
        text = self.pages.texts[row]
        for span in spans:
            if span.surface is UNSET or span.end > len(text) or span.end <= span.start:
                continue
            if text[span.start : span.end] != span.surface:
                found = f"{part} surface {shorten(repr(span.surface), 40)} at {span.start}-{span.end}"
                expected = shorten(repr(text[span.start : span.end]), 40)
                page = self.pages.ids[row]
                self.problem("prediction-surface", found, expected, line=number, page=page)

    def close(self) -> Layers:
        """The labels, once all lines are in. Raises `DataError` if there is any problem."""
        self._missing()
        self._uncarried()
        spans = {part: self._spans(part) for part in self.columns}
        if self.total:
            raise self.refusal()
        has = {part: bool(rows.any()) for part, rows in self.carried.items()}
        return Layers(
            topics=self.topics if has["topics"] else None,
            topic_scores=self.scores if has["topic_scores"] else None,
            main_topic=self.main if has["main_topic"] else None,
            entities=spans["entities"] if has["entities"] else None,
            boilerplate=spans["boilerplate"] if has["boilerplate"] else None,
        )

    def _missing(self) -> None:
        for row in self._some(np.flatnonzero(self.lines == 0)):
            expected = f"one for each page of {self.split}"
            self.problem("prediction-id-missing", "no line for this page", expected, page=self.pages.ids[row])

    def _uncarried(self) -> None:
        seen = self.lines > 0
        if seen.any() and not any(self.carried[track].any() for track in TRACKS):
            self.problem("prediction-track", "no track", f"one or more of {', '.join(TRACKS)} on every line")
        for part, carried in self.carried.items():
            if carried.any():
                for row in self._some(np.flatnonzero(seen & ~carried)):
                    line, page = int(self.lines[row]), self.pages.ids[row]
                    found = f"no `{part}`, which other lines carry"
                    expected = "it on every line or on none"
                    self.problem("prediction-track", found, expected, line=line, page=page)

    def _spans(self, part: str) -> Spans:
        """The track's spans; where some leave their text or overlap, problems are noted."""
        spans = sort_spans(*(np.array(column, np.int32) for column in self.columns[part]))
        wrong = (spans.end > self.pages.lengths[spans.page]) | (spans.end <= spans.start)
        for index in self._some(np.flatnonzero(wrong)):
            row = int(spans.page[index])
            found = f"{part} {spans.start[index]}-{spans.end[index]}"
            expected = f"start < end <= {self.pages.lengths[row]}, the text's length in code points"
            line, page = int(self.lines[row]), self.pages.ids[row]
            self.problem("prediction-offsets", found, expected, line=line, page=page)
        within = spans.where(~wrong) if wrong.any() else spans
        # `ends` grows from page to page, so its running maximum is the furthest end of the page's earlier
        # spans, or an end on an earlier page, which lies before any start of this one.
        reach = np.maximum.accumulate(within.ends)[:-1]
        for index in self._some(np.flatnonzero(within.starts[1:] < reach) + 1):
            row = int(within.page[index])
            found = f"{part} {within.start[index]}-{within.end[index]}, overlapping an earlier span"
            line, page = int(self.lines[row]), self.pages.ids[row]
            self.problem("prediction-overlap", found, "spans that share no character", line=line, page=page)
        return spans

    def _some(self, indexes: Ints) -> list[int]:
        """The first `KEPT` of `indexes`, to be told; the rest are counted."""
        self.total += len(indexes[KEPT:])
        return [int(index) for index in indexes[:KEPT]]
