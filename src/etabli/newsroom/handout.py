"""Prepares the folder of a blind annotator and takes the rows back.

The folder holds the guide, the brief and numbered pages under random names, in an order of its own:
no id, no fact, no construction, no other layer. The key from names to page ids is written elsewhere and is
given to `collect` together with the folder once the annotator is done.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from pathlib import Path

from etabli import jsonl, lineform, marked
from etabli.documents import Annotation, without
from etabli.errors import DataError, Problem, UsageError

_FIGURE = re.compile(r"\d")
_NAME = re.compile(r"(?<=[\w,;:»] )[A-ZÀ-Þ]\w{2,}")


def hand_out(texts: dict[str, str], documents: Sequence[Path], folder: Path, key: Path, seed: str) -> list[str]:
    """Write `folder/pages/<name>.txt` (numbered lines) for each page and the key; the names, in order."""
    if folder.exists():
        raise UsageError(f"{folder}: stands already; a handout gets a folder of its own")
    rng = random.Random(seed)
    ids = sorted(texts)
    rng.shuffle(ids)
    names = [f"{rng.randrange(16**6):06x}" for _ in ids]
    if len(set(names)) < len(names):
        return hand_out(texts, documents, folder, key, seed + "'")
    for document in documents:
        jsonl.write_text(folder / document.name, jsonl.read_text(document))
    for name, page_id in zip(names, ids, strict=True):
        jsonl.write_text(folder / "pages" / f"{name}.txt", lineform.number_lines(texts[page_id]))
    (folder / "rows").mkdir(parents=True, exist_ok=True)
    jsonl.write_text(key, json.dumps(dict(zip(names, ids, strict=True)), indent=1) + "\n")
    return names


def page_of(numbered: str) -> str:
    """The page text under its line numbers."""
    lines = numbered.removesuffix("\n").split("\n")
    return "\n".join(line.partition("\t")[2] for line in lines)


def check(folder: Path) -> tuple[list[Problem], list[str]]:
    """What is wrong with the rows of a handout, and what its annotator may want to look at again.

    The second list names places of the article that carry a figure, a capital or a name marked elsewhere on
    the page, and no mark: candidates for a second look, not errors.
    """
    problems: list[Problem] = []
    hints: list[str] = []
    for path in sorted((folder / "pages").glob("*.txt")):
        rows = folder / "rows" / f"{path.stem}.tsv"
        if not rows.is_file():
            problems.append(_bad(rows, None, "no such file", "rows for every page"))
            continue
        text = page_of(jsonl.read_text(path))
        annotation, errors = lineform.parse_all(text, jsonl.read_text(rows))
        problems += [_bad(rows, e.row, e.message, "a row that can be placed") for e in errors]
        if annotation.topics and annotation.main_topic not in (*annotation.topics, "other"):
            problems.append(_bad(rows, None, f"main_topic {annotation.main_topic}", "one of its topics or other"))
        hints += [f"{path.stem} {hint}" for hint in second_look(text, annotation)]
    return problems, hints


def second_look(text: str, annotation: Annotation) -> list[str]:
    """Unmarked repeats, figures and capitals of the article, a line each: `line 14: … `."""
    names = {text[s.start : s.end]: s.label for s in annotation.entities}
    seen: set[tuple[int, str]] = set()
    out: list[tuple[int, str]] = []
    for start, end in without(text, annotation.spans):
        stretch = text[start:end]
        found = [
            (m.start(), name, f"marked {label} elsewhere")
            for name, label in names.items()
            for m in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", stretch)
        ]
        for word in re.finditer(r"\S+", stretch):
            if _FIGURE.search(word[0]):
                found.append((word.start(), word[0], "a figure"))
        found += [(m.start(), m[0], "a capital") for m in _NAME.finditer(stretch)]
        for at, surface, why in found:
            line = text.count("\n", 0, start + at) + 1
            if (line, surface) not in seen:
                seen.add((line, surface))
                out.append((start + at, f"line {line}: « {surface} » is not marked ({why})"))
    return [hint for _, hint in sorted(out)]


def collect(root: Path, folder: Path, key: Path, layer: str, log: dict[str, object]) -> list[str]:
    """Turn the rows of a handout into `annotations/<layer>/`, all pages or none; the ids written.

    Raises `DataError` with every row that cannot be placed.
    """
    names: dict[str, str] = json.loads(jsonl.read_text(key))
    problems, _ = check(folder)
    if problems:
        raise DataError(problems)
    target = root / "annotations" / layer
    path = target / "log.jsonl"
    lines = {row["id"]: row for _, row in jsonl.read(path)} if path.is_file() else {}
    for name, page_id in names.items():
        text = page_of(jsonl.read_text(folder / "pages" / f"{name}.txt"))
        annotation = lineform.parse(text, jsonl.read_text(folder / "rows" / f"{name}.tsv"))
        jsonl.write_text(target / f"{page_id}.txt", marked.render(text, annotation))
        remarks = folder / "remarks" / f"{name}.txt"
        said = jsonl.read_text(remarks).strip() if remarks.is_file() else ""
        lines[page_id] = {"id": page_id, **{k: v for k, v in log.items() if k != "id"}, "remarks": said}
    jsonl.write(path, (lines[page_id] for page_id in sorted(lines)))
    return sorted(names.values())


def _bad(path: Path, line: int | None, found: str, expected: str) -> Problem:
    return Problem("rows", str(path), found, expected, "Mend the row.", line=line)
