"""The rules that the corpus keeps: a table of small checks with stable ids.

`sources.read` finds what cannot be read at all (`READING` lists those rules); each rule of `RULES` looks at
what could be read and yields a `Problem` for each defect. One pass over the files serves all of them.
"""

from __future__ import annotations

from pathlib import Path

from etabli import sources as reading
from etabli.errors import Problem
from etabli.sources import Sources
from etabli.validation import facts, frozen, layers, spans, splits, texts
from etabli.validation.table import READING, RULES, Rule

__all__ = ["READING", "RULES", "Rule", "validate"]
_PARTS = (texts, layers, spans, splits, facts, frozen)  # importing them fills the table, in this order


def validate(root: Path) -> tuple[Sources, list[Problem]]:
    """Read the repository at `root` once and run every rule; problems sorted by file and line."""
    sources = reading.read(root)
    problems = list(sources.problems)
    for one in RULES:
        problems += one.check(sources)
    problems.sort(key=lambda p: (p.file, p.line or 0, p.rule, p.id or "", p.found))
    return sources, problems
