"""Reads the corpus as it is kept in the repository: sites, pages, facts, layers, logs and decisions.

Reading goes on after a defect; what could not be read is listed in `Sources.problems`, and the
rules of `validation` look at the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from etabli import jsonl, marked, schemas
from etabli.documents import Annotation, Page, Record
from etabli.errors import DataError, Problem, UsageError
from etabli.labels import BOILERPLATE

ANNOTATORS = ("a", "b")
GOLD = "gold"
CONSTRUCTION = "construction"
LAYERS = (CONSTRUCTION, *ANNOTATORS, GOLD)
AUDIT = "audit"  # what a second look at some pages of gold proposed
FURNITURE = frozenset(BOILERPLATE)
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class LayerPage:
    """One layer's marked text of one page: the text under its brackets and the annotation."""

    file: str
    text: str
    annotation: Annotation


@dataclass(frozen=True, slots=True)
class Row:
    """A record of a JSONL or YAML file and where it stands."""

    file: str
    line: int | None
    value: dict[str, Any]


@dataclass
class Sources:
    """All that the repository holds of the corpus. Keys of `pages`, `layers`, `logs` are page ids."""

    root: Path
    version: str = "0.0.0"
    sites: dict[str, Row] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Row] = field(default_factory=dict)
    layers: dict[str, dict[str, LayerPage]] = field(default_factory=dict)
    logs: dict[str, dict[str, Row]] = field(default_factory=dict)
    decisions: list[Row] = field(default_factory=list)
    released: dict[str, Row] = field(default_factory=dict)
    withdrawn: dict[str, Row] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: Path) -> str:
        """`path` as messages show it: relative to the repository."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)

    def records(self) -> Iterator[Record]:
        """The released records, by id: every page that has its gold."""
        for page_id in sorted(self.pages):
            gold = self.layers[GOLD].get(page_id)
            if gold is not None:
                blind = {
                    name: self.layers[name][page_id].annotation for name in ANNOTATORS if page_id in self.layers[name]
                }
                yield Record(self.pages[page_id], gold.annotation, blind)


def read(root: Path) -> Sources:
    """Everything under `root` (the repository). Raises `UsageError` if it holds no corpus."""
    if not (root / "corpus" / "sites").is_dir():
        raise UsageError(f"{root}: no corpus/sites here; name the repository's folder with --root")
    sources = Sources(root)
    version = root / "corpus" / "VERSION"
    if version.is_file():
        sources.version = version.read_text(encoding="utf-8").strip()
    for folder in sorted((root / "corpus" / "sites").iterdir()):
        if folder.is_dir():
            _read_site(sources, folder)
    for path in sorted((root / "corpus" / "facts").glob("*.yaml")):
        value = _read_yaml(sources, path, "fact")
        if value is not None:
            sources.facts[path.stem] = Row(sources.place(path), None, value)
    for layer in (*LAYERS, AUDIT):
        _read_layer(sources, layer)
    decisions = root / "annotations" / GOLD / "decisions.jsonl"
    if decisions.is_file():
        sources.decisions = list(_read_rows(sources, decisions, "decision"))
    for name, held in (("released", sources.released), ("withdrawn", sources.withdrawn)):
        path = root / "corpus" / f"{name}.jsonl"
        if path.is_file():
            held.update((row.value["id"], row) for row in _read_rows(sources, path, name))
    return sources


def _problem(sources: Sources, rule: str, path: Path, found: str, expected: str, remedy: str, **where: Any) -> None:
    sources.problems.append(Problem(rule, sources.place(path), found, expected, remedy, **where))


def _read_site(sources: Sources, folder: Path) -> None:
    site = _read_yaml(sources, folder / "site.yaml", "site")
    if site is None:
        return
    sources.sites[folder.name] = Row(sources.place(folder / "site.yaml"), None, site)
    pages = folder / "pages.jsonl"
    if pages.is_file():
        for row in _read_rows(sources, pages, "page"):
            _read_page(sources, folder, site, row)
    for path in sorted(folder.glob("*.txt")):
        if path.stem not in sources.pages:
            _problem(
                sources,
                "text-orphan",
                path,
                "a text that no line of pages.jsonl names",
                "one metadata line a page",
                "Add its line, or remove the text.",
                id=path.stem,
            )


def _read_page(sources: Sources, folder: Path, site: dict[str, Any], row: Row) -> None:
    value = row.value
    page_id = value["id"]
    path = folder / f"{page_id}.txt"
    if page_id in sources.pages:
        _problem(
            sources,
            "page-id-twice",
            folder / "pages.jsonl",
            "an id that stands twice",
            "ids that are unique in the corpus",
            "Give one of the pages a new id.",
            line=row.line,
            id=page_id,
        )
        return
    if not path.is_file():
        _problem(
            sources,
            "text-missing",
            path,
            "no such file",
            "the page's text",
            "Add the text, or remove the line of pages.jsonl.",
            id=page_id,
        )
        return
    text = _read_text(sources, path, page_id)
    if text is None:
        return
    sources.texts[page_id] = text
    sources.rows[page_id] = row
    sources.pages[page_id] = Page(
        id=page_id,
        text=text,
        title=value["title"],
        title_start=value["title_start"],
        title_end=value["title_end"],
        published=value["published"],
        site=folder.name,
        site_kind=site["kind"],
        sector=value["sector"],
        news_kind=value["news_kind"],
        companies=tuple(value["companies"]),
        events=tuple(value["events"]),
        split=site["split"],
        since=value["since"],
    )


def _read_layer(sources: Sources, layer: str) -> None:
    folder = sources.root / "annotations" / layer
    pages = sources.layers.setdefault(layer, {})
    for path in sorted(folder.glob("*.txt")):
        content = _read_text(sources, path, path.stem)
        if content is None:
            continue
        try:
            if layer == CONSTRUCTION:
                text, spans = marked.parse_body(content)
                annotation = Annotation(boilerplate=spans)
            else:
                text, annotation = marked.parse(content)
        except marked.MarkedError as error:
            _problem(
                sources,
                "marked-form",
                path,
                error.message,
                "the inline form",
                "Mend the brackets or the header.",
                line=error.line,
                id=path.stem,
            )
            continue
        pages[path.stem] = LayerPage(sources.place(path), text, annotation)
    logs = sources.logs.setdefault(layer, {})
    log = folder / "log.jsonl"
    if log.is_file():
        for row in _read_rows(sources, log, "log"):
            if row.value["id"] in logs:
                _problem(
                    sources,
                    "log-twice",
                    log,
                    "a second line for one page",
                    "one line a page",
                    "Keep the line that is true.",
                    line=row.line,
                    id=row.value["id"],
                )
            logs[row.value["id"]] = row


def _read_text(sources: Sources, path: Path, page_id: str) -> str | None:
    try:
        return jsonl.read_text(path)
    except DataError as error:
        for problem in error.problems:
            _problem(sources, problem.rule, path, problem.found, problem.expected, problem.remedy, id=page_id)
        return None


def _read_yaml(sources: Sources, path: Path, name: str) -> dict[str, Any] | None:
    try:
        value = yaml.load(jsonl.read_text(path), Loader=_Loader)  # noqa: S506 - a safe loader
    except UsageError as error:
        _problem(sources, f"schema-{name}", path, str(error), f"a {name} file", "Add the file.")
        return None
    except DataError as error:
        sources.problems.extend(error.problems)
        return None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        _problem(
            sources,
            "yaml",
            path,
            str(getattr(error, "problem", error)),
            "YAML",
            "Mend the file; quote what holds a colon.",
            line=mark.line + 1 if mark else None,
        )
        return None
    return value if _fits(sources, path, None, name, value) else None


def _read_rows(sources: Sources, path: Path, name: str) -> Iterator[Row]:
    try:
        for line, value in jsonl.read(path):
            if _fits(sources, path, line, name, value):
                yield Row(sources.place(path), line, value)
    except DataError as error:
        sources.problems.extend(
            Problem(p.rule, sources.place(path), p.found, p.expected, p.remedy, p.line, p.id) for p in error.problems
        )


def _fits(sources: Sources, path: Path, line: int | None, name: str, value: Any) -> bool:
    page_id = value.get("id") if isinstance(value, dict) else None
    fits = True
    for where, found, expected in schemas.errors(name, value):
        fits = False
        _problem(
            sources,
            f"schema-{name}",
            path,
            f"{where}: {found}",
            expected,
            f"See schema/{name}.json.",
            line=line,
            id=page_id if isinstance(page_id, str) else None,
        )
    return fits
