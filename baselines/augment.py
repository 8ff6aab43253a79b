"""More training pages from the same ones: furniture taken away, blank lines closed up, names exchanged.

Sites of the corpus carry much furniture, and pages from elsewhere may carry little or none; a model that has only
seen full pages takes the first line of a clean one for a menu. And it should know a person or a place by its
context and shape, not by heart: mention replacement (Dai and Adel, COLING 2020) puts names of gazetteers in their
place. Variants are made from training pages alone.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from etabli.baselines import gazetteers
from etabli.documents import Annotation, Record, Span, merge_blocks
from etabli.labels import BOILERPLATE

_RENAMED = 0.6  # share of names that are exchanged
_SHARES = (0.3, 0.5, 0.8)  # of a page's furniture blocks that a thinned variant loses


def variants(records: Sequence[Record]) -> list[Record]:
    """The records, and for each its bare article and a page with some of its furniture, drawn by its id."""
    out = list(records)
    for record in records:
        rng = random.Random(record.id)
        furniture = record.gold.boilerplate
        out.append(without_blocks(record, furniture))
        share = rng.choice(_SHARES)
        thinned = without_blocks(record, [span for span in furniture if rng.random() < share])
        out.append(closed_up(thinned) if rng.random() < 0.5 else thinned)
    return out


def renamed(records: Sequence[Record]) -> list[Record]:
    """The records, and each once more with most of its persons and places exchanged, drawn by its id."""
    return [*records, *(_rename(record, random.Random(record.id)) for record in records)]


def _rename(record: Record, rng: random.Random) -> Record:
    names: dict[str, str] = {}
    text = record.text
    parts: list[str] = []
    spans: list[Span] = []
    position = length = 0
    for span in record.gold.spans:
        surface = text[span.start : span.end]
        if span.label in ("PER", "LOC") and surface not in names:
            names[surface] = _other_name(surface, span.label, names, rng) if rng.random() < _RENAMED else surface
        new = names.get(surface, surface) if span.label in ("PER", "LOC") else surface
        parts += [text[position : span.start], new]
        start = length + span.start - position
        length = start + len(new)
        position = span.end
        spans.append(Span(start, length, span.label))
    parts.append(text[position:])
    entities = tuple(span for span in spans if span.label not in BOILERPLATE)
    furniture = tuple(span for span in spans if span.label in BOILERPLATE)
    gold = replace(record.gold, entities=entities, boilerplate=furniture)
    return Record(replace(record.page, text="".join(parts)), gold)


def _other_name(surface: str, label: str, names: dict[str, str], rng: random.Random) -> str:
    if label == "LOC":
        country = surface.casefold() in gazetteers.territories()
        return rng.choice(gazetteers.country_names() if country else gazetteers.city_names())
    firsts, lasts = gazetteers.person_names()
    last = rng.choice(lasts)
    if " " not in surface:
        return last
    names[surface.rsplit(" ", 1)[1]] = last  # the surname alone, later on the page, is the same person
    return f"{rng.choice(firsts)} {last}"


def without_blocks(record: Record, gone: Sequence[Span]) -> Record:
    """The page without some of its furniture; only text and furniture of the result are meant to be used."""
    text = record.text
    kept: list[int] = []
    position = 0
    for start, end, _ in sorted(gone):
        kept += range(position, start)
        whole_lines = (start == 0 or text[start - 1] == "\n") and text[end : end + 1] == "\n"
        position = end + whole_lines
    kept += range(position, len(text))
    left = [span for span in record.gold.boilerplate if span not in set(gone)]
    return _keep(record, kept, left)


def closed_up(record: Record) -> Record:
    """The page without its blank lines."""
    text = record.text
    kept = [i for i, char in enumerate(text) if not (char == "\n" and text[i - 1 : i] == "\n")]
    return _keep(record, kept, record.gold.boilerplate)


def _keep(record: Record, kept: Sequence[int], furniture: Sequence[Span]) -> Record:
    text = "".join(record.text[i] for i in kept)
    moved = [Span(bisect_left(kept, s), bisect_left(kept, e), label) for s, e, label in furniture]
    return Record(replace(record.page, text=text), Annotation(boilerplate=merge_blocks(text, moved)))
