"""`etabli explore`: the corpus as a static site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def explore(
    out: Annotated[Path, typer.Option(help="The folder to write the site to.")] = Path("explorer"),
    corpus: Annotated[Path | None, typer.Option(help="A corpus folder; the packaged release without it.")] = None,
    root: Annotated[Path, typer.Option(help="The repository, for the facts and the sites' names.")] = Path(),
) -> None:
    """Write a site to browse and search the pages, their layers side by side, their facts and sources."""
    from etabli import explorer, loading
    from etabli.explorer import origins

    held = loading.load(corpus)
    known = origins.read(root, held.records)
    number = explorer.write(out, explorer.files(held.records, held.version, known))
    print(f"{out / 'index.html'}: {len(held)} pages, {len(known.facts)} fact files, {number} files")
