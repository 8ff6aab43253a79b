"""From pages to board: fits the baselines, writes their prediction files and scores them.

Only train records reach a `fit`; test pages are given to a system as bare texts.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from etabli import jsonl, predictions, training
from etabli.columns import TRACKS
from etabli.loading import Corpus
from etabli.scoring import report
from etabli.scoring.catalogue import OVERALL, RANKING
from etabli.scoring.counts import reference

SPLIT = "test"
Annotate = Callable[[list[str]], list[training.Prediction]]


def systems(corpus: Corpus, step: training.Step) -> dict[str, Annotate]:
    """The fitted baselines by name."""
    train = corpus["train"].records
    return {
        "floor": training.floor(train),
        "linear": training.fit_linear(train, step=step).annotate,
        "crf": training.fit_crf(train, step=step).annotate,
    }


def prediction_path(folder: Path, system: str) -> Path:
    return folder / "predictions" / f"{system}.{SPLIT}.jsonl.gz"


def predict(corpus: Corpus, annotate: Annotate, path: Path) -> bool:
    """Write a system's prediction file; whether it is the one that stood there."""
    pages = corpus[SPLIT].records
    told = annotate([record.text for record in pages])
    before = path.read_bytes() if path.is_file() else b""
    jsonl.write(path, training.lines([record.id for record in pages], told))
    return path.read_bytes() == before


def score(corpus: Corpus, path: Path) -> report.Report:
    """The scores of a prediction file on test, read and checked like anybody's."""
    gold = reference(corpus[SPLIT], corpus["train"], corpus.version, corpus.digest, SPLIT)
    system = predictions.read(path, gold.pages, SPLIT)
    return report.score(gold, system.layers, system.tracks)


def headline(found: report.Report) -> dict[str, dict[str, Any]]:
    """The ranking measure of each track and the overall mean, as scores.json holds them."""
    names = {track: RANKING[track] for track in TRACKS} | {"overall": OVERALL.name}
    return {name: found.tracks[track][name].as_dict() for track, name in names.items() if track in found.tracks}


def write_scores(path: Path, found: dict[str, report.Report]) -> None:
    """Write the headline scores of the baselines, which documents are filled from."""
    scores = {system: headline(one) for system, one in found.items()}
    signature = report.signature_line(next(iter(found.values())).signature)
    jsonl.write_text(path, json.dumps({"signature": signature, "systems": scores}, indent=2, ensure_ascii=False) + "\n")
