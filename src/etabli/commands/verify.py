"""`etabli verify`: is a copy of the corpus the one that was released?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from etabli import checksums


def verify(
    folder: Annotated[Path, typer.Argument(help="A release: a download, or a clone at a version's tag.")] = Path(),
) -> None:
    """Check a copy against its SHA256SUMS; name every file that differs, is missing or does not belong."""
    place = checksums.locate(folder)
    problems = checksums.verify(place)
    if problems:
        print("\n".join(map(str, problems)), file=sys.stderr)  # all of them, where other commands stop at some
        raise typer.Exit(1)
    version = (place / "VERSION").read_text(encoding="utf-8").strip()
    print(f"{place}: all {len(checksums.read(place))} files are those of version {version}")
