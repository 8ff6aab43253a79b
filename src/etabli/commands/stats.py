"""`etabli stats`: the balance sheet of a release."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import rich.table
import typer
from rich.console import Console

from etabli import loading
from etabli import stats as counting


def stats(
    corpus: Annotated[Path | None, typer.Option(help="A corpus folder; the packaged release without it.")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown tables.")] = False,
) -> None:
    """Count pages, labels, sites, sectors, years, lengths and furniture per split."""
    tables = counting.balance(loading.load(corpus).records)
    if markdown:
        print("\n\n".join(table.markdown() for table in tables))
        return
    console = Console()
    for held in tables:
        shown = rich.table.Table(title=held.title, title_justify="left", box=None)
        for i, name in enumerate(held.columns):
            shown.add_column(name, justify="left" if i == 0 else "right")
        for row in held.rows:
            shown.add_row(*(str(cell) for cell in row))
        console.print(shown, "")
