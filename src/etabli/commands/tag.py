"""`etabli tag`: clean, classify and mark pages with the baselines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from os import cpu_count
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track

from etabli import jsonl, tagging
from etabli.errors import DataError, Problem, UsageError
from etabli.labels import describe
from etabli.render import colour, html_page, terminal_article

_err = Console(stderr=True)


def tag(
    source: Annotated[str, typer.Argument(metavar="FILE|DIR|-", help="A page (text or HTML), `-`, or a folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="One prediction line, with the page's text.")] = False,
    as_html: Annotated[bool, typer.Option("--html", help="A self-contained HTML page.")] = False,
    out: Annotated[Path | None, typer.Option(help="Prediction file to write; needed for a folder.")] = None,
) -> None:
    """Print the cleaned article, its topics with probabilities and its entities."""
    if as_json and as_html:
        raise UsageError("choose one of --json and --html")
    _announce()
    if source != "-" and Path(source).is_dir():
        if out is None:
            raise UsageError(f"{source} is a folder: name the prediction file with --out FILE.jsonl")
        tag_folder(Path(source), out)
        return
    text = (
        tagging.read_page(sys.stdin.buffer.read(), "standard input")
        if source == "-"
        else tagging.read_file(Path(source))
    )
    page = tagging.tag_text(text)
    page_id = "stdin" if source == "-" else Path(source).stem
    for warning in page.warnings:
        _err.print(f"[yellow]warning:[/] {warning}")
    if out is not None:
        jsonl.write(out, [page.as_dict(page_id)])
    elif as_json:
        print(json.dumps(page.as_dict(page_id), ensure_ascii=False))
    elif as_html:
        print(html_page(page_id, page.text, page.annotation, page.topic_scores))
    else:
        show(page, Console())


def _announce() -> None:
    if not tagging.is_cached():
        with _err.status("First use: fitting the models on the train split (about a minute)…"):
            tagging.models()


def show(page: tagging.Tagged, console: Console) -> None:
    """Print a tagged page for a reader."""
    console.print(terminal_article(page.text, page.annotation), soft_wrap=True)
    console.print()
    for topic, score in page.topic_scores.items():
        mark = "●" if topic in page.annotation.topics else "○"
        main = "  main topic" if topic == page.annotation.main_topic else ""
        console.print(
            f"[{colour(topic)}]{mark} {describe('topic', topic)['fr']:<20} {score:.2f}[/]{main}",
            highlight=False,
        )
    held = page.annotation
    cut = sum(end - start for start, end, _ in held.boilerplate)
    console.print(
        f"{len(held.entities)} entities; {cut / len(page.text):.0%} of the page was furniture, "
        f"in {len(held.boilerplate)} blocks",
        style="dim",
        highlight=False,
    )


def _tag_one(path: str) -> dict[str, Any]:
    try:
        page = tagging.tag_text(tagging.read_file(Path(path)))
    except DataError as error:
        return {"id": Path(path).stem, "problems": error.problems}
    return {**page.as_dict(Path(path).stem), "warnings": list(page.warnings)}


def tag_folder(folder: Path, out: Path) -> None:
    """Tag every file of `folder` on all cores into `out`; what `out`.partial holds is not done again.

    Raises `DataError` in the end if a page could not be tagged; `out` is then not written.
    """
    paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if not paths:
        raise UsageError(f"{folder}: no files here")
    stems = [path.stem for path in paths]
    if len(set(stems)) < len(stems):
        twice = next(stem for stem in stems if stems.count(stem) > 1)
        raise UsageError(f"{folder}: two files are named {twice}; ids are file names without their ending")
    partial = out.with_name(out.name + ".partial")
    done = dict(_resumed(partial))
    todo = [path for path in paths if path.stem not in done]
    if done:
        _err.print(f"{len(done)} of {len(paths)} pages were done before")
    failed: list[Problem] = []
    out.parent.mkdir(parents=True, exist_ok=True)
    with partial.open("a", encoding="utf-8") as log, ProcessPoolExecutor(cpu_count()) as pool:
        results = pool.map(_tag_one, map(str, todo), chunksize=4)
        for result in track(results, "tagging", total=len(todo), console=_err):
            if "problems" in result:
                failed += result["problems"]
                continue
            for warning in result.pop("warnings"):
                _err.print(f"[yellow]warning:[/] {result['id']}: {warning}")
            log.write(jsonl.dumps(result) + "\n")
            log.flush()
            done[result["id"]] = result
    if failed:
        raise DataError(failed)
    jsonl.write(out, (done[stem] for stem in stems))
    partial.unlink()
    _err.print(f"{out}: {len(stems)} pages")


def _resumed(partial: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Pages that an interrupted run left; a line cut short by the interruption is dropped."""
    if not partial.is_file():
        return
    kept = []
    for line in partial.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        kept.append(record)
    jsonl.write(partial, kept)
    for record in kept:
        yield record["id"], record
