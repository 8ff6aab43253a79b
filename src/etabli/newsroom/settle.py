"""Lists where two versions of a page differ and builds the settled version from decisions.

Used twice: on annotators `a` and `b` (giving gold), then on that gold and `construction`. An item is
one place where they differ: the topics, the main topic, or a group of spans of one layer that overlap one another. A
decision names the item, the version chosen (or rows of its own, in the line form), and a reason.
Decisions come as JSON lines:

    {"item": 1, "choose": "a", "reason": "…"}
    {"item": 2, "choose": "rows", "rows": ["14\\tORG\\tBatrion"], "reason": "…"}
    {"item": 3, "choose": "none", "reason": "no span here"}
    {"item": "topics", "choose": "set", "topics": ["financing"], "reason": "…"}
    {"item": "main_topic", "choose": "b", "reason": "…"}
    {"item": "extra", "rows": ["20\\tDATE\\tjeudi"], "drop": ["20\\tORG\\tX"], "reason": "both missed it"}
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from etabli import lineform
from etabli.documents import Annotation, Span, merge_blocks, overlaps
from etabli.labels import BOILERPLATE, ENTITIES, MAIN_TOPICS, TOPICS


class SettleError(ValueError):
    """A decision that cannot be applied; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Item:
    """One group of spans that differ: for each version's name, its spans of the group."""

    number: int
    layer: str
    versions: dict[str, tuple[Span, ...]]


def span_items(versions: dict[str, Annotation], layers: Sequence[str]) -> list[Item]:
    """The places where two or more versions have different spans, numbered in the order of the text."""
    items: list[tuple[str, list[tuple[str, Span]]]] = []
    for layer in layers:
        sets = {name: set(getattr(version, layer)) for name, version in versions.items()}
        common = set.intersection(*sets.values())
        differing = sorted((span, name) for name, spans in sets.items() for span in spans - common)
        reach = -1
        for span, name in differing:
            if span.start >= reach or not items or items[-1][0] != layer:
                items.append((layer, []))
            items[-1][1].append((name, span))
            reach = max(reach, span.end) if len(items[-1][1]) > 1 else span.end
    items.sort(key=lambda item: (item[1][0][1].start, item[0]))
    return [
        Item(
            number,
            layer,
            {name: tuple(sorted(s for n, s in group if n == name)) for name in versions},
        )
        for number, (layer, group) in enumerate(items, 1)
    ]


def agreed(versions: dict[str, Annotation], layer: str) -> set[Span]:
    """The spans of `layer` that all versions have."""
    return set.intersection(*(set(getattr(version, layer)) for version in versions.values()))


def describe(text: str, versions: dict[str, Annotation], layers: Sequence[str]) -> str:
    """The differences as an adjudicator reads them: one line an item and version."""
    out = []
    topics = {version.topics for version in versions.values()}
    if len(topics) > 1:
        out += ["item topics"]
        out += [f"    {name}: {', '.join(v.topics) or '(none)'}" for name, v in versions.items()]
    if len({version.main_topic for version in versions.values()}) > 1:
        out += ["item main_topic"]
        out += [f"    {name}: {version.main_topic}" for name, version in versions.items()]
    for item in span_items(versions, layers):
        out.append(f"item {item.number} ({item.layer})")
        for name, spans in item.versions.items():
            said = " ; ".join(say(text, span) for span in spans)
            out.append(f"    {name}: {said or '(nothing)'}")
    return "\n".join(out) + "\n"


def say(text: str, span: Span) -> str:
    """A span for a reader: its lines, label and surface (both ends of a long one)."""
    first = text.count("\n", 0, span.start) + 1
    last = text.count("\n", 0, span.end) + 1
    surface = text[span.start : span.end].replace("\n", " ⏎ ")
    if len(surface) > 90:
        surface = f"{surface[:55]} … {surface[-30:]}"
    where = f"{first}" if first == last else f"{first}-{last}"
    return f"[{where} {span.label} «{surface}»]"


