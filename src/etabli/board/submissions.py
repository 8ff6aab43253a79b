"""Submissions: `leaderboard/submissions/<system>/{system.yaml,predictions.jsonl.gz}`, checked and taken in.

A folder is read only after its name and its entries are known to be harmless: two regular files, no links. The
predictions must cover the release's test pages exactly and carry the tracks that the card names.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from etabli import jsonl, predictions
from etabli.board import card as cards
from etabli.board.card import Card
from etabli.columns import TRACKS, Layers, Pages
from etabli.errors import DataError, Problem, UsageError, shorten

FOLDER = Path("leaderboard/submissions")
CARD = "system.yaml"
FILE = "predictions.jsonl.gz"
HANDED = (FILE, "predictions.jsonl", "predictions.jsonl.zst")  # any of them is taken, and kept as the first
PACKED_LIMIT = 50 << 20  # bytes, as committed
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
REMEDIES = {
    "submission-name": "Name the folder with small letters, digits and hyphens, 40 at most.",
    "submission-files": f"Keep {CARD} and {FILE}, as plain files, and nothing else.",
    "submission-tracks": "Let `tracks` in the card name what the file carries.",
    "submission-kind": "Leave `kind` out, or write `system`, or `floor` for a system that needs no rank.",
}


@dataclass(frozen=True)
class Submission:
    """A submission that was right: the folder's name, the card, the labels."""

    slug: str
    card: Card
    layers: Layers


def _wrong(rule: str, path: Path, found: str, expected: str) -> Problem:
    return Problem(rule, shorten(str(path), 200), found, expected, REMEDIES[rule])


def check_name(folder: Path, taken: Collection[str] = ()) -> None:
    """Raise `DataError` unless the folder's name can stand in a path and a page, and is not one of `taken`."""
    name = folder.name
    if not NAME.fullmatch(name):
        raise DataError([_wrong("submission-name", folder, f"the name {shorten(repr(name))}", NAME.pattern)])
    if name in taken:
        raise DataError([_wrong("submission-name", folder, f"the name {name}", "one that is not the house's own")])


def entries(folder: Path, predicted: Collection[str] = (FILE,)) -> Path:
    """The prediction file of a folder that holds a card, one of the files `predicted`, and nothing else.

    Raises `DataError` for links, folders and other files, before any of them is opened.
    """
    try:
        if folder.is_symlink():
            raise DataError([_wrong("submission-files", folder, "a link", "a folder")])
        held = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be read as a folder ({error.strerror})") from None
    problems = []
    for entry in held:
        path = folder / entry.name
        if entry.name not in (CARD, *predicted):
            problems.append(_wrong("submission-files", path, "another file", f"{CARD} and {FILE} alone"))
        elif not stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
            problems.append(_wrong("submission-files", path, "no plain file", "a plain file"))
        elif entry.stat(follow_symlinks=False).st_size > PACKED_LIMIT and entry.name == FILE:
            problems.append(_wrong("submission-files", path, "a file too big", f"{PACKED_LIMIT >> 20} MiB at most"))
    names = [entry.name for entry in held]
    files = [name for name in predicted if name in names]
    if CARD not in names:
        problems.append(_wrong("submission-files", folder / CARD, "no such file", "a system card"))
    if len(files) != 1:
        expected = f"one of {', '.join(predicted)}"
        problems.append(_wrong("submission-files", folder, f"{len(files)} prediction files", expected))
    if problems:
        raise DataError(problems)
    return folder / files[0]


