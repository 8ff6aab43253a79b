"""`etabli export`: the corpus in the forms of other tools."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from etabli import export as forms
from etabli.errors import UsageError
from etabli.labels import codes


class Form(StrEnum):
    """The forms that pages can be exported to."""

    BRAT = "brat"
    CONLL2003 = "conll2003"
    DOCBIN = "docbin"
    JSONL = "jsonl"


def export(
    form: Annotated[Form, typer.Argument(metavar="FORMAT", help="brat, conll2003, docbin (spaCy) or jsonl.")],
    *,
    out: Annotated[Path, typer.Option(help="The folder to write; new or empty.")],
    split: Annotated[str | None, typer.Option(help="One split only: train, validation or test.")] = None,
    corpus: Annotated[Path | None, typer.Option(help="A corpus folder; the packaged release without it.")] = None,
) -> None:
    """Write the gold pages as brat standoff, CoNLL-2003 columns, a spaCy DocBin or JSONL with token offsets."""
    from etabli import loading

    if split is not None and split not in codes("split"):
        raise UsageError(f"no split {split!r}; splits are {', '.join(codes('split'))}")
    held = loading.load(corpus)
    records = (held if split is None else held[split]).records
    if not records:
        raise UsageError(f"the split {split} holds no page")
    number = forms.write(out, forms.exporters()[form](records))
    print(f"{out}: {len(records)} pages of version {held.version} in {number} files")
