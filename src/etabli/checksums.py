"""SHA256SUMS of a release: every file of the corpus folder, in the form that `sha256sum -c` reads.

Written by `etabli release` into corpus/; the same file fits a clone's corpus/, an archive of it and a download from
the Hub. Hidden files, caches and the package marker of data/ are not part of a release.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from etabli import jsonl
from etabli.errors import DataError, Problem, UsageError, shorten

NAME = "SHA256SUMS"
_LINE = re.compile(r"(?P<digest>[0-9a-f]{64}) [ *](?P<path>.+)")
_OUTSIDE = {NAME, "data/__init__.py"}
_BLOCK = 1 << 20


def files(folder: Path) -> Iterator[tuple[str, Path]]:
    """(path inside the release, file) of all that a release holds, sorted."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in inside.parts)
        if path.is_file() and not hidden and inside.as_posix() not in _OUTSIDE:
            yield inside.as_posix(), path


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            total.update(block)
    return total.hexdigest()


def write(folder: Path) -> int:
    """Write SHA256SUMS of `folder`; the number of files."""
    lines = [f"{digest(path)}  {name}\n" for name, path in files(folder)]
    jsonl.write_text(folder / NAME, "".join(lines))
    return len(lines)


def locate(folder: Path) -> Path:
    """The folder with SHA256SUMS: `folder` or its corpus/. Raises `UsageError` if neither has it."""
    for place in (folder, folder / "corpus"):
        if (place / NAME).is_file():
            return place
    raise UsageError(f"{folder}: no {NAME} here; name the folder of a release (a clone's corpus/, a download)")


def read(folder: Path) -> dict[str, str]:
    """Digests by path. Raises `DataError` for a line that is none, or a path that leads out of the folder."""
    held = {}
    for number, line in enumerate(jsonl.read_text(folder / NAME).split("\n"), 1):
        if not line:
            continue
        match = _LINE.fullmatch(line)
        path = PurePosixPath(match["path"]) if match else PurePosixPath("/")
        if match is None or path.is_absolute() or ".." in path.parts:
            expected, remedy = (
                "a SHA-256, two spaces and a path inside the folder",
                "Get the file of the release again.",
            )
            raise DataError([Problem("checksums", str(folder / NAME), shorten(line), expected, remedy, line=number)])
        held[path.as_posix()] = match["digest"]
    return held


def verify(folder: Path) -> list[Problem]:
    """Every file of `folder` that differs from SHA256SUMS, is missing or is not of the release."""
    told = read(folder)
    here = dict(files(folder))
    again = "Download it again."

    def problem(name: str, found: str, expected: str, remedy: str) -> Problem:
        return Problem("checksums", str(folder / name), found, expected, remedy)

    problems = []
    for name, expected in told.items():
        if name not in here:
            problems.append(problem(name, "no such file", f"SHA-256 {expected[:12]}…", again))
        elif (found := digest(here[name])) != expected:
            problems.append(problem(name, f"SHA-256 {found[:12]}…", f"{expected[:12]}…", again))
    extra = sorted(set(here) - set(told))
    problems += [
        problem(name, "a file that the release does not hold", "only its files", "Remove it.") for name in extra
    ]
    return problems
