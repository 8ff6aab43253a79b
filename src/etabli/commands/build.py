"""`etabli build`: the released tables from the sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from etabli import release, validation


def build(
    root: Annotated[Path, typer.Option(help="The repository.")] = Path(),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if files are stale.")] = False,
) -> None:
    """Build corpus/data from the sources (refused while `etabli validate` finds problems)."""
    sources, problems = validation.validate(root)
    release.require(problems)
    target = root / "corpus" / "data"
    if check:
        release.require(release.check(sources, target))
        print(f"{target} is what the sources give")
        return
    facts = release.build(sources, target)
    parts = ", ".join(f"{name} {part['pages']}" for name, part in facts["splits"].items())
    print(f"{target}: version {facts['version']}, {parts} pages, digest {facts['digest'][:12]}")
