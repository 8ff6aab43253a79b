"""Boilerplate: what is furniture, character by character.

Conventions: only characters that are not `str.isspace()` count. A character is furniture if a span of any
class covers it; with class, a wrong class is one false positive and one false negative. The article text of
a page is what is not furniture: its F1 is over the positions kept, a page with nothing to keep and nothing
kept counting 1; a page is exact if precisely the article's positions are kept. Gold spans of a page do not
overlap one another, nor do predicted ones.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from etabli.columns import Bools, Layers, Pages, Spans
from etabli.labels import BOILERPLATE
from etabli.scoring.counts import Counts, Reference, counts_of

CLASSES = ("ARTICLE", *BOILERPLATE)
CHUNK = 1 << 20  # characters taken at a time


def count(reference: Reference, predicted: Layers) -> Counts:
    """Counts a page. Columns: `all.tp/.predicted/.expected` (characters), `class.tp`, `{class}.tp/.predicted/
    .expected`, `article.f1` (a page score), `article.exact` and `pages`."""
    table = confusion(reference, predicted).astype(np.float64)
    gold, found = table.sum(axis=2), table.sum(axis=1)
    columns: dict[str, NDArray[np.generic]] = {
        "all.tp": table[:, 1:, 1:].sum(axis=(1, 2)),
        "all.predicted": found[:, 1:].sum(axis=1),
        "all.expected": gold[:, 1:].sum(axis=1),
        "class.tp": np.trace(table[:, 1:, 1:], axis1=1, axis2=2),
    }
    for number, label in enumerate(CLASSES[1:], 1):
        columns[f"{label}.tp"] = table[:, number, number]
        columns[f"{label}.predicted"] = found[:, number]
        columns[f"{label}.expected"] = gold[:, number]
    kept = gold[:, 0] + found[:, 0]
    columns["article.f1"] = np.where(kept > 0, 2 * table[:, 0, 0] / np.maximum(kept, 1), 1.0)
    columns["article.exact"] = (gold[:, 0] == table[:, 0, 0]) & (found[:, 0] == table[:, 0, 0])
    columns["pages"] = np.ones(len(table))
    return counts_of(columns)


def confusion(reference: Reference, predicted: Layers) -> NDArray[np.int64]:
    """Characters that are not white space, by page, gold class and predicted class: pages x 9 x 9."""
    gold, found = reference.gold.boilerplate, predicted.boilerplate
    if gold is None or found is None:
        raise ValueError("no boilerplate to count")
    size = len(CLASSES)
    parts = [np.zeros((0, size, size), np.int64)]
    for low, high in _chunks(reference.pages):
        texts = reference.pages.texts[low:high]
        lengths = reference.pages.lengths[low:high]
        page = np.repeat(np.arange(high - low), lengths)
        pair = _classes(gold, low, high, lengths) * size + _classes(found, low, high, lengths)
        cell = (page * size * size + pair)[solid("".join(texts))]
        cells = np.bincount(cell, minlength=(high - low) * size * size)
        parts.append(cells.reshape(-1, size, size))
    return np.concatenate(parts)


def solid(text: str) -> Bools:
    """For each character of `text`, whether it is no white space."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return ~_spaces()[points]


@cache
def _spaces() -> Bools:
    return np.fromiter((chr(point).isspace() for point in range(sys.maxunicode + 1)), bool)


def _chunks(pages: Pages) -> Iterator[tuple[int, int]]:
    """(first, stop) rows of pages whose texts are about `CHUNK` characters together."""
    low = total = 0
    for row, length in enumerate(pages.lengths.tolist()):
        total += length
        if total >= CHUNK:
            yield low, row + 1
            low, total = row + 1, 0
    if low < len(pages):
        yield low, len(pages)


def _classes(spans: Spans, low: int, high: int, lengths: NDArray[np.integer]) -> NDArray[np.int64]:
    """The place in `CLASSES` of each character of pages `low` … `high - 1`, one text after the other."""
    first, stop = np.searchsorted(spans.page, [low, high])
    offset = np.cumsum(lengths) - lengths
    base = offset[spans.page[first:stop] - low]
    steps = np.zeros(int(lengths.sum()) + 1, np.int64)
    # A span adds its class where it starts and takes it away where it ends; both may fall on one character.
    np.add.at(steps, base + spans.start[first:stop], spans.label[first:stop] + 1)
    np.subtract.at(steps, base + spans.end[first:stop], spans.label[first:stop] + 1)
    return np.cumsum(steps)[:-1]
