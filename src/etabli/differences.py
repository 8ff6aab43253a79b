"""What changed between two releases: pages, labels in their context, and what it does to the baselines' scores.

A release is a folder, or a tag or commit of the repository whose files are taken out to a temporary folder. Labels
are compared on pages that both hold with the same text.
"""

from __future__ import annotations

import io
import json
import math
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from etabli import jsonl, loading, predictions
from etabli.documents import Record, Span
from etabli.errors import DataError, UsageError
from etabli.loading import Corpus
from etabli.scoring import report
from etabli.scoring.counts import reference
from etabli.scoring.statistics import Sampling

AROUND = 40  # characters of context on each side
SPLIT = "test"
_PARTS = ("corpus/data", "baselines")


@dataclass(frozen=True, slots=True)
class Change:
    """One label that changed: `before` and `after` are what stands there, None for nothing."""

    id: str
    layer: str
    context: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Effect:
    """A measure of a baseline: as committed in both releases, and `relabelled`: old predictions against new labels.

    `held` and `relabelled` are over the pages that both releases hold, so that their difference is the labels' alone.
    """

    system: str
    measure: str
    before: float | None
    after: float | None
    held: float | None = None
    relabelled: float | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs between two releases."""

    versions: tuple[str, str]
    added: tuple[str, ...]
    withdrawn: tuple[str, ...]
    rewritten: tuple[str, ...]
    moved: tuple[str, ...]
    changes: tuple[Change, ...]
    effects: tuple[Effect, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@contextmanager
def opened(name: str, root: Path) -> Iterator[Path]:
    """The folder of a release: `name` itself, or what the repository at `root` has under that tag or commit."""
    if Path(name).is_dir():
        yield Path(name)
        return
    for revision in (f"{name}^{{commit}}", f"v{name}^{{commit}}"):
        held = _git(root, "ls-tree", "-d", "--name-only", revision, *_PARTS).decode().split()
        if _PARTS[0] in held:
            with tempfile.TemporaryDirectory() as folder:
                content = io.BytesIO(_git(root, "archive", "--format=tar", revision, "--", *held))
                with tarfile.open(fileobj=content) as archive:
                    archive.extractall(folder, filter="data")
                yield Path(folder)
            return
    raise UsageError(f"{name}: neither a folder nor a tag or commit of {root} that holds {_PARTS[0]}")


def _git(root: Path, *args: str) -> bytes:
    """What a git command prints; nothing if it fails."""
    done = subprocess.run(["git", "-C", str(root), *args], capture_output=True, check=False)  # noqa: S603, S607
    return b"" if done.returncode else done.stdout


def compare(old: Path, new: Path) -> Difference:
    """What differs between the releases in two folders (a repository, or its corpus/)."""
    before, after = loading.load(old), loading.load(new)
    both = [(before.by_id[i], after.by_id[i]) for i in sorted(before.by_id.keys() & after.by_id.keys())]
    same = [(one, other) for one, other in both if one.text == other.text]
    return Difference(
        (before.version, after.version),
        tuple(sorted(after.by_id.keys() - before.by_id.keys())),
        tuple(sorted(before.by_id.keys() - after.by_id.keys())),
        tuple(one.id for one, other in both if one.text != other.text),
        tuple(one.id for one, other in both if one.page.split != other.page.split),
        tuple(change for one, other in same for change in _changes(one, other)),
        tuple(_effects(old, new, before, after, {one.id for one, _ in same})),
    )


def _changes(one: Record, other: Record) -> Iterator[Change]:
    for layer in ("topics", "main_topic"):
        before, after = getattr(one.gold, layer), getattr(other.gold, layer)
        if before != after:
            shown = (v if isinstance(v, str) else ", ".join(v) or "none" for v in (before, after))
            yield Change(one.id, layer, one.page.title, *shown)
    for layer in ("entities", "boilerplate"):
        before, after = set(getattr(one.gold, layer)), set(getattr(other.gold, layer))
        gone, come = sorted(before - after), sorted(after - before)
        for span in gone:
            partner = next((s for s in come if s.start < span.end and span.start < s.end), None)
            if partner is not None:
                come.remove(partner)
            yield Change(one.id, layer, context(one.text, span), *_told(one.text, span, partner))
        for span in come:
            yield Change(one.id, layer, context(one.text, span), None, span.label)


def _told(text: str, span: Span, partner: Span | None) -> tuple[str, str | None]:
    """What stood there and stands there now; the new surface too where the boundaries moved."""
    if partner is None:
        return span.label, None
    moved = (partner.start, partner.end) != (span.start, span.end)
    surface = " " + _line(text[partner.start : partner.end], 2 * AROUND) if moved else ""
    return span.label, f"{partner.label}{surface}"


def context(text: str, span: Span) -> str:
    """The span in brackets with what stands around it, on one line."""
    left, right = max(0, span.start - AROUND), min(len(text), span.end + AROUND)
    inside = _line(text[span.start : span.end], 2 * AROUND)
    before, after = text[left : span.start], text[span.end : right]
    shown = f"{'…' if left else ''}{before}⟦{inside}⟧{after}{'…' if right < len(text) else ''}"
    return shown.replace("\n", "⏎")


def _line(text: str, limit: int) -> str:
    text = text.replace("\n", "⏎")
    return text if len(text) <= limit else f"{text[: limit // 2]} … {text[-limit // 2 :]}"


def _baselines(folder: Path) -> Path:
    """The baselines beside a release: in the repository, or beside its corpus/."""
    return next((p for p in (folder / "baselines", folder.parent / "baselines") if p.is_dir()), folder / "baselines")


def _committed(folder: Path) -> dict[str, dict[str, Any]]:
    path = _baselines(folder) / "scores.json"
    held: dict[str, dict[str, Any]] = json.loads(jsonl.read_text(path))["systems"] if path.is_file() else {}
    return held


def _effects(old: Path, new: Path, before: Corpus, after: Corpus, same: set[str]) -> Iterator[Effect]:
    committed = _committed(old), _committed(new)
    for system in dict.fromkeys((*committed[0], *committed[1])):
        scores = [part.get(system, {}) for part in committed]
        path = _baselines(old) / "predictions" / f"{system}.{SPLIT}.jsonl.gz"
        ids = {i for i in same if before.by_id[i].page.split == after.by_id[i].page.split == SPLIT}
        alone = _relabelled(path, [before, after], ids) if path.is_file() and ids else ({}, {})
        for measure in dict.fromkeys((*scores[0], *scores[1])):
            told = [part[measure]["value"] if measure in part else None for part in scores]
            yield Effect(system, measure, told[0], told[1], alone[0].get(measure), alone[1].get(measure))


def _relabelled(path: Path, corpora: Sequence[Corpus], ids: set[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Scores of a prediction file against the gold of each corpus, over the pages `ids`; empty if it does not fit."""
    found: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "part.jsonl"
        jsonl.write(part, (line for _, line in jsonl.read(path) if line["id"] in ids))
        for corpus in corpora:
            records = [record for record in corpus if record.id in ids]
            gold = reference(records, corpus["train"], corpus.version, corpus.digest, SPLIT)
            try:
                told = predictions.read(part, gold.pages, SPLIT)
            except DataError:
                return {}, {}
            scored = report.score(gold, told.layers, told.tracks, Sampling(resamples=1))
            leading = [track.ranking for track in scored.tracks.values()]
            found.append({one.measure.name: one.value for one in leading if not math.isnan(one.value)})
    return found[0], found[1]
