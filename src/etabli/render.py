"""Spans drawn in a page's text: for the terminal (rich) and for HTML. Everything from the text is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import jinja2
from markupsafe import Markup
from rich.text import Text

from etabli.documents import Annotation, Span, without
from etabli.labels import BOILERPLATE, ENTITIES, TOPICS, describe


def colour(label: str) -> str:
    """The colour that labels.json gives to a label of any layer."""
    for group, codes in (("entity", ENTITIES), ("boilerplate", BOILERPLATE), ("topic", TOPICS)):
        if label in codes:
            return describe(group, label)["color"]
    return "#616161"


def terminal_article(text: str, annotation: Annotation) -> Text:
    """The article without its furniture, entities in colour, each followed by its label."""
    out = Text()
    for start, end in without(text, annotation.boilerplate):
        position = start
        for span in annotation.entities:
            if span.start < start or span.end > end:
                continue
            out.append(text[position : span.start])
            out.append(text[span.start : span.end], style=f"bold {colour(span.label)}")
            out.append(f"[{span.label}]", style=f"dim {colour(span.label)}")
            position = span.end
        out.append(text[position:end])
        out.append("\n")
    lines = [line for line in out.split("\n") if line.plain.strip()]
    return Text("\n").join(lines)


# What may be said of a span beside another's, and the sign that says so without colour.
VERDICTS = {"right": "", "wrong": "✗", "missed": "∅", "label": "≠", "border": "↔"}


def html_spans(text: str, spans: Sequence[Span], verdicts: Mapping[Span, str] | None = None) -> str:
    """`text` as HTML with a `<mark>` around each span; spans that overlap are refused by `ValueError`.

    `verdicts` (of `VERDICTS`, by span) adds a class and a sign to the marks.
    """
    parts = []
    position = 0
    for start, end, label in sorted(spans):
        if start < position:
            raise ValueError(f"span {start}-{end} {label} overlaps the one before")
        kind, said, sign = "furniture" if label in BOILERPLATE else "entity", label, ""
        if verdicts is not None:
            verdict = verdicts[Span(start, end, label)]
            kind, said, sign = f"{kind} {verdict}", f"{label}: {verdict}", VERDICTS[verdict]
        parts.append(escape(text[position:start]))
        parts.append(
            f'<mark class="{kind}" style="--c:{colour(label)}" title="{escape(said)}">'
            f"{escape(text[start:end])}<b>{sign}{escape(label)}</b></mark>"
        )
        position = end
    parts.append(escape(text[position:]))
    return "".join(parts)


def html_page(title: str, text: str, annotation: Annotation, scores: dict[str, float]) -> str:
    """A self-contained HTML page that shows a tagged page: topics, entities in colour, furniture dimmed."""
    environment = jinja2.Environment(loader=jinja2.PackageLoader("etabli"), autoescape=True, trim_blocks=True)
    topics = [
        {
            "name": describe("topic", code)["fr"],
            "score": score,
            "held": code in annotation.topics,
            "colour": colour(code),
        }
        for code, score in scores.items()
    ]
    labels = {span.label for span in annotation.spans}
    legend = [
        {"name": describe(group, code)["fr"], "code": code, "colour": colour(code)}
        for group, codes in (("entity", ENTITIES), ("boilerplate", BOILERPLATE))
        for code in codes
        if code in labels
    ]
    body = Markup(html_spans(text, annotation.spans))  # noqa: S704 - html_spans escapes all of the text
    return environment.get_template("page.html.j2").render(title=title, topics=topics, legend=legend, body=body)
