"""The rules that the corpus keeps: a table of small checks with stable ids.

`sources.read` finds what cannot be read at all (`READING` lists those rules); each rule of `RULES` looks at
what could be read and yields a `Problem` for each defect. One pass over the files serves all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etabli import sources as reading
from etabli.documents import Annotation, Span, merge_blocks, without
from etabli.errors import Problem
from etabli.labels import OTHER
from etabli.near import near_pairs
from etabli.newsroom.settle import span_items
from etabli.sources import ANNOTATORS, CONSTRUCTION, GOLD, LAYERS, LayerPage, Sources
from etabli.tokens import tokenize

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


def validate(root: Path) -> tuple[Sources, list[Problem]]:
    """Read the repository at `root` once and run every rule; problems sorted by file and line."""
    sources = reading.read(root)
    problems = list(sources.problems)
    for one in RULES:
        problems += one.check(sources)
    problems.sort(key=lambda p: (p.file, p.line or 0, p.rule, p.id or "", p.found))
    return sources, problems


def _layer_pages(sources: Sources, *layers: str) -> Iterator[tuple[str, str, LayerPage, str]]:
    """(layer, id, marked page, text) of every layer page whose brackets come off to the page's text."""
    for layer in layers:
        for page_id, page in sources.layers[layer].items():
            text = sources.texts.get(page_id)
            if text is not None and text == page.text:
                yield layer, page_id, page, text


def _shown(text: str, span: Span) -> str:
    return f"{span.label} {span.start}-{span.end} {text[span.start : span.end][:60]!r}"


# Texts


@rule("text-characters", "a page holds no ⟦ ⟧, no \\r, no control character, and no white space at its ends")
def text_characters(sources: Sources) -> Iterator[Problem]:
    for page_id, text in sources.texts.items():
        wrong = {c for c in text if c in "⟦⟧" or (c < " " and c not in "\n\t") or c == "\x7f"}
        if wrong or text != text.strip():
            found = ", ".join(f"U+{ord(c):04X}" for c in sorted(wrong)) or "white space at an end"
            file = sources.rows[page_id].file.replace("pages.jsonl", f"{page_id}.txt")
            yield Problem(
                "text-characters",
                file,
                found,
                "a clean page text",
                "Compose the page again under a new id.",
                id=page_id,
            )


@rule("title-place", "the title stands in the page where its metadata says, outside furniture")
def title_place(sources: Sources) -> Iterator[Problem]:
    for page_id, page in sources.pages.items():
        row = sources.rows[page_id]
        found = page.text[page.title_start : page.title_end]
        if found != page.title:
            yield Problem(
                "title-place",
                row.file,
                f"{found[:60]!r} at {page.title_start}-{page.title_end}",
                repr(page.title[:60]),
                "Correct title_start and title_end.",
                row.line,
                page_id,
            )
            continue
        gold = sources.layers[GOLD].get(page_id)
        if gold and any(s.start < page.title_end and s.end > page.title_start for s in gold.annotation.boilerplate):
            yield Problem(
                "title-place",
                row.file,
                "a title inside gold furniture",
                "the article's own title",
                "Name the other place of the title, or correct gold.",
                row.line,
                page_id,
            )


# Layers


@rule("layer-text", "taking the brackets away gives the page text, byte for byte")
def layer_text(sources: Sources) -> Iterator[Problem]:
    for layer in LAYERS:
        for page_id, page in sources.layers[layer].items():
            text = sources.texts.get(page_id)
            if text is None or text == page.text:
                continue
            at = next(
                (i for i, (a, b) in enumerate(zip(text, page.text, strict=False)) if a != b),
                min(len(text), len(page.text)),
            )
            yield Problem(
                "layer-text",
                page.file,
                f"{page.text[at : at + 30]!r} at offset {at}",
                f"{text[at : at + 30]!r}, as the page has it",
                "Mark the page's own text again.",
                id=page_id,
            )


@rule("layer-orphan", "every marked text belongs to a page")
def layer_orphan(sources: Sources) -> Iterator[Problem]:
    for layer in LAYERS:
        for page_id, page in sources.layers[layer].items():
            if page_id not in sources.texts:
                yield Problem(
                    "layer-orphan",
                    page.file,
                    "no page of this id",
                    "a page of the corpus",
                    "Remove the file, or add the page.",
                    id=page_id,
                )


