"""The board's files: made, written, and held against what is committed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from etabli import jsonl, loading
from etabli.board import entrants, results, site, summary
from etabli.board.results import Step
from etabli.documents import Record
from etabli.errors import Problem, UsageError
from etabli.scoring.counts import Reference, reference
from etabli.scoring.statistics import DEFAULT, Sampling

FOLDER = Path("leaderboard")
SITE = FOLDER / "site"
README = FOLDER / "README.md"
SPLIT = "test"


def load(root: Path) -> tuple[Reference, Sequence[Record]]:
    """What is scored against: the test pages of the release at `root`, and their records."""
    corpus = loading.load(root / "corpus")
    held = corpus[SPLIT]
    if not len(held):
        raise UsageError(f"{root / 'corpus'}: no test page")
    return reference(held, corpus["train"], corpus.version, corpus.digest, SPLIT), held.records


def make(root: Path, sampling: Sampling = DEFAULT, step: Step = lambda _: None) -> dict[Path, str]:
    """Every generated file by its path from `root`."""
    gold, records = load(root)
    board = results.score(gold, entrants.gather(root, gold), sampling, step)
    step("pages")
    files = {README: summary.markdown(board)}
    return files | {SITE / name: text for name, text in site.pages(board, records).items()}


def write(root: Path, files: dict[Path, str]) -> None:
    """Write the files that changed and remove those of the site that are no more."""
    for name, text in files.items():
        if _read(root / name) != text:
            jsonl.write_text(root / name, text)
    for name in _extra(root, files):
        (root / name).unlink()


def check(root: Path, files: dict[Path, str]) -> list[Problem]:
    """Where the committed files are not these."""
    found = {}
    for name, text in files.items():
        held = _read(root / name)
        if held != text:
            found[name] = "no such file" if held is None else "another content"
    found |= dict.fromkeys(_extra(root, files), "a file that is no part of the board")
    remedy = "Run `etabli leaderboard`."
    return [Problem("board", str(name), what, "what the submissions give", remedy) for name, what in found.items()]


def _read(path: Path) -> str | None:
    return jsonl.read_text(path) if path.is_file() else None


def _extra(root: Path, files: dict[Path, str]) -> list[Path]:
    """Files in the site's folder that are not among `files`."""
    held = (path.relative_to(root) for path in sorted((root / SITE).rglob("*")) if path.is_file())
    return [path for path in held if path not in files]
