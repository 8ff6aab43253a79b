"""Differences of annotators, settled on a screen or at a terminal, with a reason for each.

The adjudication project holds the pages on which the versions differ; each version is a prediction, and what all
versions have is locked. What comes back is turned into the decisions of `newsroom.settle`, which builds the gold:
so both ways, and the newsroom's files, obey the same rules.

Reasons are lines « 3 : durée » (3 is the number in the list of differences; `topics`, `main_topic` and `extra`
name the others); a line without a number is the reason of all that have none of their own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from etabli import lineform, marked
from etabli.documents import Annotation, Span
from etabli.errors import DataError, Problem
from etabli.labelstudio import config, push, store, tasks
from etabli.labelstudio.client import Server
from etabli.labelstudio.pull import Task, log_line, of_corpus, submitted
from etabli.newsroom import settle
from etabli.sources import Sources

LAYERS = ("entities", "boilerplate")
_REASON = re.compile(r"^\s*(?:n° ?|item |différence )?(\d+|topics|main_topic|extra)\s*[:.)]\s*(\S.*)$")
_FRENCH = {"item topics": "topics : thèmes", "item main_topic": "main_topic : thème principal"}
Versions = dict[str, Annotation]


@dataclass
class Settled:
    """Gold of pages, the decisions behind it, things to know, and defects."""

    pages: dict[str, store.Written] = field(default_factory=dict)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def versions_of(corpus: Sources, names: Sequence[str], ids: Iterable[str] | None = None) -> dict[str, Versions]:
    """By page id, the versions of the pages that all layers have."""
    layers = {name: store.read_layer(corpus, name) for name in names}
    common = set.intersection(*(set(layer) for layer in layers.values()))
    chosen = common if ids is None else common & set(ids)
    return {page_id: {name: layers[name][page_id] for name in names} for page_id in sorted(chosen)}


def differ(versions: Versions) -> bool:
    return len(set(versions.values())) > 1


def agreed(versions: Versions) -> set[Span]:
    """The spans that every version has."""
    return {span for layer in LAYERS for span in settle.agreed(versions, layer)}


def listing(text: str, versions: Versions) -> str:
    """The numbered differences in French, as the screen and the terminal show them."""
    out = []
    for line in settle.describe(text, versions, LAYERS).split("\n"):
        line = _FRENCH.get(line, line)
        line = re.sub(r"^item (\d+) \(entities\)", r"\1 : entité", line)
        line = re.sub(r"^item (\d+) \(boilerplate\)", r"\1 : habillage", line)
        out.append(line.replace("(nothing)", "(rien)").replace("(none)", "(aucun)"))
    return "\n".join(out).strip()


def digest(text: str, versions: Versions) -> str:
    """A short digest of what was to be settled, so that a layer changed since is noticed."""
    whole = "\0".join(f"{name}\0{marked.render(text, version)}" for name, version in versions.items())
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def push_differences(
    server: Server, title: str, corpus: Sources, pages: dict[str, Versions], guide: int | None
) -> push.Pushed:
    """The adjudication project, made or completed. Raises as `push.push` does."""
    screen = config.render(adjudication=True)
    project = server.find(title)
    if project is None:
        project = server.create(title, screen, **push.settings(1))
    server.check_screen(project, title, screen)
    held = server.tasks(project)
    texts = {page_id: corpus.texts[page_id] for page_id, versions in pages.items() if differ(versions)}
    push.check_texts(server, project, held, texts)
    new = []
    for page_id, text in texts.items():
        if page_id in held:
            continue
        versions = pages[page_id]
        locked = agreed(versions)
        data = tasks.task(
            page_id,
            text,
            guide=str(guide or ""),
            differences=listing(text, versions),
            versions=",".join(versions),
            digest=digest(text, versions),
        )
        told = [tasks.prediction(name, text, version, locked) for name, version in versions.items()]
        new.append({"data": data, "predictions": told})
    for begin in range(0, len(new), push.BATCH):
        server.add(project, new[begin : begin + push.BATCH])
    if new:
        first = next(iter(next(iter(pages.values()))))
        server.set_model(project, first)
    return push.Pushed(project, len(new), len(texts) - len(new), 0, 0)


def pull_gold(server: Server, corpus: Sources, title: str, names: Sequence[str]) -> Settled:
    """The settled pages of an adjudication project, read and checked but not yet written."""
    project = server.need(title)
    server.check_screen(project, title, config.render(adjudication=True))
    accounts = server.accounts()
    found = Settled()
    layers = {name: store.read_layer(corpus, name) for name in names}
    for task in of_corpus(server, project, corpus, found.problems):
        done = list(submitted(task, accounts, found.notes))
        if not done:
            found.notes.append(f"{task.link}: {task.page_id} is not settled yet")
        elif len(done) > 1:
            found.problems.append(_bad(task, f"{len(done)} settlements", "one; delete the others"))
        elif any(task.page_id not in layer for layer in layers.values()):
            found.problems.append(_bad(task, "a page that a layer does not have", f"pages of {', '.join(names)}"))
        else:
            versions = {name: layers[name][task.page_id] for name in names}
            if task.data.get("digest") != digest(task.text, versions):
                found.problems.append(_bad(task, "layers that changed since", "the versions that were settled"))
                continue
            run = f"Label Studio, project « {title} », adjudicator"
            _settle(task, done[0][0], versions, run, found)
    return found


def _settle(task: Task, annotation: dict[str, Any], versions: Versions, run: str, found: Settled) -> None:
    try:
        told = tasks.read(task.text, annotation.get("result"))
        given = decisions(task.text, versions, told.annotation, told.reasons)
        gold, lines = settle.settle(task.page_id, task.text, versions, given, LAYERS)
    except tasks.ResultError as error:
        found.problems += [_bad(task, one, "an annotation of the page") for one in error.defects]
        return
    except settle.SettleError as error:
        found.problems.append(_bad(task, str(error), "every difference settled, with its reason"))
        return
    if gold != told.annotation:
        found.problems.append(_bad(task, "decisions that do not give the annotation", "spans at word boundaries"))
        return
    line = log_line(task, annotation, run, told.remarks)
    problems = store.check(task.page_id, task.text, gold, task.link, line)
    found.problems += problems
    if not problems:
        found.pages[task.page_id] = store.Written(gold, line)
        found.decisions += lines


def decisions(text: str, versions: Versions, final: Annotation, reasons: Sequence[str]) -> list[dict[str, Any]]:
    """The decisions, in the form of `newsroom.settle`, that lead from the versions to `final`.

    Raises `SettleError` for a difference without a reason, and for a change outside the differences without a
    reason « extra : … ».
    """
    reason = _reasons(reasons)
    out: list[dict[str, Any]] = []
    for layer in ("topics", "main_topic"):
        held = {name: getattr(version, layer) for name, version in versions.items()}
        value = getattr(final, layer)
        if len(set(held.values())) > 1 or value not in held.values():
            out.append({"item": layer, "choose": "set", layer: value, "reason": reason(layer)})
    left = {layer: set(getattr(final, layer)) - settle.agreed(versions, layer) for layer in LAYERS}
    for item in settle.span_items(versions, LAYERS):
        spans = [span for group in item.versions.values() for span in group]
        begin, end = min(s.start for s in spans), max(s.end for s in spans)
        chosen = {span for span in left[item.layer] if span.start < end and begin < span.end}
        left[item.layer] -= chosen
        told = {"item": item.number, "reason": reason(str(item.number))}
        same = next((name for name, group in item.versions.items() if set(group) == chosen), None)
        if same is not None:
            out.append({**told, "choose": same})
        elif not chosen:
            out.append({**told, "choose": "none"})
        else:
            out.append({**told, "choose": "rows", "rows": _rows(text, item.layer, chosen)})
    for layer in LAYERS:
        kept = getattr(final, layer)
        gone = {one for one in settle.agreed(versions, layer) if not any(_within(one, span) for span in kept)}
        if gone or left[layer]:
            rows, drop = _rows(text, layer, left[layer]), _rows(text, layer, gone)
            out.append({"item": "extra", "rows": rows, "drop": drop, "reason": reason("extra")})
    return out


def _within(one: Span, other: Span) -> bool:
    """Whether `one` is `other`, or was joined into it."""
    return one.label == other.label and other.start <= one.start and one.end <= other.end


def _reasons(lines: Sequence[str]) -> Callable[[str], str]:
    own: dict[str, str] = {}
    shared: list[str] = []
    for line in lines:
        match = _REASON.match(line)
        if match:
            own[match[1]] = match[2].strip()
        else:
            shared.append(line)

    def reason(key: str) -> str:
        said = own.get(key) or ("" if key == "extra" else " ; ".join(shared))
        if not said:
            raise settle.SettleError(f"no reason for {key} (write « {key} : … » under « Motifs »)")
        return said

    return reason


def _rows(text: str, layer: str, spans: Iterable[Span]) -> list[str]:
    """Spans of one layer as rows of the line form, without its header."""
    held = tuple(sorted(spans))
    if not held:
        return []
    alone = Annotation(entities=held) if layer == "entities" else Annotation(boilerplate=held)
    try:
        rows = lineform.render(text, alone)
    except ValueError as error:
        raise settle.SettleError(str(error)) from None
    return [row for row in rows.split("\n") if "\t" in row]


def in_agreement(corpus: Sources, pages: dict[str, Versions], when: str, guide: int | None) -> dict[str, store.Written]:
    """Pages on which all versions are the same, as gold without a decision."""
    out = {}
    for page_id, versions in pages.items():
        if differ(versions):
            continue
        annotation = next(iter(versions.values()))
        run = f"{' and '.join(versions)} agree"
        line = gold_line(page_id, "program", run, when, guide)
        problems = store.check(page_id, corpus.texts[page_id], annotation, page_id, line)
        if problems:
            raise DataError(problems)
        out[page_id] = store.Written(annotation, line)
    return out


def gold_line(page_id: str, kind: str, run: str, when: str, guide: int | None) -> dict[str, Any]:
    """A line of gold's log that no server measured."""
    return {
        "id": page_id, "kind": kind, "run": run, "guide": guide, "when": when,
        "lead_time": None, "pre_annotated": False, "remarks": "",
    }  # fmt: skip


def _bad(task: Task, found: str, expected: str) -> Problem:
    return Problem("adjudication", task.link, found, expected, "Open the task, mend it and update.", id=task.page_id)
