"""A small release with a leaderboard, and submissions to it."""

import json
from dataclasses import replace

import pyarrow.parquet as pq
import yaml

from etabli import jsonl, records, release
from etabli.documents import Annotation, Page, Record, Span

BODY = "Accueil\nVoltabri ouvre un site à Dole en 2021\n<script>alert('page')</script> & suite\nRéagir"
GOLD = Annotation(
    ("industrialization",),
    "industrialization",
    (Span(8, 16, "ORG"), Span(33, 37, "LOC"), Span(41, 45, "DATE")),
    (Span(0, 7, "NAV"), Span(84, 90, "SOCIAL")),
)
CARD = {
    "name": "Mine",
    "authors": ["Ada"],
    "contact": "ada@example.org",
    "licence": "MIT",
    "tracks": ["topics", "entities", "boilerplate"],
    "training_data": "train",
    "external_data": "none",
    "saw_test_pages": "no",
    "language_model": {"wrote": "no", "labelled": "no", "tuned": "no"},
    "parameters": 1000,
    "hardware": "a laptop",
    "seeds": [1],
}


def make_records(pages=24, sites=8):
    """Test pages, each an event of its own, and one training page."""
    second = replace(GOLD, entities=GOLD.entities[:2])
    out = []
    for number in range(pages + 1):
        split = "test" if number < pages else "train"
        page = Page(
            f"etb-{number:05}", BODY, "Voltabri ouvre un site à Dole en 2021", 8, 45, f"20{20 + number % 3}-01-02",
            f"site-{number % sites}", "trade-press", "electronics", "new-plant", ("Voltabri",), (f"e{number}",), split,
            "0.1.0",
        )  # fmt: skip
        out.append(Record(page, GOLD, {"a": GOLD, "b": second if number % 4 == 0 else GOLD}))
    return out


def make_root(root, held=None):
    """A repository with a built release and nothing else; its path."""
    held = make_records() if held is None else held
    folder = root / "corpus" / "data" / "default"
    folder.mkdir(parents=True)
    for split in release.SPLITS:
        part = [record for record in held if record.page.split == split]
        pq.write_table(release.table(part, "default"), folder / f"{split}.parquet")
    manifest = {"version": "0.1.0", "digest": release.digest(held)}
    (folder.parent / "release.json").write_text(json.dumps(manifest))
    return root


def lines(right=24, scores=False, tracks=("topics", "entities", "boilerplate"), pages=24):
    """Prediction lines that are gold on the first `right` pages and empty on the others."""
    empty = Annotation()
    out = []
    for number in range(pages):
        layer = records.layer_to_json(BODY, GOLD if number < right else empty)
        line = {"id": f"etb-{number:05}"}
        if "topics" in tracks:
            line |= {"topics": layer["topics"], "main_topic": layer["main_topic"]}
            if scores:
                high = 0.9 if number < right else 0.1
                line["topic_scores"] = {"industrialization": high, "financing": 0.1, "regulatory": 0.2}
        line |= {track: layer[track] for track in ("entities", "boilerplate") if track in tracks}
        out.append(line)
    return out


def write_submission(folder, predicted=None, file="predictions.jsonl.gz", **card):
    """A folder to hand in; `card` changes the card's values."""
    folder.mkdir(parents=True)
    values = {key: value for key, value in {**CARD, **card}.items() if value is not ...}
    (folder / "system.yaml").write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    jsonl.write(folder / file, lines() if predicted is None else predicted)
    return folder


def submissions(root):
    return root / "leaderboard" / "submissions"


def make_board(root):
    """A repository with five submissions, one of them hostile in all that a card may hold."""
    make_root(root)
    write_submission(submissions(root) / "good", lines(24, scores=True), name="Good", saw_test_pages="yes")
    write_submission(submissions(root) / "twin", name="Twin")
    write_submission(submissions(root) / "half", lines(12), name="Half")
    write_submission(submissions(root) / "none", lines(0), name="Nothing", kind="floor")
    write_submission(
        submissions(root) / "hostile",
        lines(6, tracks=("entities",)),
        name="<script>alert('name')</script> | [x](http://x) `y`",
        authors=["<img src=x onerror=alert(1)>"],
        contact="javascript:alert(1)",
        link='https://example.org/"onmouseover="alert(1)',
        notes="</dd></dl><h1>Rank 1</h1>\n{{ 7 * 7 }}{% raw %}",
        training_data="]]> <!-- <style>*{display:none}</style>",
        tracks=["entities"],
    )
    return root
