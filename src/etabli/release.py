"""Builds the released tables from the sources: Parquet that `datasets` loads without a script.

Configs: `default` (one row a page, all layers), `tokens` (IOB2 tags over the page's tokens) and `lines` (the
class of each line that is not blank). The digest is over canonical JSON records, since Parquet's bytes change with
its library.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
from datasets import ClassLabel, Dataset, Features, List, Value

from etabli import jsonl, records
from etabli.documents import Record
from etabli.errors import DataError, Problem
from etabli.labels import BOILERPLATE, ENTITIES, codes
from etabli.lines import LINE_CLASSES, classify
from etabli.sources import ANNOTATORS, Sources
from etabli.tokens import to_iob2, tokenize

CONFIGS = ("default", "tokens", "lines")
SPLITS = codes("split")


def _label(group: str) -> ClassLabel:
    return ClassLabel(names=list(codes(group)))


def _iob2(labels: Iterable[str]) -> ClassLabel:
    return ClassLabel(names=["O", *(f"{prefix}-{label}" for label in labels for prefix in "BI")])


def _layer() -> dict[str, Any]:
    def spans(group: str) -> List:
        return List(
            {
                "start": Value("int32"),
                "end": Value("int32"),
                "label": _label(group),
                "surface": Value("string"),
            }
        )

    return {
        "topics": List(_label("topic")),
        "main_topic": _label("main_topic"),
        "entities": spans("entity"),
        "boilerplate": spans("boilerplate"),
    }


def features(config: str) -> Features:
    """The columns of a config, with `ClassLabel` wherever values come from labels.json."""
    if config == "default":
        return Features(
            {
                "id": Value("string"),
                "text": Value("string"),
                "title": Value("string"),
                "title_start": Value("int32"),
                "title_end": Value("int32"),
                "published": Value("string"),
                "site": Value("string"),
                "site_kind": _label("site_kind"),
                "sector": _label("sector"),
                "news_kind": _label("news_kind"),
                "companies": List(Value("string")),
                "events": List(Value("string")),
                "split": _label("split"),
                **_layer(),
                "annotators": {name: _layer() for name in ANNOTATORS},
                "since": Value("string"),
            }
        )
    if config == "tokens":
        return Features(
            {
                "id": Value("string"),
                "tokens": List(Value("string")),
                "starts": List(Value("int32")),
                "ends": List(Value("int32")),
                "entity_tags": List(_iob2(ENTITIES)),
                "boilerplate_tags": List(_iob2(BOILERPLATE)),
            }
        )
    return Features(
        {
            "id": Value("string"),
            "lines": List(
                {
                    "start": Value("int32"),
                    "end": Value("int32"),
                    "text": Value("string"),
                    "label": ClassLabel(names=list(LINE_CLASSES)),
                    "mixed": Value("bool"),
                }
            ),
        }
    )


def row(record: Record, config: str) -> dict[str, Any]:
    """One record as a row of a config, labels as strings."""
    text = record.text
    if config == "default":
        return records.to_json(record)
    if config == "tokens":
        tokens = tokenize(text)
        return {
            "id": record.id,
            "tokens": [text[start:end] for start, end in tokens],
            "starts": [start for start, _ in tokens],
            "ends": [end for _, end in tokens],
            "entity_tags": to_iob2(tokens, record.gold.entities),
            "boilerplate_tags": to_iob2(tokens, record.gold.boilerplate),
        }
    lines = classify(text, record.gold.boilerplate)
    return {
        "id": record.id,
        "lines": [{"start": s, "end": e, "text": text[s:e], "label": label, "mixed": m} for s, e, label, m in lines],
    }


def table(held: Iterable[Record], config: str) -> pa.Table:
    """The Arrow table of a config, with the features in its schema's metadata."""
    rows = [row(record, config) for record in held]
    columns = features(config)
    if not rows:
        return columns.arrow_schema.empty_table()
    return Dataset.from_list(rows, features=columns).data.table


def digest(held: Iterable[Record]) -> str:
    """SHA-256 over the canonical JSON of records in the order of their ids."""
    total = hashlib.sha256()
    for record in sorted(held, key=lambda record: record.id):
        canonical = json.dumps(records.to_json(record), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        total.update(canonical.encode("utf-8") + b"\n")
    return total.hexdigest()


def manifest(sources: Sources, held: list[Record]) -> dict[str, Any]:
    """What `release.json` says: version, digest, and pages and digest per split."""
    splits = {name: [record for record in held if record.page.split == name] for name in SPLITS}
    return {
        "version": sources.version,
        "digest": digest(held),
        "splits": {name: {"pages": len(part), "digest": digest(part)} for name, part in splits.items()},
    }


def build(sources: Sources, target: Path) -> dict[str, Any]:
    """Write every table and `release.json` under `target`; the manifest."""
    datasets.disable_progress_bars()
    held = list(sources.records())
    for config in CONFIGS:
        for split in SPLITS:
            part = [record for record in held if record.page.split == split]
            with jsonl.atomic(target / config / f"{split}.parquet") as temporary:
                pq.write_table(table(part, config), temporary)
    facts = manifest(sources, held)
    jsonl.write_text(target / "release.json", json.dumps(facts, indent=2) + "\n")
    return facts


def check(sources: Sources, target: Path) -> list[Problem]:
    """Where the committed files under `target` are not what the sources give (rows and schema, not bytes)."""
    datasets.disable_progress_bars()
    held = list(sources.records())
    problems = []

    def stale(path: Path, found: str) -> None:
        problems.append(Problem("build", str(path), found, "what the sources give", "Run `etabli build`."))

    for config in CONFIGS:
        for split in SPLITS:
            path = target / config / f"{split}.parquet"
            part = [record for record in held if record.page.split == split]
            if not path.is_file():
                stale(path, "no such file")
                continue
            try:
                committed = pq.read_table(path)
            except (OSError, pa.ArrowInvalid) as error:
                stale(path, f"a file that is no Parquet ({error})")
                continue
            expected = table(part, config)
            if not _same_schema(committed, expected):
                stale(path, "another schema")
            elif not committed.cast(expected.schema).equals(expected):
                stale(path, "other rows")
    path = target / "release.json"
    facts = json.dumps(manifest(sources, held), indent=2) + "\n"
    if not path.is_file() or path.read_text(encoding="utf-8") != facts:
        stale(path, "another manifest")
    return problems


def _same_schema(committed: pa.Table, expected: pa.Table) -> bool:
    """Same columns and features; names that Parquet gives to list items do not count."""
    features = [json.loads((t.schema.metadata or {}).get(b"huggingface", b"{}")) for t in (committed, expected)]
    return bool(committed.column_names == expected.column_names and features[0] == features[1])


def require(problems: list[Problem]) -> None:
    """Raise `DataError` if there are problems."""
    if problems:
        raise DataError(problems)
