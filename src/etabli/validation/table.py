"""The table of rules, and what their checks share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from etabli.documents import Span
from etabli.errors import Problem
from etabli.sources import LayerPage, Sources

Check = Callable[[Sources], Iterable[Problem]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its id (stable, named in every message), what it asks, and its check."""

    id: str
    asks: str
    check: Check


RULES: list[Rule] = []

READING = {
    "yaml": "site and fact files are YAML",
    "jsonl": "files of records hold one JSON object a line, without doubled keys or NaN",
    "encoding": "texts are UTF-8",
    "schema-site": "site.yaml fits schema/site.json",
    "schema-page": "lines of pages.jsonl fit schema/page.json",
    "schema-fact": "fact files fit schema/fact.json",
    "schema-log": "lines of log.jsonl fit schema/log.json",
    "schema-decision": "lines of decisions.jsonl fit schema/decision.json",
    "schema-released": "lines of released.jsonl fit schema/released.json",
    "schema-withdrawn": "lines of withdrawn.jsonl fit schema/withdrawn.json",
    "page-id-twice": "page ids are unique in the corpus",
    "text-missing": "every line of pages.jsonl has its text",
    "text-orphan": "every text has its line in pages.jsonl",
    "marked-form": "layers are in the inline form",
    "log-twice": "a layer's log has one line a page",
}


def rule(name: str, asks: str) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        RULES.append(Rule(name, asks, check))
        return check

    return register


def layer_pages(sources: Sources, *layers: str) -> Iterator[tuple[str, str, LayerPage, str]]:
    """(layer, id, marked page, text) of every layer page whose brackets come off to the page's text."""
    for layer in layers:
        for page_id, page in sources.layers[layer].items():
            text = sources.texts.get(page_id)
            if text is not None and text == page.text:
                yield layer, page_id, page, text


def shown(text: str, span: Span) -> str:
    return f"{span.label} {span.start}-{span.end} {text[span.start : span.end][:60]!r}"
