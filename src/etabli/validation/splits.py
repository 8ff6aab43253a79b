"""Rules about what may not cross from one split to another."""

from __future__ import annotations

import re
from collections.abc import Iterator

from etabli.documents import without
from etabli.errors import Problem
from etabli.near import near_pairs
from etabli.sources import GOLD, Sources
from etabli.validation.table import rule


@rule("event-missing", "every event of a page has its fact file")
def event_missing(sources: Sources) -> Iterator[Problem]:
    for page_id, page in sources.pages.items():
        for event in page.events:
            if event not in sources.facts:
                row = sources.rows[page_id]
                yield Problem(
                    "event-missing",
                    row.file,
                    f"event {event}",
                    f"corpus/facts/{event}.yaml",
                    "Add the fact file.",
                    row.line,
                    page_id,
                )


@rule("split-event", "an event belongs to one split, that of all its pages' sites and of its fact file")
def split_event(sources: Sources) -> Iterator[Problem]:
    for page_id, page in sources.pages.items():
        for event in page.events:
            fact = sources.facts.get(event)
            if fact and fact.value["split"] != page.split:
                row = sources.rows[page_id]
                yield Problem(
                    "split-event",
                    row.file,
                    f"event {event} of {fact.value['split']}",
                    f"an event of {page.split}",
                    "Give the event to a site of its split.",
                    row.line,
                    page_id,
                )


def _plain(headline: str) -> str:
    """A headline without its typography: letters and digits, case folded."""
    return " ".join(re.findall(r"\w+", headline.casefold()))


@rule("split-headline", "no page shows the headline of a page of another split")
def split_headline(sources: Sources) -> Iterator[Problem]:
    titles = {_plain(page.title): page for page in sources.pages.values()}
    for page_id, page in sources.pages.items():
        for line in page.text.split("\n"):
            other = titles.get(_plain(line))
            if other is not None and other.split != page.split:
                yield Problem(
                    "split-headline",
                    sources.rows[page_id].file,
                    f"the headline of {other.id} ({other.split})",
                    f"headlines of {page.split}",
                    "Compose the page again.",
                    id=page_id,
                )


@rule(
    "split-near-duplicate",
    "no two pages of different splits have article texts of Jaccard .5 or more (word 5-shingles)",
)
def split_near_duplicate(sources: Sources) -> Iterator[Problem]:
    articles = {}
    for page_id, page in sources.pages.items():
        gold = sources.layers[GOLD].get(page_id)
        if gold is not None and gold.text == page.text:
            articles[page_id] = " ".join(page.text[a:b] for a, b in without(page.text, gold.annotation.boilerplate))
    splits = {page_id: sources.pages[page_id].split for page_id in articles}
    for one, other, likeness in near_pairs(articles, splits):
        yield Problem(
            "split-near-duplicate",
            sources.rows[one].file,
            f"{likeness:.2f} of {other} ({splits[other]})",
            "less than 0.5",
            "Rewrite one of them.",
            id=one,
        )
