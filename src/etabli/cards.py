"""Fills the generated parts of documents: what stands between `<!-- NAME -->` and `<!-- /NAME -->`.

Figures in README.md and corpus/README.md are never typed: each block's content comes from the release,
from the committed scores of the baselines or from agreement.json, and a test holds the documents to it. In the card's
YAML head the markers stand behind `# `. corpus/croissant.json is generated whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from etabli import croissant, datasheet, jsonl, loading, stats
from etabli.errors import DataError, Problem

DOCUMENTS = ("README.md", "corpus/README.md")
CROISSANT = "corpus/croissant.json"
_BLOCK = re.compile(r"(<!-- (?P<name>[a-z-]+) -->\n)(?P<body>.*?)((?:# )?<!-- /(?P=name) -->)", re.DOTALL)
_MEASURES = (
    ("topics.macro_f1", "Topics, macro-F1"),
    ("entities.micro_f1", "Entities, micro-F1 (exact)"),
    ("boilerplate.f1", "Boilerplate, F1 (characters)"),
    ("overall.mean", "Overall"),
)


def fill(text: str, blocks: dict[str, Callable[[], str]], name: str) -> str:
    """`text` with every marked block made again. Raises `DataError` for a block that nothing makes."""

    def again(match: re.Match[str]) -> str:
        make = blocks.get(match["name"])
        if make is None:
            line = text.count("\n", 0, match.start()) + 1
            found, expected = f"block {match['name']}", f"one of {', '.join(sorted(blocks))}"
            raise DataError([Problem("card", name, found, expected, "Correct the marker.", line=line)])
        return f"{match[1]}{make().strip()}\n{match[4]}"

    return _BLOCK.sub(again, text)


def blocks(root: Path) -> dict[str, Callable[[], str]]:
    """Makers of the blocks, by name, from the repository at `root`."""
    corpus = loading.load(root / "corpus")
    tables = stats.balance(corpus.records)
    return {
        **datasheet.blocks(root, corpus),
        "figures": lambda: f"Version {corpus.version}.\n\n{tables[0].markdown()}",
        "balance": lambda: "\n\n".join(table.markdown() for table in tables[1:]),
        "scores": lambda: _scores(root / "baselines" / "scores.json"),
        "agreement": lambda: _agreement(root / "annotations" / "agreement.json"),
    }


def _scores(path: Path) -> str:
    held: dict[str, Any] = json.loads(jsonl.read_text(path))
    head = "| System | " + " | ".join(title for _, title in _MEASURES) + " |"
    rows = ["|---|" + "---|" * len(_MEASURES)]
    for name, scores in held["systems"].items():
        cells = []
        for key, _ in _MEASURES:
            score = scores.get(key)
            cells.append(f"{score['value']:.3f} ({score['low']:.3f}–{score['high']:.3f})" if score else "—")
        rows.append(f"| `{name}` | " + " | ".join(cells) + " |")
    return "\n".join([head, *rows, "", f"`{held['signature']}`"])


def _agreement(path: Path) -> str:
    held: dict[str, Any] = json.loads(jsonl.read_text(path))
    rows = ["| Layer | Label | Measure | Value | 95 % interval |", "|---|---|---|---:|---|"]
    for row in held["between_annotators"]:
        if row["label"] == "all" or (row["layer"] == "topics" and row["measure"] == "kappa"):
            interval = f"{row['low']:.3f}–{row['high']:.3f}"
            value = f"{row['value']:.3f}"
            rows.append(f"| {row['layer']} | {row['label']} | {row['measure']} | {value} | {interval} |")
    return "\n".join([*rows, "", f"{held['pages']} pages, {held['events']} clusters of events, {held['sites']} sites."])


def _generated(root: Path) -> dict[str, str]:
    """Every document as it would be made now."""
    made = blocks(root)
    texts = {name: fill(jsonl.read_text(root / name), made, name) for name in DOCUMENTS}
    return {**texts, CROISSANT: croissant.text(root)}


def _stale(root: Path, made: dict[str, str]) -> list[str]:
    return [n for n, text in made.items() if not (root / n).is_file() or jsonl.read_text(root / n) != text]


def write(root: Path) -> list[Path]:
    """Make the blocks of every document, and croissant.json, again; the files that changed."""
    made = _generated(root)
    changed = _stale(root, made)
    for name in changed:
        jsonl.write_text(root / name, made[name])
    return [root / name for name in changed]


def check(root: Path) -> list[Problem]:
    """Documents that are not what would be made now."""
    stale = _stale(root, _generated(root))
    return [Problem("card", name, "stale figures", "generated ones", "Run `etabli card`.") for name in stale]