def read(folder: Path, pages: Pages, taken: Collection[str] = ()) -> Submission:
    """The submission in `folder`. Raises `DataError` with the problems of name, files, card and predictions."""
    check_name(folder, taken)
    path = entries(folder)
    problems: list[Problem] = []
    total = 0
    card, held = None, None
    try:
        card = cards.read(folder / CARD)
    except DataError as error:
        problems, total = error.problems, error.total
    try:
        held = predictions.read(path, pages, "test")
    except DataError as error:
        problems, total = [*problems, *error.problems], total + error.total
    if card is None or held is None:
        raise DataError(problems, total)
    if set(card.tracks) != set(held.tracks):
        found = f"tracks {', '.join(card.tracks)}"
        raise DataError([_wrong("submission-tracks", folder / CARD, found, ", ".join(held.tracks))])
    if card.kind == "baseline":
        raise DataError([_wrong("submission-kind", folder / CARD, "kind baseline", "a kind of system of your own")])
    return Submission(folder.name, card, held.layers)


def read_all(root: Path, pages: Pages, taken: Collection[str] = ()) -> list[Submission]:
    """Every submission under `root`, by name. Raises `DataError` with the problems of all of them."""
    folder = root / FOLDER
    found, problems, total = [], [], 0
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith(".") and not path.is_dir():
            continue  # .gitkeep
        try:
            found.append(read(path, pages, taken))
        except DataError as error:
            problems += error.problems
            total += error.total
        except UsageError as error:
            problems.append(_wrong("submission-files", path, str(error), "a folder a system"))
            total += 1
    if problems:
        raise DataError(problems, total)
    return found


def submit(source: Path, root: Path, pages: Pages, taken: Collection[str] = (), replace: bool = False) -> Submission:
    """Check the folder `source` and copy it into the repository at `root`, whole or not at all.

    The copy is what is checked, so nothing can change in between. Predictions handed in plain or as zstandard
    are packed with gzip. Raises `UsageError` where the system is there already and `replace` is not asked for.
    """
    source = source.resolve() if source.name in ("", "..") else source
    check_name(source, taken)
    handed = entries(source, HANDED)
    target = root / FOLDER / source.name
    if target.exists() and not replace:
        raise UsageError(f"{target}: there already; say --replace to put this one in its place")
    # Beside `submissions`, so that a run that is killed leaves no half submission where one is looked for.
    work = root / FOLDER.parent / f".{source.name}.{os.getpid()}.tmp"
    copy = work / source.name
    try:
        copy.mkdir(parents=True)
        with (source / CARD).open("rb") as plain, (copy / CARD).open("wb") as out:
            out.write(plain.read(cards.LIMIT + 1))  # one byte more than a card may have, so that the check sees it
        _pack(handed, copy / FILE)
        found = read(copy, pages, taken)
        _swap(copy, target, work / "before")
    except DataError as error:
        # Names in messages are those that the participant knows.
        problems = [_renamed(problem, copy, source, handed) for problem in error.problems]
        raise DataError(problems, error.total) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return found


def _renamed(problem: Problem, copy: Path, source: Path, handed: Path) -> Problem:
    name = problem.file.replace(str(copy / FILE), str(handed)).replace(str(copy), str(source))
    parts = {**problem.as_dict(), "file": name}
    return Problem(**parts)  # type: ignore[arg-type]


def _pack(source: Path, target: Path) -> None:
    """Copy a prediction file, packed; the same lines give the same bytes."""
    if source.suffix == ".gz":
        shutil.copyfile(source, target)
        return
    with target.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
        for _, line in jsonl.raw_lines(source, predictions.LINE_LIMIT, predictions.TOTAL_LIMIT):
            packed.write(line + b"\n")


def _swap(new: Path, target: Path, before: Path) -> None:
    """Put `new` at `target`; what stood there comes back if that fails."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        target.rename(before)
    try:
        new.rename(target)
    except OSError:
        if before.exists():
            before.rename(target)
        raise


def told(submission: Submission) -> str:
    """One line on what was taken in."""
    tracks = ", ".join(track for track in TRACKS if track in submission.layers.tracks)
    flags = f"; shown with: {', '.join(submission.card.flags)}" if submission.card.flags else ""
    return f"{submission.slug}: {tracks}{flags}"
