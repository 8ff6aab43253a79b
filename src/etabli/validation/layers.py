"""Rules about layers, their logs and the decisions between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from etabli import sources as reading
from etabli.documents import Annotation
from etabli.errors import Problem
from etabli.labels import OTHER
from etabli.newsroom.settle import span_items
from etabli.sources import ANNOTATORS, CONSTRUCTION, GOLD, LAYERS, Sources
from etabli.validation.table import layer_pages, rule, shown


@rule("layer-text", "taking the brackets away gives the page text, byte for byte")
def layer_text(sources: Sources) -> Iterator[Problem]:
    for held in sources.layers.values():
        for page_id, page in held.items():
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
    for held in sources.layers.values():
        for page_id, page in held.items():
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
    for _, page_id, page, text in layer_pages(sources, CONSTRUCTION):
        for span in page.annotation.boilerplate:
            if span.label not in reading.FURNITURE:
                yield Problem(
                    "construction-furniture",
                    page.file,
                    shown(text, span),
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


@rule("decision-gold", "gold is what the last decision on a place says")
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


@rule("gold-undecided", "where no decision was taken, gold is what both annotators say")
def gold_undecided(sources: Sources) -> Iterator[Problem]:
    decided: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for row in sources.decisions:
        place = row.value.get("start", -1), row.value.get("end", -1)
        decided.setdefault((row.value["id"], row.value["layer"]), []).append(place)
    first, second = (sources.layers[name] for name in ANNOTATORS)
    for page_id in sorted(set(first) & set(second) & set(sources.layers[GOLD])):
        a, b = first[page_id].annotation, second[page_id].annotation
        gold = sources.layers[GOLD][page_id]

        def problem(found: str, page_id: str = page_id, file: str = gold.file) -> Problem:
            expected = "what both annotators say, or a line of decisions.jsonl"
            return Problem("gold-undecided", file, found, expected, "Settle it, with a reason.", id=page_id)

        for layer in ("topics", "main_topic"):
            value = getattr(gold.annotation, layer)
            if getattr(a, layer) == getattr(b, layer) != value and (page_id, layer) not in decided:
                yield problem(f"{layer} {value}")
        for layer in ("entities", "boilerplate"):
            places = decided.get((page_id, layer), [])
            agreed = set(getattr(a, layer)) & set(getattr(b, layer))
            for span in sorted(agreed ^ set(getattr(gold.annotation, layer))):
                # A decision may join furniture to its neighbours, so any decision that touches the span will do.
                if not any(start < span.end and span.start < end for start, end in places):
                    yield problem(f"{layer} {span.label} {span.start}-{span.end}")
