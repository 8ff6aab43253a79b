"""`etabli bench`: the main job, from pages to board; and `etabli tune`."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from etabli import bench as running
from etabli import jsonl, loading, release, tagging, training, validation
from etabli.commands.tag import show
from etabli.errors import DataError, Problem
from etabli.scoring import report
from etabli.scoring.catalogue import MEASURES

Root = Annotated[Path, typer.Option(help="The repository.")]
_console = Console()


@contextmanager
def _step(title: str) -> Iterator[None]:
    """Say what is going on, and how long it took."""
    start = time.monotonic()
    with _console.status(f"{title}…"):
        yield
    _console.print(f"[green]✓[/] {title} [dim]({time.monotonic() - start:.1f} s)[/]", highlight=False)


def bench(root: Root = Path()) -> None:
    """Validate, load, train the baselines, score them with intervals, print the board, tag a page."""
    with _step("corpus validated"):
        _, problems = validation.validate(root)
        release.require(problems)
    with _step("corpus loaded through `datasets`"):
        os.environ["HF_HUB_OFFLINE"] = "1"
        import datasets

        datasets.disable_progress_bars()
        try:
            pages = datasets.load_dataset(str(root / "corpus"))
        except (datasets.exceptions.DatasetsError, ValueError) as error:
            expected = "tables that fit the card corpus/README.md"
            remedy = "Run `etabli build`, then `etabli card`."
            raise DataError([Problem("load", str(root / "corpus"), str(error), expected, remedy)]) from error
    _console.print("  " + ", ".join(f"{name} {part.num_rows}" for name, part in pages.items()) + " pages")
    corpus = loading.load(root / "corpus")
    fitted: dict[str, running.Annotate] = {}
    with _console.status("training") as status:
        start = time.monotonic()
        fitted = running.systems(corpus, lambda what: status.update(f"training: {what}…"))
    _console.print(f"[green]✓[/] baselines trained [dim]({time.monotonic() - start:.1f} s)[/]", highlight=False)
    found: dict[str, report.Report] = {}
    for system, annotate in fitted.items():
        path = running.prediction_path(root / "baselines", system)
        with _step(f"{system}: {path.relative_to(root)} written and scored"):
            same = running.predict(corpus, annotate, path)
            found[system] = running.score(corpus, path)
        if not same:
            _console.print("  the file differs from the one that stood there", style="yellow")
    running.write_scores(root / "baselines" / "scores.json", found)
    _console.print(board(found))
    _console.print(report.signature_line(next(iter(found.values())).signature), style="dim", soft_wrap=True)
    record = min(corpus[running.SPLIT], key=lambda r: abs(len(r.text) - 3000))
    _console.rule(f"etabli tag {record.id}")
    ((annotation, scores),) = fitted["crf"]([record.text])
    show(tagging.Tagged(record.text, annotation, scores), _console)


def board(found: dict[str, report.Report]) -> Table:
    """The ranking measures of the systems, with their intervals."""
    heads = {system: running.headline(one) for system, one in found.items()}
    names = list(dict.fromkeys(name for head in heads.values() for name in head))
    table = Table("system", *(f"{MEASURES[name].track}\n{MEASURES[name].title}" for name in names), box=None)
    for system, head in heads.items():
        cells = [
            f"{head[n]['value']:.3f} [dim]{head[n]['low']:.3f}-{head[n]['high']:.3f}[/]" if n in head else ""
            for n in names
        ]
        table.add_row(system, *cells)
    return table


def tune(
    root: Root = Path(), dry_run: Annotated[bool, typer.Option(help="Print, do not write params.json.")] = False
) -> None:
    """Find the baselines' hyperparameters again, on validation, and freeze them in baselines/params.json."""
    corpus = loading.load(root / "corpus")
    with _console.status("tuning") as status:

        def step(what: str) -> None:
            status.update(what)
            _console.print(what, highlight=False)

        chosen = training.tune(corpus["train"].records, corpus["validation"].records, step)
    _console.print_json(json.dumps(chosen))
    if not dry_run:
        lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in chosen.items())
        jsonl.write_text(root / "baselines" / "params.json", f"{{\n{lines}\n}}\n")
