"""Pages of the corpus become tasks of a project. Run twice, nothing doubles.

A page is known by `data.doc_id`, a prediction by its model's name; what the server holds already is left alone.
Whether annotators saw a pre-annotation stands in the task itself (`data.pre_annotation`), so that it reaches the
layer's log even if the prediction is deleted on the server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from etabli.documents import Annotation
from etabli.errors import DataError, Problem, UsageError
from etabli.labelstudio import config, tasks
from etabli.labelstudio.client import Server
from etabli.sources import Sources

BATCH = 50  # tasks in one request
Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did. `other` counts tasks that were there with another pre-annotation than asked for."""

    project: int
    added: int
    known: int
    predicted: int
    other: int


def choose(
    corpus: Sources,
    *,
    sites: Sequence[str] = (),
    splits: Sequence[str] = (),
    ids: Sequence[str] = (),
    done: Iterable[str] = (),
) -> list[str]:
    """Ids of the pages of these sites, splits and ids (all where none is named) that are not in `done`."""
    for kind, asked, known in (
        ("site", sites, corpus.sites.keys()),
        ("split", splits, {page.split for page in corpus.pages.values()}),
        ("page", ids, corpus.pages.keys()),
    ):
        for one in asked:
            if one not in known:
                raise UsageError(f"no {kind} `{one}` in the corpus")
    left = set(done)
    return [
        page.id
        for page in sorted(corpus.pages.values(), key=lambda page: page.id)
        if (not sites or page.site in sites)
        and (not splits or page.split in splits)
        and (not ids or page.id in ids)
        and page.id not in left
    ]


def push(
    server: Server,
    title: str,
    texts: dict[str, str],
    *,
    guide: int | None,
    annotators: int = 2,
    model: str = "",
    told: dict[str, Annotation] | None = None,
    batch: int = BATCH,
    step: Step = lambda _done, _all: None,
) -> Pushed:
    """Make the project if it is not there and add the pages that it lacks.

    `texts` are pages by id in the order of annotation; `told` are pre-annotations of `model`.
    Raises `DataError` for a changed screen, a page whose text on the server is another, or a pre-annotation that
    is none of the page; nothing is sent then.
    """
    told = told or {}
    predictions = {
        page_id: checked(model, page_id, texts[page_id], told[page_id]) for page_id in texts if page_id in told
    }
    screen = config.render()
    project = server.find(title)
    if project is None:
        project = server.create(title, screen, **settings(annotators))
    server.check_screen(project, title, screen)
    held = server.tasks(project)
    check_texts(server, project, held, texts)
    known = [page_id for page_id in texts if page_id in held]
    same = [page_id for page_id in known if held[page_id]["data"].get("pre_annotation", "") == model]
    new = [page_id for page_id in texts if page_id not in held]
    for begin in range(0, len(new), batch):
        part = new[begin : begin + batch]
        server.add(
            project, [_task(page_id, texts[page_id], guide, model, predictions.get(page_id)) for page_id in part]
        )
        step(begin + len(part), len(new))
    predicted = _complete(server, project, {page_id: held[page_id]["id"] for page_id in same}, predictions)
    if model and new and not known:
        server.set_model(project, model)
    return Pushed(project, len(new), len(known), predicted, len(known) - len(same))


def settings(annotators: int) -> dict[str, Any]:
    """How a project is set up: each page annotated by so many, in the order of the push, no empty skips hidden."""
    return {
        "maximum_annotations": annotators,
        "sampling": "Sequential sampling",
        "show_collab_predictions": True,
        "enable_empty_annotation": True,
        "show_skip_button": True,
        "description": "Établi",
    }


def _task(page_id: str, text: str, guide: int | None, model: str, prediction: dict[str, Any] | None) -> dict[str, Any]:
    data = tasks.task(page_id, text, guide=str(guide or ""), pre_annotation=model if prediction else "")
    return {"data": data, "predictions": [prediction]} if prediction else {"data": data}


def _complete(server: Server, project: int, ids: dict[str, int], predictions: dict[str, dict[str, Any]]) -> int:
    """Predictions of tasks that an interrupted push left without."""
    if not predictions or not ids:
        return 0
    held = server.predictions(project)
    lacking = [p for p in ids if p in predictions and predictions[p]["model_version"] not in held.get(ids[p], {})]
    for page_id in lacking:
        server.predict(ids[page_id], predictions[page_id])
    return len(lacking)


def checked(model: str, page_id: str, text: str, annotation: Annotation) -> dict[str, Any]:
    """The prediction of an annotation, read back before it is sent: the server itself checks nothing."""
    made = tasks.prediction(model, text, annotation)
    try:
        tasks.read(text, made["result"])
    except tasks.ResultError as error:
        raise DataError(
            [
                Problem("pre-annotation", model, one, "an annotation of the page", "", id=page_id)
                for one in error.defects
            ]
        ) from None
    return made


def check_texts(server: Server, project: int, held: dict[str, dict[str, Any]], texts: dict[str, str]) -> None:
    """Raises `DataError` where a task's text is not its page's: offsets would not fit."""
    problems = [
        Problem(
            "task-text",
            server.link(project, held[page_id]["id"]),
            "another text than the page's",
            "the page's text, byte for byte",
            "Delete the task and push again.",
            id=page_id,
        )
        for page_id, text in texts.items()
        if page_id in held and held[page_id]["data"].get("text") != text
    ]
    if problems:
        raise DataError(problems)
