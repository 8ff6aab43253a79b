"""Gamma: agreement on spans that weighs how far apart they lie and whether their labels differ.

One value a page and layer: 1 - disorder of the best alignment of both annotators' spans / disorder expected of
spans placed by chance (Mathet, Widlöcher and Métivier, Computational Linguistics 41(3), 2015), by the package
pygamma-agreement (Titeux and Riad, JOSS 2021) with the paper's dissimilarity: position and category weigh the same
(alpha = beta = 1, delta_empty = 1), 30 samples of chance. About half a second a page, so values are kept in
annotations/gamma.jsonl under a digest of the spans that they were computed from; a value whose spans have changed
is no longer found, and is not used.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from etabli import jsonl
from etabli.documents import Annotation, Span
from etabli.errors import UsageError

PATH = Path("annotations/gamma.jsonl")
LAYERS = ("entities", "boilerplate")
SAMPLES = 30
Key = tuple[str, str, str]  # page, layer, digest of both annotators' spans
Values = dict[Key, float]
Labels = Sequence[Annotation]  # of one hand, page by page


def spans_of(annotation: Annotation, layer: str) -> tuple[Span, ...]:
    return annotation.entities if layer == "entities" else annotation.boilerplate


def key(page: str, layer: str, first: Annotation, second: Annotation) -> Key:
    """Under what a page's value is kept."""
    spans = [[list(span) for span in spans_of(side, layer)] for side in (first, second)]
    return page, layer, hashlib.sha256(jsonl.dumps([SAMPLES, spans]).encode()).hexdigest()[:16]


def read(root: Path) -> Values:
    """The kept values of a repository; none if it has no file of them."""
    path = root / PATH
    rows = (row for _, row in jsonl.read(path)) if path.is_file() else ()
    return {(row["id"], row["layer"], row["spans"]): row["gamma"] for row in rows}


def write(root: Path, values: Values) -> None:
    """Keep `values`, sorted, in place of what was kept."""
    jsonl.write(
        root / PATH,
        ({"id": page, "layer": layer, "spans": spans, "gamma": values[page, layer, spans]}
         for page, layer, spans in sorted(values)),
    )  # fmt: skip


def wanted(pages: Sequence[str], first: Labels, second: Labels) -> Iterator[tuple[Key, int]]:
    """The keys that these annotations need, each with its page's row. A page that either left bare has no gamma."""
    for row, page in enumerate(pages):
        for layer in LAYERS:
            if spans_of(first[row], layer) and spans_of(second[row], layer):
                yield key(page, layer, first[row], second[row]), row


def of_spans(first: Sequence[Span], second: Sequence[Span], seed: str) -> float:
    """Gamma of two annotators' spans, neither list empty. The same seed gives the same value.

    Raises `UsageError` where the package is missing.
    """
    try:
        logging.getLogger().setLevel(logging.ERROR)  # the package warns at every call that it uses GLPK
        from pyannote.core import Segment
        from pygamma_agreement import CombinedCategoricalDissimilarity, Continuum
    except ImportError:
        raise UsageError("gamma needs the package pygamma-agreement: pip install 'etabli[gamma]'") from None
    continuum = Continuum()
    for name, spans in (("a", first), ("b", second)):
        for span in spans:
            continuum.add(name, Segment(span.start, span.end), span.label)
    np.random.seed(int(seed[:8], 16))  # the package draws from numpy's global generator
    measure = CombinedCategoricalDissimilarity(alpha=1, beta=1, delta_empty=1)
    return round(float(continuum.compute_gamma(measure, n_samples=SAMPLES).gamma), 4)


def known(values: Mapping[Key, float], keys: Sequence[tuple[Key, int]], layer: str) -> tuple[list[int], list[float]]:
    """Rows of pages and their values in one layer, where they have been computed."""
    found = [(row, values[one]) for one, row in keys if one[1] == layer and one in values]
    return [row for row, _ in found], [value for _, value in found]
