"""`etabli diff OLD NEW`: what changed between two releases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from etabli.differences import Difference


def diff(
    old: Annotated[str, typer.Argument(help="A version (0.2.0), tag, commit or folder.")],
    new: Annotated[str, typer.Argument(help="The same, of the later one; the work tree without it.")] = "",
    root: Annotated[Path, typer.Option(help="The repository that holds the tags.")] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Pages added and withdrawn, labels changed in their context, and the effect on each baseline's score."""
    from etabli import differences  # scoring takes a second to import, and other commands do without

    with ExitStack() as stack:
        folders = [stack.enter_context(differences.opened(name, root)) for name in (old, new or str(root))]
        found = differences.compare(*folders)
    if as_json:
        print(json.dumps(found.as_dict(), ensure_ascii=False, indent=1))
        return
    print("\n".join(lines(found)))


def lines(found: Difference) -> Iterator[str]:
    """The difference as text."""
    yield " → ".join(found.versions)
    titles = {
        "added": "Pages added",
        "withdrawn": "Pages gone",
        "rewritten": "Pages whose text changed",
        "moved": "Pages that changed split",
    }
    for name, title in titles.items():
        ids: Sequence[str] = getattr(found, name)
        if ids:
            yield f"\n{title}: {len(ids)}"
            yield "  " + " ".join(ids)
    pages = len({change.id for change in found.changes})
    yield f"\nLabels changed: {len(found.changes) or 'none'}" + (f", on {pages} pages" if pages else "")
    for change in found.changes:
        yield f"  {change.id} {change.layer}: {change.before or 'nothing'} → {change.after or 'nothing'}"
        yield f"      {change.context}"
    if found.effects:
        yield "\nBaselines (committed scores; then the old predictions on pages of both, against old and new labels)"
    for effect in found.effects:
        yield f"  {effect.system:10} {effect.measure:22} {_pair(effect.before, effect.after)}" + (
            f"   labels alone: {_pair(effect.held, effect.relabelled)}" if effect.held is not None else ""
        )


def _pair(before: float | None, after: float | None) -> str:
    shown = ["—" if value is None else f"{value:.3f}" for value in (before, after)]
    change = f" ({after - before:+.3f})" if before is not None and after is not None else ""
    return " → ".join(shown) + change
