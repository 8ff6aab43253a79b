"""`etabli score`, `check`, `template` and `measures`: prediction files and what they are worth."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from etabli import jsonl, loading, predictions
from etabli.columns import TRACKS, Pages
from etabli.errors import UsageError
from etabli.scoring import catalogue, compare, report, statistics, tables
from etabli.scoring.counts import Reference, reference

File = Annotated[Path, typer.Argument(help="A prediction file: .jsonl, .jsonl.gz or .jsonl.zst.")]
Split = Annotated[str, typer.Option(help="The pages that the file is about: train, validation or test.")]
Corpus = Annotated[Path | None, typer.Option(help="A folder with a built release; without it, the one installed.")]


def load_reference(corpus: Path | None, split: str) -> Reference:
    """The reference of a split of a release; mentions are seen or unseen by its training pages."""
    if split not in loading.SPLITS:
        raise UsageError(f"no split {split!r}; splits are {', '.join(loading.SPLITS)}")
    held = loading.load(corpus)
    training = () if split == "train" else held["train"]
    found = reference(held[split], training, held.version, held.digest, split)
    if not len(found.pages):
        raise UsageError(f"the split {split} holds no page")
    return found


def score(
    file: File,
    *,
    split: Split = "test",
    track: Annotated[list[str] | None, typer.Option(help="Score this track only; may be repeated.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    slices: Annotated[bool, typer.Option("--slices", help="Scores by kind of site, sector, year, …")] = False,
    against: Annotated[Path | None, typer.Option(help="Another prediction file: paired differences.")] = None,
    corpus: Corpus = None,
    resamples: Annotated[int, typer.Option(min=1, help="Bootstrap resamples.")] = statistics.RESAMPLES,
) -> None:
    """Score a prediction file on every track that it carries, with 95 % intervals and a signature."""
    gold = load_reference(corpus, split)
    system = predictions.read(file, gold.pages, split)
    tracks = tuple(name for name in TRACKS if name in (track or system.tracks))
    predictions.require_tracks(system, track or tracks)
    sampling = statistics.Sampling(resamples)
    found = report.score(gold, system.layers, tracks, sampling)
    if slices:
        cut = {name: report.score_slices(name, gold, system.layers, sampling) for name in tracks}
        found = replace(found, slices=cut)
    if against is not None:
        other = predictions.read(against, gold.pages, split)
        common = tuple(name for name in tracks if name in other.tracks)
        if not common:
            raise UsageError(f"{against} carries none of {', '.join(tracks)}")
        pairs = compare.compare(gold, system.layers, other.layers, common, sampling)
        found = replace(found, differences=pairs)
    if as_json:
        print(json.dumps({"file": str(file), **found.as_dict()}, ensure_ascii=False, indent=2))
        return
    title = str(file) if against is None else f"{file} (this) and {against} (other)"
    tables.print_report(Console(), found, title)


def check(file: File, split: Split = "test", corpus: Corpus = None) -> None:
    """Check a prediction file and stop: every problem with its line, or what the file carries."""
    gold = load_reference(corpus, split)
    system = predictions.read(file, gold.pages, split)
    print(f"{file}: right; {len(gold.pages)} pages of {split}, tracks {', '.join(system.tracks)}")


def template(
    split: Split = "test",
    out: Annotated[Path | None, typer.Option(help="Write here; without it, to standard output.")] = None,
    corpus: Corpus = None,
) -> None:
    """Write a prediction file in which nothing is found, one line a page, to fill in."""
    if split not in loading.SPLITS:
        raise UsageError(f"no split {split!r}; splits are {', '.join(loading.SPLITS)}")
    records = loading.load(corpus)[split]
    lines = predictions.template(Pages(tuple(r.id for r in records), tuple(r.text for r in records)))
    if out is None:
        for line in lines:
            sys.stdout.write(jsonl.dumps(line) + "\n")
        return
    try:
        jsonl.write(out, lines)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror})") from None
    print(f"{out}: {len(records)} pages of {split}")


def measures(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the measures: name, what it is, how counts add up, where it comes from."""
    if as_json:
        rows = [
            {"name": m.name, "definition": m.definition, "how": str(m.how), "source": m.source}
            for m in catalogue.MEASURES.values()
        ]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table("measure", "definition", "counts", "source", box=None, pad_edge=False)
    for measure in catalogue.MEASURES.values():
        table.add_row(measure.name, measure.definition, str(measure.how), measure.source)
    console = Console()
    console.print(table)
    console.print("The first measure of a track ranks it.", style="dim")
