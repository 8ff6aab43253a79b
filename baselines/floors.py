"""Floors: what costs nothing. A system that does not beat them has learnt nothing.

`majority` says the commonest topic set and main topic of train for every page; `keep_all` marks no furniture;
`rules` marks dates and amounts by pattern in the whole page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from etabli.baselines.gazetteers import months
from etabli.documents import Annotation, Span
from etabli.labels import TOPICS

_MONTHS = "|".join(
    sorted((name for name in months() if not name.endswith("di") and name != "dimanche"), key=len, reverse=True)
)
_NUMBER = r"\d{1,3}(?:[ \u00a0\u202f.]\d{3})+(?:,\d+)?|\d+(?:,\d+)?"
DATE = re.compile(
    rf"(?:\b(?:1er|[0-3]?\d) )?(?:(?:début|fin|mi-|courant) ?)?\b(?:{_MONTHS})\b(?: (?:19|20)\d\d)?"
    r"|\b(?:début |fin |courant )?(?:19|20)\d\d\b"
    r"|\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b",
    re.IGNORECASE,
)
_MULTIPLE = r"(?:millions?|milliards?|M|Md)[ \u00a0\u202f]?(?:d['’]|de )?"
MONEY = re.compile(rf"(?:{_NUMBER})[ \u00a0\u202f]?(?:{_MULTIPLE})?(?:euros?|€|dollars?|\$|francs suisses)")


class Majority:
    """The commonest topic set and main topic of the training records, for every page."""

    def __init__(self) -> None:
        self.topics: tuple[str, ...] = ()
        self.main = "other"
        self.rates: dict[str, float] = {}

    def fit(self, told: Sequence[Annotation]) -> Majority:
        self.topics = min(Counter(a.topics for a in told).items(), key=lambda item: (-item[1], item[0]))[0]
        mains = Counter(a.main_topic for a in told if a.main_topic in (*self.topics, "other"))
        self.main = min(mains.items(), key=lambda item: (-item[1], item[0]))[0]
        self.rates = {t: round(sum(t in a.topics for a in told) / len(told), 6) for t in TOPICS}
        return self

    def predict(self) -> tuple[tuple[str, ...], str, dict[str, float]]:
        return self.topics, self.main, dict(self.rates)


def keep_all() -> tuple[Span, ...]:
    """No furniture at all."""
    return ()


def rules(text: str) -> tuple[Span, ...]:
    """Dates and amounts by pattern; amounts first, and nothing twice."""
    taken: list[Span] = []
    for label, pattern in (("MONEY", MONEY), ("DATE", DATE)):
        for match in pattern.finditer(text):
            start, end = match.span()
            if all(end <= span.start or start >= span.end for span in taken):
                taken.append(Span(start, end, label))
    return tuple(sorted(taken))
