"""Reads and writes layers of `annotations/`: marked texts, logs, gold and its decisions.

A layer's name is a lower-case word; `construction` and `gold` are not annotators. What is written was checked
first by the corpus's own rules, and each file appears whole or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etabli import jsonl, marked, schemas
from etabli.documents import Annotation
from etabli.errors import DataError, Problem, UsageError, shorten
from etabli.sources import CONSTRUCTION, GOLD, LAYERS, LayerPage, Sources
from etabli.validation import RULES

_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
_CHECKED = ("layer-text", "main-topic", "span-space", "span-tokens", "entity-lines", "furniture-merged")
_GUIDE = re.compile(r"^Version du guide : ([0-9]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Written:
    """A page to be written: its annotation and its line of the layer's log."""

    annotation: Annotation
    log: dict[str, Any]


def annotator(name: str) -> str:
    """`name` if an annotator's layer may be called so. Raises `UsageError`."""
    if not _NAME.fullmatch(name) or name in (CONSTRUCTION, GOLD):
        raise UsageError(f"layer `{shorten(name)}`: a lower-case word, and neither {CONSTRUCTION} nor {GOLD}")
    return name


def guide_version(root: Path) -> int | None:
    """The version that annotations/GUIDE.md gives itself."""
    path = root / "annotations" / "GUIDE.md"
    found = _GUIDE.search(jsonl.read_text(path)) if path.is_file() else None
    return int(found[1]) if found else None


def read_layer(corpus: Sources, name: str) -> dict[str, Annotation]:
    """Annotations of a layer by page id. `DataError` for a file that is no marked text of its page."""
    held = {}
    problems = []
    for path in sorted((corpus.root / "annotations" / name).glob("*.txt")):
        try:
            text, annotation = marked.parse(jsonl.read_text(path))
        except marked.MarkedError as error:
            found, line = error.message, error.line
            problems.append(Problem("marked-form", corpus.place(path), found, "the inline form", "Mend it.", line))
            continue
        if corpus.texts.get(path.stem) != text:
            problems.append(Problem("layer-text", corpus.place(path), "another text", "the page's text", "Mend it."))
        held[path.stem] = annotation
    if problems:
        raise DataError(problems)
    return held


def check(page_id: str, text: str, annotation: Annotation, place: str, log: dict[str, Any]) -> list[Problem]:
    """What the corpus's rules say against an annotation and its log line, shown at `place`."""
    held: dict[str, dict[str, LayerPage]] = {layer: {} for layer in LAYERS}
    held[LAYERS[1]][page_id] = LayerPage(place, text, annotation)
    alone = Sources(Path(), texts={page_id: text}, layers=held)
    problems = [problem for rule in RULES if rule.id in _CHECKED for problem in rule.check(alone)]
    problems += _misfits("log", log, place, page_id)
    return problems


def _misfits(schema: str, record: dict[str, Any], place: str, page_id: str) -> list[Problem]:
    return [
        Problem(f"schema-{schema}", place, f"{where}: {found}", expected, f"See schema/{schema}.json.", id=page_id)
        for where, found, expected in schemas.errors(schema, record)
    ]


def run_of(root: Path, layer: str) -> dict[str, str]:
    """Who made each page of a layer, as its log says."""
    return {row["id"]: row["run"] for row in _rows(root / "annotations" / layer / "log.jsonl")}


def write_layer(root: Path, layer: str, texts: dict[str, str], pages: dict[str, Written]) -> int:
    """Write pages of a layer and their log lines; the number of pages that changed."""
    folder = root / "annotations" / layer
    changed = 0
    for page_id, page in pages.items():
        content = marked.render(texts[page_id], page.annotation)
        path = folder / f"{page_id}.txt"
        if not path.is_file() or jsonl.read_text(path) != content:
            jsonl.write_text(path, content)
            changed += 1
    if pages:
        log = folder / "log.jsonl"
        rows = {row["id"]: row for row in _rows(log)} | {page_id: page.log for page_id, page in pages.items()}
        jsonl.write(log, (rows[key] for key in sorted(rows)))
    return changed


def write_gold(
    root: Path, texts: dict[str, str], pages: dict[str, Written], decisions: Iterable[dict[str, Any]]
) -> int:
    """Write settled pages, and their decisions in place of the earlier ones of the same pages."""
    lines = list(decisions)
    problems = [p for line in lines for p in _misfits("decision", line, "decisions.jsonl", line["id"])]
    if problems:
        raise DataError(problems)
    path = root / "annotations" / GOLD / "decisions.jsonl"
    kept = [row for row in _rows(path) if row["id"] not in pages]
    changed = write_layer(root, GOLD, texts, pages)
    jsonl.write(path, sorted(kept + lines, key=_order))
    return changed


def _rows(path: Path) -> list[dict[str, Any]]:
    return [row for _, row in jsonl.read(path)] if path.is_file() else []


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["id"], row["layer"], row.get("start", -1), row.get("end", -1), sorted(row["choices"]))
