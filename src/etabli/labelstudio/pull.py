"""Annotations of a project become layers. What is wrong is listed with its task's link and written nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from etabli.errors import DataError, Problem, UsageError
from etabli.labelstudio import config, store, tasks
from etabli.labelstudio.client import Server
from etabli.sources import Sources

_REMEDY = "Open the task, mend it, submit again and pull."


@dataclass
class Pulled:
    """What a pull found: pages by layer, things to know (drafts, skipped pages, strangers), and defects."""

    pages: dict[str, dict[str, store.Written]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Task:
    """A task of an export whose text is its page's."""

    page_id: str
    text: str
    data: dict[str, Any]
    link: str
    row: dict[str, Any]


def pull(server: Server, corpus: Sources, title: str, layers: dict[str, str], replace: bool = False) -> Pulled:
    """Annotations of the accounts that `layers` names ({layer: e-mail}), read but not yet written.

    A page that the layer has from elsewhere is a defect unless `replace`. Raises `UsageError` for an account that the
    server does not know, and what `Server` raises.
    """
    project = server.need(title)
    server.check_screen(project, title, config.render())
    accounts = server.accounts()
    for layer, email in layers.items():
        if email.casefold() not in accounts.values():
            raise UsageError(f"{server.url}: no account {email} (layer {layer})")
    layer_of = {
        key: layer for key, email in accounts.items() for layer, mine in layers.items() if mine.casefold() == email
    }
    found = Pulled({layer: {} for layer in layers})
    runs = {layer: {} if replace else store.run_of(corpus.root, layer) for layer in layers}
    for task in of_corpus(server, project, corpus, found.problems):
        _drafts(task, accounts, found.notes)
        for annotation, who in submitted(task, accounts, found.notes):
            layer = layer_of.get(who, "")
            if not layer:
                found.notes.append(f"{task.link}: annotation of {accounts.get(who, who)}, whom no --annotator names")
                continue
            run = f"Label Studio, project « {title} », annotator {layer}"
            if task.page_id in found.pages[layer]:
                found.problems.append(_bad(task, f"two annotations of {accounts[who]}", "one; delete the other"))
                del found.pages[layer][task.page_id]
            elif runs[layer].get(task.page_id, run) != run:
                other = runs[layer][task.page_id]
                found.problems.append(_bad(task, f"{layer} has the page from {other}", "a new page, or --replace"))
            else:
                _take(task, annotation, layer, run, found)
    return found


def pre_annotations(server: Server, corpus: Sources, title: str, model: str) -> Pulled:
    """What the project's pre-annotations of `model` say, as a layer `model`: nobody has looked at it."""
    project = server.need(title)
    found = Pulled({model: {}})
    held = server.predictions(project)
    for task in of_corpus(server, project, corpus, found.problems):
        given = held.get(int(task.row["id"]), {}).get(task.data.get("pre_annotation", ""))
        if given is not None:
            made = {"result": given, "updated_at": str(task.row.get("created_at", "")), "lead_time": None}
            _take(task, made, model, f"pre-annotation {task.data['pre_annotation']}", found, kind="program")
    return found


def of_corpus(server: Server, project: int, corpus: Sources, problems: list[Problem]) -> Iterator[Task]:
    """Tasks of the export, by page id; those that are no page of the corpus are defects."""
    seen: set[str] = set()
    for row in sorted(server.export(project), key=lambda row: int(row["id"])):
        data: dict[str, Any] = row["data"] if isinstance(row.get("data"), dict) else {}
        link = server.link(project, int(row["id"]))
        page_id = str(data.get("doc_id", ""))
        text = corpus.texts.get(page_id)
        if page_id in seen:
            found, expected = "a second task for the page", "one task a page"
        elif text is None:
            found, expected = "a task that no page of the corpus has", "tasks made by `etabli annotate push`"
        elif data.get("text") != text:
            found, expected = "a task whose text is not the page's", "the page's text, byte for byte"
        else:
            seen.add(page_id)
            yield Task(page_id, text, data, link, row)
            continue
        problems.append(Problem("task", link, found, expected, "Delete the task.", id=page_id or None))


def submitted(task: Task, accounts: dict[int, str], notes: list[str]) -> Iterator[tuple[dict[str, Any], int]]:
    """(annotation, account) of a task's submitted annotations; those cancelled are noted."""
    for annotation in task.row.get("annotations") or []:
        who = annotation.get("completed_by")
        key = int(who["id"] if isinstance(who, dict) else who or 0)
        if annotation.get("was_cancelled"):
            notes.append(f"{task.link}: {task.page_id} skipped by {accounts.get(key, key)}")
        else:
            yield annotation, key


def _drafts(task: Task, accounts: dict[int, str], notes: list[str]) -> None:
    for draft in task.row.get("drafts") or []:
        who = draft.get("user") if isinstance(draft, dict) else None
        name = accounts.get(who, who) if isinstance(who, int) else who
        notes.append(f"{task.link}: {task.page_id} has a draft{f' of {name}' if name else ''}, not submitted")


def _take(task: Task, annotation: dict[str, Any], layer: str, run: str, found: Pulled, kind: str = "human") -> None:
    try:
        told = tasks.read(task.text, annotation.get("result"))
    except tasks.ResultError as error:
        found.problems += [_bad(task, one, "an annotation of the page") for one in error.defects]
        return
    line = log_line(task, annotation, run, told.remarks, kind)
    problems = store.check(task.page_id, task.text, told.annotation, task.link, line)
    found.problems += problems
    if not problems:
        found.pages[layer][task.page_id] = store.Written(told.annotation, line)


def log_line(task: Task, annotation: dict[str, Any], run: str, remarks: str, kind: str = "human") -> dict[str, Any]:
    """The line of log.jsonl: who, when, lead time in seconds, pre-annotation."""
    lead = annotation.get("lead_time")
    model = str(task.data.get("pre_annotation", ""))
    guide = str(task.data.get("guide", ""))
    said = [f"Pré-annotation montrée : {model}."] if model else []
    return {
        "id": task.page_id,
        "kind": kind,
        "run": run,
        "guide": int(guide) if guide.isdecimal() else None,
        "when": str(annotation.get("updated_at") or annotation.get("created_at", ""))[:10],
        "lead_time": round(float(lead), 1) if isinstance(lead, int | float) else None,
        "pre_annotated": bool(model),
        "remarks": "\n".join([*said, *([remarks] if remarks else [])]),
    }


def _bad(task: Task, found: str, expected: str) -> Problem:
    return Problem("annotation", task.link, found, expected, _REMEDY, id=task.page_id)


def write(corpus: Sources, found: Pulled) -> dict[str, int]:
    """Write what was found; by layer, the number of pages that changed."""
    return {
        layer: store.write_layer(corpus.root, layer, corpus.texts, pages)
        for layer, pages in found.pages.items()
        if pages
    }


def raise_problems(found: Pulled | Sequence[Problem]) -> None:
    """Raises `DataError` for the defects of a pull."""
    problems = found.problems if isinstance(found, Pulled) else list(found)
    if problems:
        raise DataError(problems)
