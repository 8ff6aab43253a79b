"""Agreement of the annotators of a project: figures per layer and label, and the pages side by side as HTML."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import jinja2
from markupsafe import Markup

from etabli import agreement, render
from etabli.documents import Annotation
from etabli.errors import UsageError
from etabli.labels import describe
from etabli.labelstudio import adjudication, store
from etabli.scoring.tables import limits, number
from etabli.sources import CONSTRUCTION, GOLD, LayerPage, Sources

Pair = tuple[str, str]


def figures(corpus: Sources, names: Sequence[str]) -> dict[Pair, agreement.Agreement]:
    """Agreement of every two of the layers. Raises `UsageError` for fewer than two or no page in common."""
    if len(set(names)) < 2:
        raise UsageError("agreement needs two layers or more")
    layers = {name: store.read_layer(corpus, name) for name in names}
    out = {}
    for one, other in combinations(names, 2):
        common = sorted(set(layers[one]) & set(layers[other]) & set(corpus.pages))
        if not common:
            raise UsageError(f"{one} and {other} have no page in common")
        as_two = {
            CONSTRUCTION: {},
            GOLD: {},
            "a": {page_id: _held(corpus, page_id, layers[one][page_id]) for page_id in common},
            "b": {page_id: _held(corpus, page_id, layers[other][page_id]) for page_id in common},
        }
        out[one, other] = agreement.agreement(dataclasses.replace(corpus, layers=as_two, problems=[]))
    return out


def _held(corpus: Sources, page_id: str, annotation: Annotation) -> LayerPage:
    return LayerPage("", corpus.texts[page_id], annotation)


def html(corpus: Sources, names: Sequence[str], found: dict[Pair, agreement.Agreement]) -> str:
    """A self-contained HTML page: the figures of each pair, and each page with its versions side by side."""
    environment = jinja2.Environment(loader=jinja2.PackageLoader("etabli"), autoescape=True, trim_blocks=True)
    pages = adjudication.versions_of(corpus, names)
    shown = [_page(corpus, page_id, versions) for page_id, versions in pages.items()]
    shown.sort(key=lambda page: -page["count"])
    pairs = [
        {"names": f"{one} / {other}", "pages": held.pages, "rows": [_row(row) for row in held.between]}
        for (one, other), held in found.items()
    ]
    return environment.get_template("agreement.html.j2").render(names=list(names), pairs=pairs, pages=shown)


def _row(row: agreement.Agreed) -> list[str]:
    units = f"{row.units} {row.unit}"
    return [row.layer, row.label, row.measure, number(row.value), limits(row.interval), units, str(row.clusters)]


def _page(corpus: Sources, page_id: str, versions: dict[str, Annotation]) -> dict[str, Any]:
    text = corpus.texts[page_id]
    listed = adjudication.listing(text, versions)
    return {
        "id": page_id,
        "title": corpus.pages[page_id].title,
        "listed": listed,
        "count": sum(1 for line in listed.split("\n") if line and not line.startswith(" ")),
        "sides": [
            {
                "name": name,
                "topics": ", ".join(describe("topic", t)["fr"] for t in version.topics) or "aucun",
                "main": describe("main_topic", version.main_topic)["fr"],
                "body": Markup(render.html_spans(text, version.spans)),  # noqa: S704 - html_spans escapes the text
            }
            for name, version in versions.items()
        ],
    }