def settle(
    page_id: str,
    text: str,
    versions: dict[str, Annotation],
    decisions: Iterable[dict[str, Any]],
    layers: Sequence[str] = ("entities", "boilerplate"),
) -> tuple[Annotation, list[dict[str, Any]]]:
    """The settled annotation and the lines of decisions.jsonl. Layers not named come from the first version.

    Raises `SettleError` for an item without a decision, a decision without an item, a row that cannot be
    placed, or spans that overlap in the end.
    """
    first = next(iter(versions.values()))
    by_item: dict[str, dict[str, Any]] = {}
    extras: list[dict[str, Any]] = []
    for decision in decisions:
        if not str(decision.get("reason", "")).strip():
            raise SettleError(f"{page_id}: decision {decision} gives no reason")
        if decision.get("item") == "extra":
            extras.append(decision)
        elif str(decision.get("item")) in by_item:
            raise SettleError(f"{page_id}: two decisions on item {decision['item']}")
        else:
            by_item[str(decision.get("item"))] = decision
    log: list[dict[str, Any]] = []
    topics, main_topic = _settle_topics(page_id, versions, by_item, log)
    spans = {layer: agreed(versions, layer) for layer in layers}
    for item in span_items(versions, layers):
        decision = by_item.pop(str(item.number), {})
        if not decision:
            raise SettleError(f"{page_id}: item {item.number} is not decided")
        chosen = _chosen(page_id, text, item, decision)
        spans[item.layer] |= chosen
        log += _span_log(page_id, text, item.layer, item.versions, chosen, decision["reason"])
    if by_item:
        raise SettleError(f"{page_id}: decisions on items that do not differ: {', '.join(by_item)}")
    for extra in extras:
        added = _rows(page_id, text, extra.get("rows", []))
        dropped = _rows(page_id, text, extra.get("drop", []))
        for layer in layers:
            known = ENTITIES if layer == "entities" else BOILERPLATE
            gone = {span for span in dropped if span.label in known}
            if gone - spans[layer]:
                raise SettleError(f"{page_id}: nothing to drop at {sorted(gone - spans[layer])}")
            new = {span for span in added if span.label in known}
            spans[layer] = (spans[layer] - gone) | new
            held = {name: tuple(s for s in gone) for name in versions}
            if gone | new:
                log += _span_log(page_id, text, layer, held, new, extra["reason"])
    entities = tuple(sorted(spans.get("entities", first.entities)))
    boilerplate = merge_blocks(text, spans.get("boilerplate", first.boilerplate))
    for one, other in overlaps(entities + boilerplate):
        raise SettleError(f"{page_id}: {say(text, one)} overlaps {say(text, other)}")
    log = [_as_merged(line, text, versions, boilerplate) for line in log]
    return Annotation(topics, main_topic, entities, boilerplate), log


def _as_merged(
    line: dict[str, Any], text: str, versions: dict[str, Annotation], boilerplate: tuple[Span, ...]
) -> dict[str, Any]:
    """A line on a furniture span that was joined to its neighbour speaks of the joined span."""
    if line["layer"] != "boilerplate" or line["gold"] is None:
        return line
    whole = next((s for s in boilerplate if s.start <= line["start"] and line["end"] <= s.end), None)
    if whole is None or (whole.start, whole.end) == (line["start"], line["end"]):
        return line
    held = {
        name: next((s.label for s in version.boilerplate if s[:2] == whole[:2]), None)
        for name, version in versions.items()
    }
    place = {"start": whole.start, "end": whole.end, "surface": text[whole.start : whole.end]}
    return {**line, **place, "choices": held}


def _settle_topics(
    page_id: str,
    versions: dict[str, Annotation],
    by_item: dict[str, dict[str, Any]],
    log: list[dict[str, Any]],
) -> tuple[tuple[str, ...], str]:
    first = next(iter(versions.values()))
    values: dict[str, Any] = {"topics": first.topics, "main_topic": first.main_topic}
    for layer in ("topics", "main_topic"):
        held = {name: getattr(version, layer) for name, version in versions.items()}
        decision = by_item.pop(layer, None)
        if decision is None:
            if len(set(held.values())) > 1:
                raise SettleError(f"{page_id}: {layer} is not decided")
            continue
        choice = decision.get("choose")
        value = held[choice] if choice in held else decision.get(layer)
        known = TOPICS if layer == "topics" else MAIN_TOPICS
        wrong = [v for v in ([value] if isinstance(value, str) else value or []) if v not in known]
        if wrong or value is None:
            raise SettleError(f"{page_id}: {layer}: `{value}` is no choice")
        values[layer] = value if layer == "main_topic" else tuple(t for t in TOPICS if t in value)
        log.append(
            {
                "id": page_id,
                "layer": layer,
                "choices": {n: v if isinstance(v, str) else list(v) for n, v in held.items()},
                "gold": values[layer] if layer == "main_topic" else list(values[layer]),
                "reason": decision["reason"],
            }
        )
    return values["topics"], values["main_topic"]


def _chosen(page_id: str, text: str, item: Item, decision: dict[str, Any]) -> set[Span]:
    choice = decision.get("choose")
    if choice in item.versions:
        return set(item.versions[choice])
    if choice == "none":
        return set()
    if choice == "rows":
        return set(_rows(page_id, text, decision.get("rows", [])))
    raise SettleError(f"{page_id}: item {item.number}: `{choice}` is no choice")


def _rows(page_id: str, text: str, rows: Sequence[str]) -> list[Span]:
    head = "topics:\nmain_topic: other\n"
    try:
        annotation = lineform.parse(text, head + "\n".join(rows))
    except lineform.RowError as error:
        row = rows[max(0, min(error.row - 3, len(rows) - 1))] if rows else ""
        raise SettleError(f"{page_id}: row `{row}`: {error.message}") from None
    return list(annotation.spans)


def _span_log(
    page_id: str,
    text: str,
    layer: str,
    versions: dict[str, tuple[Span, ...]],
    chosen: set[Span],
    reason: str,
) -> list[dict[str, Any]]:
    places: dict[tuple[int, int], None] = {}
    for span in sorted({s for spans in versions.values() for s in spans} | chosen):
        places[span.start, span.end] = None
    out = []
    for start, end in places:
        held = {
            name: next((s.label for s in spans if (s.start, s.end) == (start, end)), None)
            for name, spans in versions.items()
        }
        gold = next((s.label for s in chosen if (s.start, s.end) == (start, end)), None)
        out.append(
            {
                "id": page_id,
                "layer": layer,
                "start": start,
                "end": end,
                "surface": text[start:end],
                "choices": held,
                "gold": gold,
                "reason": reason,
            }
        )
    return out
