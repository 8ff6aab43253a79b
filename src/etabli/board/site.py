"""The static site: one page of all tracks, one a track, one an entrant. Nothing is fetched when it is read.

Jinja2 escapes everything; only `render.html_spans`, which escapes for itself, is let through. The one script stands
in the page, and the page's policy names its hash, so that no other script would run.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Sequence
from typing import Any

import jinja2
from markupsafe import Markup

from etabli.board import figures, mistakes
from etabli.board.entrants import Entrant
from etabli.board.results import SHOWN, Board, Row, TrackBoard
from etabli.documents import Record
from etabli.labels import TOPICS, codes, describe
from etabli.scoring import statistics
from etabli.scoring.catalogue import of_track
from etabli.scoring.report import Scored, TrackScores
from etabli.scoring.tables import FEW, limits, number

TITLES = {"overall": "Overall", "topics": "Topics", "entities": "Entities", "boilerplate": "Boilerplate"}
SLICES = {
    "site_kind": "kind of site",
    "sector": "sector",
    "news_kind": "kind of news",
    "year": "year",
    "length": "page length, in characters",
    "boilerplate": "share of boilerplate",
    "agreement": "agreement of the annotators",
}
FACTS = (
    ("Authors", "authors"),
    ("Contact", "contact"),
    ("Link", "link"),
    ("Licence", "licence"),
    ("Tracks", "tracks"),
    ("Training data", "training_data"),
    ("External data", "external_data"),
    ("Saw test pages", "saw_test_pages"),
    ("Language model", "language_model"),
    ("Parameters", "parameters"),
    ("Hardware", "hardware"),
    ("Seeds", "seeds"),
    ("Notes", "notes"),
)


def pages(board: Board, records: Sequence[Record]) -> dict[str, str]:
    """Every page of the site by its path; `records` are the pages that were scored, in their order."""
    environment = _environment()
    shared = _shared(board, environment)
    made = {"index.html": _render(environment, "board_index", shared, up="", here="")}
    for name in SHOWN:
        held = board.tracks[name]
        made[f"{name}.html"] = _render(environment, "board_track", shared, up="", here=name, **_track(held))
    for entrant in board.entrants:
        content = _system(board, entrant, records)
        made[f"systems/{entrant.slug}.html"] = _render(
            environment, "board_system", shared, up="../", here="", **content
        )
    return made


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("etabli"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {
        "number": number,
        "limits": limits,
        "bar": figures.bar,
        "reliability": figures.reliability,
        "confusion": figures.confusion,
        "sortable": lambda value: "" if math.isnan(value) else f"{value:.6f}",
        "signed": lambda value: "–" if math.isnan(value) else f"{value:+.3f}",
        "p_value": p_value,
        "measured": measured,
        "by_label": by_label,
        "slice_name": lambda name: SLICES.get(name, name),
        "slice_value": slice_value,
    }
    environment.globals["FEW"] = FEW
    return environment


def _render(environment: jinja2.Environment, name: str, shared: dict[str, Any], **content: Any) -> str:
    text = environment.get_template(f"{name}.html.j2").render({**shared, **content})
    return text.strip("\n") + "\n"


def _shared(board: Board, environment: jinja2.Environment) -> dict[str, Any]:
    script = environment.get_template("board.js.j2").render()
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return {
        "tracks": board.tracks,
        "titles": TITLES,
        "signature": board.signature,
        "pages": len(board.reference.pages),
        "version": board.reference.version,
        "clusters": {name: statistics.size(held) for name, held in board.reference.clusters.items()},
        "script": Markup(script),  # noqa: S704 - our own, without anything from outside
        "script_hash": f"sha256-{digest}",
        "topics": TOPICS,
        "confusion_names": figures.NAMES,
    }


def _track(board: TrackBoard) -> dict[str, Any]:
    held = {scored.measure.name for row in board.rows for scored in row.scores.scores}
    return {
        "board": board,
        "columns": [m for m in of_track(board.track) if m.headline and m.name in held],
        "tested": [row for row in board.rows if row.entrant.tested],
        "slices": _slices(board),
    }


def _slices(board: TrackBoard) -> list[tuple[str, list[tuple[str, int, int, list[Scored]]]]]:
    """(slice, [(value, pages, clusters, a score a row of the board)])."""
    if not board.rows:
        return []
    first = board.rows[0].slices
    out = []
    for name, values in first.items():
        rows = []
        for value, scores in values.items():
            every = [row.slices[name][value].ranking for row in board.rows]
            rows.append((slice_value(value, name), scores.pages, scores.clusters, every))
        out.append((SLICES.get(name, name), rows))
    return out


def _system(board: Board, entrant: Entrant, records: Sequence[Record]) -> dict[str, Any]:
    rows: list[Row] = []
    for track in SHOWN:
        rows += [row for row in board.tracks[track].rows if row.entrant == entrant]
    shown, wrong = mistakes.worst(records, board.reference.gold, entrant.layers)
    return {"entrant": entrant, "rows": rows, "facts": _facts(entrant), "shown": shown, "wrong": wrong}


def _facts(entrant: Entrant) -> list[tuple[str, str]]:
    if entrant.card is None:
        return []
    values = entrant.card.values
    out = []
    for title, key in FACTS:
        value = values.get(key)
        if isinstance(value, dict):
            value = ", ".join(f"{part}: {value[part]}" for part in ("wrote", "labelled", "tuned"))
        elif isinstance(value, list):
            value = ", ".join(map(str, value)) or "none"
        elif isinstance(value, int | float):
            value = f"{value:,}"
        if value is not None:
            out.append((title, str(value)))
    return out


def p_value(p: float) -> str:
    """A p value with three decimals."""
    if math.isnan(p):
        return "–"
    return "< .001" if p < 0.001 else f"{p:.3f}"


def measured(scores: TrackScores, name: str) -> Scored | None:
    """One measure of a track, if the entrant has it."""
    return next((scored for scored in scores.scores if scored.measure.name == name), None)


def by_label(scores: TrackScores) -> list[tuple[str, Scored, Scored, Scored]]:
    """(label, precision, recall, F1) of each label of a track."""
    held = {scored.measure.name: scored for scored in scores.scores}
    out = []
    for name in held:
        track, *label, last = name.split(".")
        if last == "f1" and label:
            stem = f"{track}.{label[0]}"
            out.append((label[0], *(held[f"{stem}.{part}"] for part in ("precision", "recall", "f1"))))
    return out  # type: ignore[return-value]


def slice_value(value: str, name: str) -> str:
    """A slice's value as labels.json titles it, or as it is."""
    if name in ("site_kind", "sector", "news_kind") and value in codes(name):
        return describe(name, value)["en"]
    return value