@rule("layer-missing", "every page has construction, both annotators and gold")
def layer_missing(sources: Sources) -> Iterator[Problem]:
    for page_id, row in sources.rows.items():
        missing = [layer for layer in LAYERS if page_id not in sources.layers[layer]]
        if missing:
            yield Problem(
                "layer-missing",
                row.file,
                f"no {', '.join(missing)}",
                ", ".join(LAYERS),
                "Annotate and settle the page before it is committed.",
                row.line,
                page_id,
            )


@rule("layer-log", "every page of a layer has a line in the layer's log, and the other way round")
def layer_log(sources: Sources) -> Iterator[Problem]:
    for layer in LAYERS:
        pages, logs = sources.layers[layer], sources.logs[layer]
        for page_id in sorted(set(pages) - set(logs)):
            yield Problem(
                "layer-log",
                pages[page_id].file,
                "no line in log.jsonl",
                "a line that says who and when",
                "Add the line.",
                id=page_id,
            )
        for page_id in sorted(set(logs) - set(pages)):
            yield Problem(
                "layer-log",
                logs[page_id].file,
                "a page that the layer does not hold",
                "pages of the layer",
                "Remove the line.",
                logs[page_id].line,
                page_id,
            )


@rule("construction-furniture", "construction holds furniture only")
def construction_furniture(sources: Sources) -> Iterator[Problem]:
    for _, page_id, page, text in _layer_pages(sources, CONSTRUCTION):
        for span in page.annotation.boilerplate:
            if span.label not in reading.FURNITURE:
                yield Problem(
                    "construction-furniture",
                    page.file,
                    _shown(text, span),
                    "boilerplate classes",
                    "Remove the mark.",
                    id=page_id,
                )


@rule("main-topic", "the main topic is one of the page's topics, or other")
def main_topic(sources: Sources) -> Iterator[Problem]:
    for layer in (*ANNOTATORS, GOLD):
        for page_id, page in sources.layers[layer].items():
            told = page.annotation
            if told.main_topic != OTHER and told.main_topic not in told.topics:
                yield Problem(
                    "main-topic",
                    page.file,
                    told.main_topic,
                    ", ".join((*told.topics, OTHER)),
                    "Add the topic, or choose another main topic.",
                    line=2,
                    id=page_id,
                )


# Spans


@rule("span-space", "a span neither begins nor ends with white space")
def span_space(sources: Sources) -> Iterator[Problem]:
    for _, page_id, page, text in _layer_pages(sources, *LAYERS):
        for span in page.annotation.spans:
            if text[span.start].isspace() or text[span.end - 1].isspace():
                yield Problem(
                    "span-space",
                    page.file,
                    _shown(text, span),
                    "a span without white space at its ends",
                    "Leave the white space outside.",
                    id=page_id,
                )


@rule("span-tokens", "span boundaries fall on token boundaries")
def span_tokens(sources: Sources) -> Iterator[Problem]:
    known: dict[str, tuple[set[int], set[int]]] = {}
    for _, page_id, page, text in _layer_pages(sources, *LAYERS):
        if page_id not in known:
            tokens = tokenize(text)
            known[page_id] = {start for start, _ in tokens}, {end for _, end in tokens}
        starts, ends = known[page_id]
        for span in page.annotation.spans:
            if (span.start not in starts or span.end not in ends) and text[span.start : span.end].strip():
                yield Problem(
                    "span-tokens",
                    page.file,
                    _shown(text, span),
                    "boundaries of tokens (see tokens.py)",
                    "Move the boundary to the word's edge.",
                    id=page_id,
                )


@rule("entity-lines", "an entity stands on one line")
def entity_lines(sources: Sources) -> Iterator[Problem]:
    for _, page_id, page, text in _layer_pages(sources, *ANNOTATORS, GOLD):
        for span in page.annotation.entities:
            if "\n" in text[span.start : span.end]:
                yield Problem(
                    "entity-lines",
                    page.file,
                    _shown(text, span),
                    "an entity on one line",
                    "Mark the part that names it.",
                    id=page_id,
                )


