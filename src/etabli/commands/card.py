"""`etabli card`: the generated figures of README.md and of the dataset card."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from etabli import cards
from etabli.errors import DataError


def card(
    root: Annotated[Path, typer.Option(help="The repository.")] = Path(),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if figures are stale.")] = False,
) -> None:
    """Make the figures in README.md and corpus/README.md again."""
    if check:
        problems = cards.check(root)
        if problems:
            raise DataError(problems)
        print("every figure is what the release and the scores give")
        return
    for path in cards.write(root):
        print(path)
