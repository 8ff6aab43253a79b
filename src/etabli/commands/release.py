"""`etabli release`: everything that a version needs but its commit and its tag."""

from __future__ import annotations

import dataclasses
import datetime
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from etabli import agreement as agreed
from etabli import bench, cards, checksums, jsonl, loading, predictions, sources, validation, versions
from etabli import release as building
from etabli.columns import Pages
from etabli.commands.agreement import markdown
from etabli.errors import DataError, Problem


def release(
    version: Annotated[str, typer.Argument(help="patch, minor, major, or the version itself.")],
    root: Annotated[Path, typer.Option(help="The repository.")] = Path(),
    check: Annotated[bool, typer.Option("--check", help="Only say whether a release would be refused.")] = False,
    day: Annotated[str | None, typer.Option(help="The day, YYYY-MM-DD; today without it.")] = None,
) -> None:
    """Prepare a version: VERSION, changelog, tables, agreement, scores, cards, ledger, checksums.

    Refuses a tree with changes, a corpus that does not validate, a released page whose text, site or split
    changed, and tables that are not what the sources give. Commit and tag are yours: RELEASING.md.
    """
    today = day or datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    current = jsonl.read_text(root / "corpus" / "VERSION").strip()
    following = versions.following(current, version)
    held = _refuse(root, current, following)
    parts = {s: sum(page.split == s for page in held.pages.values()) for s in building.SPLITS}
    count = ", ".join(f"{name} {number}" for name, number in parts.items())
    log = versions.changelog(
        jsonl.read_text(root / "CHANGELOG.md"), following, today, f"{len(held.pages)} pages ({count})."
    )
    print(f"{current} → {following}: nothing stands against it")
    if check:
        return
    steps: tuple[tuple[str, Callable[[], Any]], ...] = (
        ("VERSION, pyproject.toml, CITATION.cff", lambda: versions.name_version(root, following, today)),
        ("CHANGELOG.md", lambda: jsonl.write_text(root / "CHANGELOG.md", log)),
        ("since of the new pages", lambda: versions.name_since(root, held, following)),
        ("released.jsonl", lambda: versions.extend_ledger(root, held, following)),
        ("tables", lambda: building.build(sources.read(root), root / "corpus" / "data")),
        ("agreement", lambda: _agreement(root)),
        ("scores of the baselines", lambda: _scores(root, following)),
        ("figures and croissant.json", lambda: cards.write(root)),
        ("SHA256SUMS", lambda: checksums.write(root / "corpus")),
    )
    try:
        for title, step in steps:
            step()
            print(f"  {title}")
        building.require(validation.validate(root)[1])
    except BaseException:
        print("Stopped half-way: `git restore . && git clean -fd corpus` undoes it.", file=sys.stderr)
        raise
    print("Now: pip install -e . && etabli leaderboard   # its signature names the installed version")
    print(f'     git add -A && git commit -m "Version {following}" && git tag -a v{following} -m "Version {following}"')


def _refuse(root: Path, current: str, following: str) -> sources.Sources:
    """The sources, if nothing stands against a release of them."""
    versions.require_clean(root)
    held, problems = validation.validate(root)
    building.require(problems)
    building.require(building.check(held, root / "corpus" / "data"))
    versions.require_ledger(root, held)
    versions.require_step(held, current, following)
    jsonl.read_text(root / "CITATION.cff")
    test = loading.load(root / "corpus")[bench.SPLIT].records
    pages = Pages(tuple(record.id for record in test), tuple(record.text for record in test))
    for path in _predictions(root).values():
        try:
            predictions.read(path, pages, bench.SPLIT)
        except DataError as error:
            expected, remedy = "predictions for the test pages of now", "Run `make bench` and commit."
            told = error.problems[0].found
            raise DataError([Problem("release", str(path), told, expected, remedy)]) from None
    return held


def _predictions(root: Path) -> dict[str, Path]:
    """Prediction files of the systems that scores.json names, in its order."""
    scores = root / "baselines" / "scores.json"
    names = json.loads(jsonl.read_text(scores))["systems"] if scores.is_file() else ()
    return {name: bench.prediction_path(root / "baselines", name) for name in names}


def _agreement(root: Path) -> None:
    found = agreed.agreement(sources.read(root))
    jsonl.write_text(root / "annotations" / "AGREEMENT.md", markdown(found))
    text = json.dumps(found.as_dict(), ensure_ascii=False, indent=1)
    jsonl.write_text(root / "annotations" / "agreement.json", text + "\n")


def _scores(root: Path, version: str) -> None:
    """Score the committed predictions against the new tables; the signature names the version to come."""
    corpus = loading.load(root / "corpus")
    found = {}
    for system, path in _predictions(root).items():
        scored = bench.score(corpus, path)
        found[system] = dataclasses.replace(scored, signature={**scored.signature, "code": version})
    if found:
        bench.write_scores(root / "baselines" / "scores.json", found)
