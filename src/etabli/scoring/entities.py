"""Entities: spans with a label, anywhere on the page.

Conventions: gold spans of a page do not overlap one another, nor do predicted ones. An exact match has the
same start, end and label; a span match the same start and end. An overlap match shares a character and has
the same label; matching is one-to-one and as large as can be. An exact match is never given up for a
partial one: as spans of one side do not overlap, an exactly matched span touches no other, so the largest
matching holds every exact match. All predictions count wherever they lie; `leaked` are those with a
character in gold boilerplate. A gold mention is seen if its case-folded surface is that of a training
entity, whatever its label.

Spans are compared as packed integers (page and offset in one 64-bit key), so time is linear in spans.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from etabli.columns import Bools, Layers, Spans
from etabli.labels import ENTITIES
from etabli.scoring.counts import Counts, Reference, counts_of, per_page


def count(reference: Reference, predicted: Layers) -> Counts:
    """Counts a page. Columns: `{label}.tp/.predicted/.expected`, the same for `all`, `span.tp`, `overlap.tp`,
    `leaked`, and with training text `seen.tp/.expected`, `unseen.tp/.expected`."""
    gold, found = reference.gold.entities, predicted.entities
    if gold is None or found is None:
        raise ValueError("no entities to count")
    pages = len(reference.pages)
    same, at = match(gold, found)
    exact = same & (found.label == gold.label[at]) if len(gold) else same
    columns: dict[str, NDArray[np.generic]] = {
        "all.tp": per_page(found.page[exact], pages),
        "all.predicted": per_page(found.page, pages),
        "all.expected": per_page(gold.page, pages),
        "span.tp": per_page(found.page[same], pages),
        "overlap.tp": per_page(found.page[overlapping(gold, found, exact, at)], pages),
    }
    by_label = {"tp": found.where(exact), "predicted": found, "expected": gold}
    for name, spans in by_label.items():
        table = np.bincount(spans.page.astype(np.int64) * len(ENTITIES) + spans.label,
                            minlength=pages * len(ENTITIES)).reshape(pages, -1)  # fmt: skip
        for number, label in enumerate(ENTITIES):
            columns[f"{label}.{name}"] = table[:, number]
    if reference.gold.boilerplate is not None:
        columns["leaked"] = per_page(found.page[touching(found, reference.gold.boilerplate)], pages)
    if reference.seen is not None:
        recalled = np.zeros(len(gold), bool)
        recalled[at[exact]] = True
        for name, mask in (("seen", reference.seen), ("unseen", ~reference.seen)):
            columns[f"{name}.tp"] = per_page(gold.page[mask & recalled], pages)
            columns[f"{name}.expected"] = per_page(gold.page[mask], pages)
    return counts_of(columns)


def confusion(reference: Reference, predicted: Layers) -> NDArray[np.int64]:
    """Mentions by gold label (rows) and predicted label (columns), 12 x 12.

    A predicted mention is set against the gold mention with its start and end; the last row holds those that
    have none, the last column the gold mentions that no predicted one has the place of.
    """
    gold, found = reference.gold.entities, predicted.entities
    if gold is None or found is None:
        raise ValueError("no entities to count")
    size = len(ENTITIES) + 1
    same, at = match(gold, found)
    table = np.zeros((size, size), np.int64)
    np.add.at(table, (gold.label[at[same]], found.label[same]), 1)
    np.add.at(table[-1], found.label[~same], 1)
    missed = np.ones(len(gold), bool)
    missed[at[same]] = False
    np.add.at(table[:, -1], gold.label[missed], 1)
    return table


def match(gold: Spans, found: Spans) -> tuple[Bools, NDArray[np.intp]]:
    """For each found span, whether a gold span has its page, start and end, and the row of the gold span that
    starts nearest at or after it (the one it matches, if it does)."""
    at = np.searchsorted(gold.starts, found.starts)
    if not len(gold):
        return np.zeros(len(found), bool), at
    at = np.minimum(at, len(gold) - 1)
    return (gold.starts[at] == found.starts) & (gold.ends[at] == found.ends), at


def overlapping(gold: Spans, found: Spans, exact: Bools, at: NDArray[np.intp]) -> Bools:
    """Which found spans a largest one-to-one matching of overlapping spans with one label takes in.

    Exact matches are in. Of the others, going through the found spans of a label in the order of the text
    and taking the first gold span that is still free is largest, since the gold spans that a found span
    touches are neighbours and both ends of that stretch only move forward (Glover, 1967).
    """
    taken = exact.copy()
    free = np.ones(len(gold), bool)
    free[at[exact]] = False
    for label in range(len(ENTITIES)):
        rows = np.flatnonzero(~exact & (found.label == label))
        other = np.flatnonzero(free & (gold.label == label))
        if not len(rows) or not len(other):
            continue
        first = np.searchsorted(gold.ends[other], found.starts[rows], side="right")
        stop = np.searchsorted(gold.starts[other], found.ends[rows], side="left")
        touch = np.flatnonzero(first < stop)
        last = -1
        stretches = zip(rows[touch].tolist(), first[touch].tolist(), stop[touch].tolist(), strict=True)
        for row, low, high in stretches:
            candidate = max(low, last + 1)
            if candidate < high:
                taken[row] = True
                last = candidate
    return taken


def touching(spans: Spans, blocks: Spans) -> Bools:
    """Which `spans` share a character with one of `blocks` (sorted, not overlapping)."""
    first = np.searchsorted(blocks.ends, spans.starts, side="right")
    stop = np.searchsorted(blocks.starts, spans.ends, side="left")
    return np.asarray(first < stop)
