"""`etabli validate`: does the corpus keep its rules?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from etabli import validation


def validate(
    root: Annotated[Path, typer.Option(help="The repository.")] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Problems as JSON lines.")] = False,
    rules: Annotated[bool, typer.Option("--rules", help="List the rules and stop.")] = False,
) -> None:
    """Check the whole corpus: schemas, texts, spans, layers, decisions, splits, near-duplicates, facts."""
    if rules:
        table = Table("rule", "asks that", box=None)
        for name, asks in validation.READING.items():
            table.add_row(name, asks)
        for one in validation.RULES:
            table.add_row(one.id, one.asks)
        Console().print(table)
        return
    sources, problems = validation.validate(root)
    if as_json:
        for problem in problems:
            print(json.dumps(problem.as_dict(), ensure_ascii=False))
    else:
        for problem in problems:
            print(problem)
        pages = f"{len(sources.pages)} pages, {len(sources.sites)} sites, {len(sources.facts)} fact files"
        print(f"{pages}: {len(problems) or 'no'} problem{'' if len(problems) == 1 else 's'}")
    if problems:
        raise typer.Exit(1)
