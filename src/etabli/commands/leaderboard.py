"""`etabli submit` and `etabli leaderboard`: a system is handed in, the board is made again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from etabli.board import entrants, output, submissions
from etabli.errors import DataError
from etabli.scoring import statistics

Root = Annotated[Path, typer.Option(help="The repository.")]


def submit(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder named after the system: system.yaml, predictions.jsonl.gz.")
    ],
    root: Root = Path(),
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of the one that is there.")] = False,
) -> None:
    """Check a system's card and predictions against the release and copy them into leaderboard/submissions/."""
    gold, _ = output.load(root)
    held = submissions.submit(folder, root, gold.pages, entrants.taken(root, gold), replace)
    print(submissions.told(held))
    print(f"{root / submissions.FOLDER / held.slug}: taken in; `etabli leaderboard` makes the board again")


def leaderboard(
    root: Root = Path(),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if the board is stale.")] = False,
    resamples: Annotated[int, typer.Option(min=1, help="Bootstrap resamples.")] = statistics.RESAMPLES,
) -> None:
    """Score every submission again and make leaderboard/README.md and leaderboard/site/."""
    console = Console(stderr=True)
    with console.status("scoring") as status:
        files = output.make(root, statistics.Sampling(resamples), lambda what: status.update(f"scoring: {what}"))
    if not check:
        output.write(root, files)
        print(f"{root / output.README}, {root / output.SITE / 'index.html'}: {len(files)} files")
        return
    problems = output.check(root, files)
    if problems:
        raise DataError(problems)
    print(f"{len(files)} files are what the submissions give")
