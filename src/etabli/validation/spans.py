"""Rules about the spans of every layer."""

from __future__ import annotations

from collections.abc import Iterator

from etabli.documents import merge_blocks
from etabli.errors import Problem
from etabli.sources import ANNOTATORS, GOLD, LAYERS, Sources
from etabli.tokens import tokenize
from etabli.validation.table import layer_pages, rule, shown


@rule("span-space", "a span neither begins nor ends with white space")
def span_space(sources: Sources) -> Iterator[Problem]:
    for _, page_id, page, text in layer_pages(sources, *LAYERS):
        for span in page.annotation.spans:
            if text[span.start].isspace() or text[span.end - 1].isspace():
                yield Problem(
                    "span-space",
                    page.file,
                    shown(text, span),
                    "a span without white space at its ends",
                    "Leave the white space outside.",
                    id=page_id,
                )


@rule("span-tokens", "span boundaries fall on token boundaries")
def span_tokens(sources: Sources) -> Iterator[Problem]:
    known: dict[str, tuple[set[int], set[int]]] = {}
    for _, page_id, page, text in layer_pages(sources, *LAYERS):
        if page_id not in known:
            tokens = tokenize(text)
            known[page_id] = {start for start, _ in tokens}, {end for _, end in tokens}
        starts, ends = known[page_id]
        for span in page.annotation.spans:
            if (span.start not in starts or span.end not in ends) and text[span.start : span.end].strip():
                yield Problem(
                    "span-tokens",
                    page.file,
                    shown(text, span),
                    "boundaries of tokens (see tokens.py)",
                    "Move the boundary to the word's edge.",
                    id=page_id,
                )


@rule("entity-lines", "an entity stands on one line")
def entity_lines(sources: Sources) -> Iterator[Problem]:
    for _, page_id, page, text in layer_pages(sources, *ANNOTATORS, GOLD):
        for span in page.annotation.entities:
            if "\n" in text[span.start : span.end]:
                yield Problem(
                    "entity-lines",
                    page.file,
                    shown(text, span),
                    "an entity on one line",
                    "Mark the part that names it.",
                    id=page_id,
                )


@rule("furniture-merged", "furniture of one class with only white space between is one span")
def furniture_merged(sources: Sources) -> Iterator[Problem]:
    for _, page_id, page, text in layer_pages(sources, *LAYERS):
        spans = page.annotation.boilerplate
        for span in sorted(set(merge_blocks(text, spans)) - set(spans)):
            yield Problem(
                "furniture-merged",
                page.file,
                f"several spans in {shown(text, span)}",
                "one span",
                "Join them.",
                id=page_id,
            )
