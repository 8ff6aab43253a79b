"""One page of the explorer: what is known of it, its lines, its legend, its facts and their sources."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from etabli.documents import Annotation, Record
from etabli.explorer.compare import GOLD, Line, lines
from etabli.explorer.origins import Origins
from etabli.explorer.words import french, layer_name, percent
from etabli.labels import BOILERPLATE, ENTITIES, TOPICS, describe
from etabli.render import colour
from etabli.stats import article_words, furniture_share


@dataclass(frozen=True)
class Topics:
    """The topics of one layer as a row: its name, a yes or no a topic, the main topic, and where it leaves gold."""

    name: str
    held: tuple[bool, ...]
    main: str
    differs: tuple[bool, ...]


@dataclass(frozen=True)
class View:
    """What the page template shows."""

    id: str
    title: str
    about: tuple[tuple[str, str], ...]
    topic_names: tuple[str, ...]
    topics: tuple[Topics, ...]
    legend: tuple[dict[str, Any], ...]
    layers: tuple[tuple[str, str], ...]
    lines: list[Line]
    events: tuple[dict[str, Any], ...]
    differences: int


def view(record: Record, origins: Origins) -> View:
    """The page of a record. `differences` counts the lines and topic judgements on which the layers are not one."""
    layers = {name: record.annotators[name] for name in sorted(record.annotators)} | {GOLD: record.gold}
    drawn = lines(record.text, {name: layer.spans for name, layer in layers.items()})
    topics = tuple(_topics(name, layer, record.gold) for name, layer in layers.items())
    judged = sum(any(column) for column in zip(*(row.differs for row in topics), strict=True))
    return View(
        record.id,
        record.page.title,
        _about(record, origins),
        tuple(french("topic", code) for code in TOPICS),
        topics,
        _legend(layers),
        tuple((name, layer_name(name)) for name in layers),
        drawn,
        tuple(_event(event, origins.facts.get(event)) for event in record.page.events),
        sum(line.differs for line in drawn) + judged,
    )


def _about(record: Record, origins: Origins) -> tuple[tuple[str, str], ...]:
    page = record.page
    return (
        ("Site", f"{origins.name(page.site)} ({describe('site_kind', page.site_kind)['fr'].lower()})"),
        ("Date", page.published),
        ("Secteur", french("sector", page.sector)),
        ("Genre", french("news_kind", page.news_kind)),
        ("Sociétés", ", ".join(page.companies) or "aucune"),
        ("Partition", french("split", page.split)),
        ("Article", f"{article_words(record)} mots"),
        ("Mobilier", f"{percent(furniture_share(record))} des caractères"),
        ("Depuis", f"version {page.since}"),
    )


def _topics(name: str, layer: Annotation, gold: Annotation) -> Topics:
    held = tuple(topic in layer.topics for topic in TOPICS)
    differs = tuple((topic in layer.topics) != (topic in gold.topics) for topic in TOPICS)
    main = french("main_topic", layer.main_topic)
    return Topics(layer_name(name), held, main, (*differs, layer.main_topic != gold.main_topic))


def _legend(layers: dict[str, Annotation]) -> tuple[dict[str, Any], ...]:
    """The labels of any layer, with gold's number of each."""
    seen = {span.label for layer in layers.values() for span in layer.spans}
    counts = Counter(span.label for span in layers[GOLD].spans)
    return tuple(
        {
            "code": code,
            "name": french(group, code),
            "definition": describe(group, code).get("definition_fr", ""),
            "colour": colour(code),
            "count": counts[code],
            "kind": "furniture" if group == "boilerplate" else "entity",
        }
        for group, names in (("entity", ENTITIES), ("boilerplate", BOILERPLATE))
        for code in names
        if code in seen
    )


def _event(event: str, fact: dict[str, Any] | None) -> dict[str, Any]:
    """An event with its facts and sources; only addresses of the web become links."""
    if fact is None:
        return {"event": event, "known": False}
    sources = [
        {
            "number": number,
            "publisher": source["publisher"],
            "date": "" if source["date"] == "unknown" else source["date"],
            "url": source["url"],
            "link": _is_web(source["url"]),
        }
        for number, source in enumerate(fact["sources"], 1)
    ]
    return {"event": event, "known": True, "date": fact["date"], "facts": fact["facts"], "sources": sources}


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
