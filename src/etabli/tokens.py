"""Tokens of a page: the units that spans are made of.

A token is, from left to right, a run of decimal digits; a run of letters with their combining
marks, cut where case says that a new word starts (« productionRéagir », « AFPLire »); or any other
single character that is not white space. So « l'usine » is three tokens and « m2 » two, and a button
glued onto a word still starts a token of its own. Every gold boundary falls on a token boundary.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import regex

from etabli.documents import Span

TOKEN = regex.compile(
    r"\p{Nd}+"
    r"|(?:\p{Lu}\p{M}*)+(?!\p{M}*\p{Ll})"
    r"|(?:\p{Lu}\p{M}*)?(?:[\p{L}--\p{Lu}]\p{M}*)+"
    r"|\S\p{M}*",
    regex.V1,
)


def tokenize(text: str) -> list[tuple[int, int]]:
    """Half-open offsets of the tokens of `text`, in order."""
    return [match.span() for match in TOKEN.finditer(text)]


def to_iob2(tokens: Sequence[tuple[int, int]], spans: Iterable[Span]) -> list[str]:
    """IOB2 tags of `tokens` for `spans` that do not overlap; a token belongs to the span it starts in."""
    tags = ["O"] * len(tokens)
    index = 0
    for span in sorted(spans):
        while index < len(tokens) and tokens[index][0] < span.start:
            index += 1
        first = True
        while index < len(tokens) and tokens[index][0] < span.end:
            tags[index] = f"{'B' if first else 'I'}-{span.label}"
            first = False
            index += 1
    return tags


def from_iob2(tokens: Sequence[tuple[int, int]], tags: Sequence[str]) -> tuple[Span, ...]:
    """Spans of IOB2 `tags`. An `I-` that continues nothing starts a span, as CoNLL-2003 readers do."""
    spans: list[Span] = []
    open_label = ""
    for (start, end), tag in zip(tokens, tags, strict=True):
        prefix, _, label = tag.partition("-")
        if prefix == "I" and label == open_label:
            spans[-1] = Span(spans[-1].start, end, label)
        elif prefix in ("B", "I"):
            spans.append(Span(start, end, label))
        open_label = label
    return tuple(spans)
