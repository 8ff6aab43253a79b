"""What a release changes and what it refuses: version numbers, changelog, the ledger of frozen pages.

Semantic versions for data: patch = labels corrected, minor = pages added or withdrawn, major = labels or splits
redefined. From 0.2.0 on every released page stands in `corpus/released.jsonl` with its site, split and the SHA-256 of
its text; `validation.frozen` holds the corpus to it, and lines are only ever added.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from pathlib import Path

from etabli import jsonl
from etabli.errors import DataError, Problem, UsageError
from etabli.sources import Sources

FROZEN_FROM = (0, 2, 0)
LEDGER = "corpus/released.jsonl"
STEPS = ("major", "minor", "patch")
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_UNRELEASED = re.compile(r"^## .*\(?unreleased\)?[ ]*$\n", re.IGNORECASE | re.MULTILINE)

Number = tuple[int, int, int]


def parse(version: str) -> Number:
    """`1.2.3` as numbers. Raises `UsageError`."""
    match = _VERSION.fullmatch(version)
    if match is None:
        raise UsageError(f"{version}: not a version; write {', '.join(STEPS)} or MAJOR.MINOR.PATCH")
    return int(match[1]), int(match[2]), int(match[3])


def following(current: str, asked: str) -> str:
    """The version that `asked` (a step, or a version) leads to from `current`."""
    now = parse(current)
    if asked in STEPS:
        place = STEPS.index(asked)
        return ".".join(str(n + 1 if i == place else n if i < place else 0) for i, n in enumerate(now))
    if parse(asked) < now:
        raise UsageError(f"{asked}: older than {current}, which corpus/VERSION names")
    return asked


def git(root: Path, *args: str) -> str:
    """The output of a git command. Raises `UsageError` with what git said."""
    done = subprocess.run(["git", "-C", str(root), *args], capture_output=True, check=False)  # noqa: S603, S607
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
        raise UsageError(f"git {' '.join(args[:2])}: {said}")
    return done.stdout.decode("utf-8")


def require_clean(root: Path) -> None:
    """Refuse a work tree with changes that are not committed."""
    changed = [line for line in git(root, "status", "--porcelain").split("\n") if line]
    if changed:
        more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
        raise UsageError(f"{root}: not committed: {', '.join(line[3:] for line in changed[:5])}{more}; commit first")


def require_ledger(root: Path, sources: Sources) -> None:
    """Refuse a ledger whose released lines are not those of its last release's tag."""
    if not sources.released:
        return
    last = max((row.value["version"] for row in sources.released.values()), key=parse)
    before = git(root, "show", f"v{last}:{LEDGER}")
    if not jsonl.read_text(root / LEDGER).startswith(before):
        found, expected = "changed lines", f"those of v{last}, and new ones after them"
        remedy = f"Bring it back: git checkout v{last} -- {LEDGER}"
        raise DataError([Problem("released-page", str(root / LEDGER), found, expected, remedy)])


def require_step(sources: Sources, current: str, version: str) -> None:
    """Refuse a patch that adds or withdraws pages, and a version that was released before."""
    released = {row.value["version"] for row in sources.released.values()}
    if not released:
        return
    gone = {i for i in sources.withdrawn if i not in _withdrawn_before(sources)}
    new = set(sources.pages) - set(sources.released)
    if parse(version) <= parse(current):
        raise UsageError(f"{version}: {current} is released already")
    if parse(version)[:2] == parse(current)[:2] and (new or gone):
        raise UsageError(f"{version}: pages added or withdrawn ({len(new)}, {len(gone)}) ask for a minor version")


def _withdrawn_before(sources: Sources) -> set[str]:
    """Ids that the last release's tag already lists as withdrawn."""
    try:
        text = git(sources.root, "show", f"v{sources.version}:corpus/withdrawn.jsonl")
    except UsageError:  # the tag has no such file
        return set()
    return {json.loads(line)["id"] for line in text.split("\n") if line}


def changelog(text: str, version: str, day: str, facts: str) -> str:
    """CHANGELOG.md with its unreleased section named after the version, `facts` as its last line.

    Raises `UsageError` if there is no section `## … (unreleased)` or nothing is written in it.
    """
    match = _UNRELEASED.search(text)
    if match is None:
        raise UsageError("CHANGELOG.md: no section `## … (unreleased)`; write what changed under one")
    end = text.find("\n## ", match.end())
    body = (text[match.end() :] if end < 0 else text[match.end() : end]).strip()
    if not body:
        raise UsageError("CHANGELOG.md: nothing in the unreleased section; write what changed")
    rest = "" if end < 0 else text[end:]
    return f"{text[: match.start()]}## {version} ({day})\n\n{body}\n* {facts}\n{rest}"


def name_version(root: Path, version: str, day: str) -> None:
    """Write the version into corpus/VERSION, pyproject.toml and CITATION.cff (with the day)."""
    jsonl.write_text(root / "corpus" / "VERSION", f"{version}\n")
    _replace(root / "pyproject.toml", r'^version = ".*"$', f'version = "{version}"')
    _replace(root / "CITATION.cff", r"^version: .*$", f"version: {version}")
    _replace(root / "CITATION.cff", r"^date-released: .*\n", "", required=False)
    _replace(root / "CITATION.cff", r"^version: .*$", f"version: {version}\ndate-released: {day}")


def _replace(path: Path, pattern: str, text: str, *, required: bool = True) -> None:
    held, count = re.subn(pattern, text, jsonl.read_text(path), count=1, flags=re.MULTILINE)
    if required and not count:
        raise UsageError(f"{path}: no line `{pattern.strip('^$')}`")
    jsonl.write_text(path, held)


def name_since(root: Path, sources: Sources, version: str) -> None:
    """Write the version into `since` of the pages that no release held."""
    for site in sources.sites:
        path = root / "corpus" / "sites" / site / "pages.jsonl"
        if not path.is_file():
            continue
        rows = [row for _, row in jsonl.read(path)]
        new = [row if row["id"] in sources.released else {**row, "since": version} for row in rows]
        if new != rows:
            jsonl.write(path, new)


def extend_ledger(root: Path, sources: Sources, version: str) -> int:
    """Add the pages that no release held to the ledger; how many. None before 0.2.0."""
    if parse(version) < FROZEN_FROM:
        return 0
    path = root / LEDGER
    kept = jsonl.read_text(path) if path.is_file() else ""
    lines = []
    for page_id in sorted(set(sources.pages) - set(sources.released)):
        page = sources.pages[page_id]
        digest = hashlib.sha256(page.text.encode("utf-8")).hexdigest()
        row = {"id": page_id, "site": page.site, "split": page.split, "sha256": digest, "version": version}
        lines.append(jsonl.dumps(row) + "\n")
    jsonl.write_text(path, kept + "".join(lines))
    return len(lines)
