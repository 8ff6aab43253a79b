"""The inline form: a page's text with brackets around its spans, and topics in a header.

    topics: industrialization
    main_topic: industrialization
    ---
    ⟦ORG|Voltabri⟧ ouvrira un atelier à ⟦LOC|Dole⟧.

Taking the brackets away gives the page text back, byte for byte. Spans neither overlap nor nest.
Lines end with `\\n` alone; `\\r` and U+2028 are characters like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from etabli.documents import Annotation, Span
from etabli.labels import BOILERPLATE, ENTITIES, MAIN_TOPICS, TOPICS

OPEN, CLOSE = "⟦", "⟧"
_BRACKET = re.compile(r"⟦(?:([A-Z]+)\|)?|⟧")
_RULE = "---\n"


class MarkedError(ValueError):
    """A marked text that cannot be read. `line` counts from 1 in the marked text."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def parse(marked: str) -> tuple[str, Annotation]:
    """Page text and annotation of a marked text with its header.

    Raises `MarkedError` for a missing or wrong header, a stray, nested or empty bracket, or a label
    that labels.json does not declare.
    """
    head, rule, body = marked.partition(_RULE)
    if not rule:
        raise MarkedError("no line `---` ends the header", 1)
    topics, main_topic = parse_header(head)
    text, spans = parse_body(body, first_line=head.count("\n") + 2)
    entities = tuple(span for span in spans if span.label in ENTITIES)
    boilerplate = tuple(span for span in spans if span.label in BOILERPLATE)
    return text, Annotation(topics, main_topic, entities, boilerplate)


def parse_header(head: str) -> tuple[tuple[str, ...], str]:
    """Topics (in the order of labels.json) and main topic of header lines."""
    values: dict[str, str] = {}
    for number, line in enumerate(head.split("\n"), 1):
        if not line.strip():
            continue
        key, colon, value = line.partition(":")
        if not colon or key.strip() not in ("topics", "main_topic"):
            raise MarkedError(f"`{line[:60]}` is neither `topics: …` nor `main_topic: …`", number)
        if key.strip() in values:
            raise MarkedError(f"`{key.strip()}` stands twice", number)
        values[key.strip()] = value.strip()
    if "topics" not in values or "main_topic" not in values:
        raise MarkedError("the header needs a line `topics:` and a line `main_topic:`", 1)
    named = [name.strip() for name in values["topics"].split(",") if name.strip()]
    for name in named:
        if name not in TOPICS:
            raise MarkedError(f"unknown topic `{name[:60]}`; known: {', '.join(TOPICS)}", 1)
    main_topic = values["main_topic"]
    if main_topic not in MAIN_TOPICS:
        raise MarkedError(f"unknown main topic `{main_topic[:60]}`; known: {', '.join(MAIN_TOPICS)}", 1)
    return tuple(topic for topic in TOPICS if topic in named), main_topic


def parse_body(body: str, first_line: int = 1) -> tuple[str, tuple[Span, ...]]:
    """Page text and spans of a marked body (no header), with `first_line` for messages."""
    parts: list[str] = []
    spans: list[Span] = []
    position = length = 0
    opened: tuple[int, str] | None = None

    def fail(message: str, at: int) -> MarkedError:
        return MarkedError(message, first_line + body.count("\n", 0, at))

    for match in _BRACKET.finditer(body):
        parts.append(body[position : match.start()])
        length += match.start() - position
        position = match.end()
        if match[0] == CLOSE:
            if opened is None:
                raise fail(f"`{CLOSE}` closes nothing", match.start())
            if length == opened[0]:
                raise fail(f"an empty {opened[1]} span", match.start())
            spans.append(Span(opened[0], length, opened[1]))
            opened = None
        elif opened is not None:
            raise fail(f"`{OPEN}` inside a span of {opened[1]}", match.start())
        elif match[1] not in ENTITIES and match[1] not in BOILERPLATE:
            raise fail(f"`{match[0]}` is not `{OPEN}LABEL|` with a known label", match.start())
        else:
            opened = (length, match[1])
    if opened is not None:
        raise fail(f"a span of {opened[1]} is never closed", len(body))
    parts.append(body[position:])
    return "".join(parts), tuple(spans)


def render(text: str, annotation: Annotation) -> str:
    """The marked text of a page. Raises `MarkedError` where a span does not fit the text."""
    head = f"topics: {', '.join(annotation.topics)}".rstrip()
    return f"{head}\nmain_topic: {annotation.main_topic}\n{_RULE}" + render_body(text, annotation.spans)


def render_body(text: str, spans: Iterable[Span]) -> str:
    """`text` with brackets around `spans`, without a header."""
    if OPEN in text or CLOSE in text:
        raise MarkedError(f"a page may not contain {OPEN} or {CLOSE}", 1)
    parts: list[str] = []
    position = 0
    for start, end, label in sorted(spans):
        if start < position or end <= start or end > len(text):
            raise MarkedError(
                f"span {start}-{end} {label} overlaps, is empty or leaves the text",
                text.count("\n", 0, max(0, min(start, len(text)))) + 1,
            )
        parts += [text[position:start], OPEN, label, "|", text[start:end], CLOSE]
        position = end
    parts.append(text[position:])
    return "".join(parts)
