"""The second look at gold: how much of it a fresh reader found wrong, and another reader confirmed.

A reader who took no part in the labels goes through pages of gold in full and proposes corrections (layer `audit`);
another settles each proposal. What was settled is compared with gold as it was found, page by page, and kept in
annotations/audit.jsonl, for gold moves on. Error rates are ratios of sums over pages; intervals are 95 % percentile
bootstrap intervals over pages.

* topics: four decisions a page (each topic, the main topic).
* entities: wrong (a mention that overlaps a settled one, with other ends or another label), spurious (a mention where
  there is none), missed (none where there is one); over mentions found and missed.
* furniture: characters that are not white space, of another class than settled, and of those the ones that were
  taken for article or the other way round; over all such characters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from etabli import jsonl
from etabli.documents import Annotation, Span
from etabli.labels import TOPICS
from etabli.scoring import statistics
from etabli.scoring.statistics import DEFAULT, Interval, Sampling

PATH = Path("annotations/audit.jsonl")


@dataclass(frozen=True, slots=True)
class Counts:
    """What was found on one page, or on all."""

    topics: int  # decisions
    topics_wrong: int
    mentions: int  # found or missed
    wrong: int
    missed: int
    spurious: int
    characters: int
    class_wrong: int
    furniture_wrong: int


RATES = {
    "topics": (("topics_wrong",), "topics"),
    "entities": (("wrong", "missed", "spurious"), "mentions"),
    "entities, wrong": (("wrong",), "mentions"),
    "entities, missed": (("missed",), "mentions"),
    "entities, spurious": (("spurious",), "mentions"),
    "furniture, with class": (("class_wrong",), "characters"),
    "article or furniture": (("furniture_wrong",), "characters"),
}


@dataclass(frozen=True, slots=True)
class Rate:
    """An error rate: errors over decisions, with its interval."""

    errors: int
    decisions: int
    interval: Interval

    @property
    def value(self) -> float:
        return self.errors / self.decisions if self.decisions else float("nan")


def compare(text: str, found: Annotation, settled: Annotation) -> Counts:
    """Gold of a page as it was found against gold as it was settled."""
    topics = sum((topic in found.topics) != (topic in settled.topics) for topic in TOPICS)
    gone = set(found.entities) - set(settled.entities)
    new = set(settled.entities) - set(found.entities)
    wrong = {span for span in gone if _touches(span, settled.entities)}
    missed = {span for span in new if not _touches(span, found.entities)}
    before, after = (_classes(text, one.boilerplate) for one in (found, settled))
    marks = [(b, a) for b, a, character in zip(before, after, text, strict=True) if not character.isspace()]
    return Counts(
        topics=len(TOPICS) + 1,
        topics_wrong=topics + (found.main_topic != settled.main_topic),
        mentions=len(found.entities) + len(missed),
        wrong=len(wrong),
        missed=len(missed),
        spurious=len(gone) - len(wrong),
        characters=len(marks),
        class_wrong=sum(b != a for b, a in marks),
        furniture_wrong=sum((b is None) != (a is None) for b, a in marks),
    )


def _touches(span: Span, others: Sequence[Span]) -> bool:
    return any(span.start < other.end and other.start < span.end for other in others)


def _classes(text: str, spans: Sequence[Span]) -> list[str | None]:
    classes: list[str | None] = [None] * len(text)
    for span in spans:
        classes[span.start : span.end] = [span.label] * (span.end - span.start)
    return classes


def keep(root: Path, pages: Mapping[str, Counts], run: str) -> None:
    """Add pages to annotations/audit.jsonl; a page that stands there is replaced."""
    path = root / PATH
    rows = {row["id"]: row for _, row in jsonl.read(path)} if path.is_file() else {}
    rows |= {page: {"id": page, "run": run, **asdict(counts)} for page, counts in pages.items()}
    jsonl.write(path, (rows[page] for page in sorted(rows)))


def read(root: Path) -> dict[str, Counts]:
    """Counts by page id; empty if no page has been audited."""
    path = root / PATH
    names = [field.name for field in fields(Counts)]
    rows = [row for _, row in jsonl.read(path)] if path.is_file() else []
    return {row["id"]: Counts(**{name: row[name] for name in names}) for row in rows}


def rates(pages: Mapping[str, Counts], sampling: Sampling = DEFAULT) -> dict[str, Rate]:
    """Error rates by layer, with intervals over pages. Raises `ValueError` without pages."""
    if not pages:
        raise ValueError("no page has been audited")
    rows: list[dict[str, Any]] = [asdict(pages[page]) for page in sorted(pages)]
    table = np.array([list(row.values()) for row in rows], dtype=np.float64)
    drawn = statistics.resampled_sums(table, sampling)
    column = {name: place for place, name in enumerate(rows[0])}
    found = {}
    for layer, (errors, decisions) in RATES.items():
        places = [column[name] for name in errors]
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = drawn[:, places].sum(axis=1) / drawn[:, column[decisions]]
        interval = statistics.interval(shares, len(rows))
        total = table.sum(axis=0)
        found[layer] = Rate(int(total[places].sum()), int(total[column[decisions]]), interval)
    return found