@rule("furniture-merged", "furniture of one class with only white space between is one span")
def furniture_merged(sources: Sources) -> Iterator[Problem]:
    for _, page_id, page, text in _layer_pages(sources, *LAYERS):
        spans = page.annotation.boilerplate
        for span in sorted(set(merge_blocks(text, spans)) - set(spans)):
            yield Problem(
                "furniture-merged",
                page.file,
                f"several spans in {_shown(text, span)}",
                "one span",
                "Join them.",
                id=page_id,
            )


# Decisions


def _differences(a: Annotation, b: Annotation) -> set[tuple[str, int, int]]:
    return {
        (item.layer, span.start, span.end)
        for item in span_items({"a": a, "b": b}, ("entities", "boilerplate"))
        for spans in item.versions.values()
        for span in spans
    }


@rule("decision-missing", "every difference between the annotators is settled in decisions.jsonl")
def decision_missing(sources: Sources) -> Iterator[Problem]:
    settled: dict[str, set[tuple[str, int, int]]] = {}
    for row in sources.decisions:
        value = row.value
        place = (value["layer"], value.get("start", -1), value.get("end", -1))
        settled.setdefault(value["id"], set()).add(place)
    first, second = (sources.layers[name] for name in ANNOTATORS)
    for page_id in sorted(set(first) & set(second) & set(sources.layers[GOLD])):
        a, b = first[page_id].annotation, second[page_id].annotation
        differing = _differences(a, b)
        differing |= {(layer, -1, -1) for layer in ("topics", "main_topic") if getattr(a, layer) != getattr(b, layer)}
        for layer, start, end in sorted(differing - settled.get(page_id, set())):
            where = f" at {start}-{end}" if start >= 0 else ""
            yield Problem(
                "decision-missing",
                sources.layers[GOLD][page_id].file,
                f"a difference in {layer}{where}",
                "a line of decisions.jsonl",
                "Settle it, with a reason.",
                id=page_id,
            )


@rule("decision-gold", "gold is what the last decision on a place says, and what both annotators say elsewhere")
def decision_gold(sources: Sources) -> Iterator[Problem]:
    told: dict[tuple[str, str, int, int], Any] = {}
    for row in sources.decisions:
        value = row.value
        told[value["id"], value["layer"], value.get("start", -1), value.get("end", -1)] = row
    for (page_id, layer, start, end), row in told.items():
        gold = sources.layers[GOLD].get(page_id)
        if gold is None:
            yield Problem(
                "decision-gold",
                row.file,
                "a page without gold",
                "a page of gold",
                "Remove the line.",
                row.line,
                page_id,
            )
            continue
        if start < 0:
            held: Any = getattr(gold.annotation, layer)
            held = held if isinstance(held, str) else list(held)
        else:
            held = next((s.label for s in getattr(gold.annotation, layer) if (s.start, s.end) == (start, end)), None)
        if held != row.value["gold"]:
            yield Problem(
                "decision-gold",
                row.file,
                f"{row.value['gold']} for {layer} {start}-{end}",
                f"{held}, as gold has it",
                "Correct gold, or the decision.",
                row.line,
                page_id,
            )


# Splits


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


# Facts


@rule("fact-name", "a fact file is named after its event")
def fact_name(sources: Sources) -> Iterator[Problem]:
    for name, row in sources.facts.items():
        if row.value["event"] != name:
            yield Problem("fact-name", row.file, row.value["event"], name, "Rename the file or the event.")


@rule("fact-sources", "every fact names sources that the file lists")
def fact_sources(sources: Sources) -> Iterator[Problem]:
    for name, row in sources.facts.items():
        count = len(row.value["sources"])
        for number, fact in enumerate(row.value["facts"], 1):
            for source in fact["sources"]:
                if source > count:
                    yield Problem(
                        "fact-sources",
                        row.file,
                        f"source {source} of fact {number}",
                        f"1 to {count}",
                        "Add the source, or correct the number.",
                        id=name,
                    )


@rule("site-name", "a site's folder is named after it")
def site_name(sources: Sources) -> Iterator[Problem]:
    for name, row in sources.sites.items():
        if row.value["site"] != name:
            yield Problem("site-name", row.file, row.value["site"], name, "Rename the folder or the site.")
