"""A released record as JSON (schema/record.json) and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from etabli.documents import Annotation, Page, Record, Span

_PAGE_KEYS = (
    "id", "text", "title", "title_start", "title_end", "published", "site", "site_kind", "sector",
    "news_kind", "companies", "events", "split", "since",
)  # fmt: skip


def to_json(record: Record) -> dict[str, Any]:
    """The record as schema/record.json describes it, keys in that order."""
    page = record.page
    head = {key: getattr(page, key) for key in _PAGE_KEYS if key != "since"}
    return {
        **{key: list(value) if isinstance(value, tuple) else value for key, value in head.items()},
        **layer_to_json(page.text, record.gold),
        "annotators": {name: layer_to_json(page.text, layer) for name, layer in record.annotators.items()},
        "since": page.since,
    }


def from_json(row: dict[str, Any]) -> Record:
    """The record of a JSON object that fits schema/record.json."""
    values = {key: row[key] for key in _PAGE_KEYS}
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    page = Page(**fields)
    blind = {name: layer_from_json(layer) for name, layer in row["annotators"].items() if layer is not None}
    return Record(page, layer_from_json(row), blind)


def layer_to_json(text: str, annotation: Annotation) -> dict[str, Any]:
    """The three layers of one annotation, each span with its surface."""
    return {
        "topics": list(annotation.topics),
        "main_topic": annotation.main_topic,
        "entities": spans_to_json(text, annotation.entities),
        "boilerplate": spans_to_json(text, annotation.boilerplate),
    }


def layer_from_json(layer: dict[str, Any]) -> Annotation:
    return Annotation(
        tuple(layer["topics"]),
        layer["main_topic"],
        spans_from_json(layer["entities"]),
        spans_from_json(layer["boilerplate"]),
    )


def spans_to_json(text: str, spans: Sequence[Span]) -> list[dict[str, Any]]:
    return [{"start": s.start, "end": s.end, "label": s.label, "surface": text[s.start : s.end]} for s in spans]


def spans_from_json(spans: Sequence[dict[str, Any]]) -> tuple[Span, ...]:
    return tuple(Span(span["start"], span["end"], span["label"]) for span in spans)
