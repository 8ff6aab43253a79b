"""How entities learnt here do on text that nobody here wrote: a folder of brat files.

    python -m benchmarks.transfer DIR

DIR is searched recursively for `NAME.ann` beside `NAME.txt` (brat stand-off, offsets in code points).
Types map as `MAP` says, others are left out; of nested mentions the outermost is kept. The `crf` baseline
tags every text as it is (no furniture is cut: these are clean articles) and is scored by exact span and
label, micro-F1, with a 95 % bootstrap interval over texts, for PER, LOC and ORG and for all five types.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from rich.progress import track

from etabli import tagging
from etabli.documents import Span
from etabli.jsonl import read_text

MAP = {"Person": "PER", "Location": "LOC", "Organization": "ORG", "Date": "DATE", "Product": "PROD"}
SETS = {"PER LOC ORG": ("PER", "LOC", "ORG"), "all five": ("PER", "LOC", "ORG", "DATE", "PROD")}


def read_brat(path: Path) -> tuple[str, list[Span]]:
    """Text and mapped, outermost mentions of one `.ann` file and the `.txt` beside it."""
    text = read_text(path.with_suffix(".txt"))
    spans = set()
    for line in read_text(path).split("\n"):
        if not line.startswith("T"):
            continue
        kind, *offsets = line.split("\t")[1].replace(";", " ").split(" ")
        if kind in MAP:
            spans.add(Span(int(offsets[0]), int(offsets[-1]), MAP[kind]))
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return text, kept


def counts(gold: list[Span], found: list[Span], labels: tuple[str, ...]) -> tuple[int, int, int]:
    """True positives, predicted and gold mentions of `labels`, by exact span and label."""
    g = {s for s in gold if s.label in labels}
    p = {s for s in found if s.label in labels}
    return len(g & p), len(p), len(g)


def f1(rows: np.ndarray) -> np.ndarray:
    """Micro-F1 of summed counts (…, 3)."""
    return 2 * rows[..., 0] / np.maximum(rows[..., 1] + rows[..., 2], 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    files = sorted(parser.parse_args().folder.rglob("*.ann"))
    if not files:
        print("no .ann files here", file=sys.stderr)
        return 2
    tagger = tagging.models()
    held = [read_brat(path) for path in files]
    found = [list(tagger.entities.predict(text, ())) for text, _ in track(held, "tagging")]
    draws = np.random.default_rng(0).integers(0, len(held), (10_000, len(held)))
    weights = np.stack([np.bincount(row, minlength=len(held)) for row in draws])
    print(f"{len(held)} texts, {sum(len(gold) for _, gold in held)} mentions")
    for name, labels in SETS.items():
        rows = np.array([counts(gold, mine, labels) for (_, gold), mine in zip(held, found, strict=True)])
        low, high = np.percentile(f1(weights @ rows), [2.5, 97.5])
        tp, predicted, expected = rows.sum(axis=0)
        print(
            f"{name:<12} F1 {f1(rows.sum(axis=0)):.3f} [{low:.3f}, {high:.3f}]"
            f"  P {tp / max(predicted, 1):.3f}  R {tp / expected:.3f}"
        )
    for label in MAP.values():
        rows = np.array([counts(gold, mine, (label,)) for (_, gold), mine in zip(held, found, strict=True)])
        tp, predicted, expected = rows.sum(axis=0)
        print(
            f"  {label:<10} F1 {f1(rows.sum(axis=0)):.3f}  P {tp / max(predicted, 1):.3f}"
            f"  R {tp / max(expected, 1):.3f}  ({expected})"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
