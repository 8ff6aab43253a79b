"""More training pages from the same ones: furniture taken away, blank lines closed up.

Sites of the corpus carry much furniture, and pages from elsewhere may carry little or none; a model that has only seen
full pages takes the first line of a clean one for a menu. Variants are made from training pages alone.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from etabli.documents import Annotation, Record, Span, merge_blocks

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
