"""The generated parts of the dataset card besides the balance sheet: its YAML head, who did what, what splits share.

Blocks in the YAML head: `size`, `configs` (with version and digest, since `datasets` keys its cache of a local folder
by this head alone and would give old rows for new files) and `info` (columns and sizes, as the Hub shows them).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from etabli import jsonl, probes, release, stats
from etabli.loading import Corpus

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"))  # the Hub's tags
_ROWS = {
    "default": "one row a page, all layers",
    "tokens": "IOB2 tags over the tokens of each page",
    "lines": "the class of each line",
}
_LAYERS = {
    "construction": "Pages composed",
    "a": "Annotator a",
    "b": "Annotator b",
    "gold": "Adjudicated",
}


def blocks(root: Path, corpus: Corpus) -> dict[str, Callable[[], str]]:
    """Makers of the blocks, by name."""
    return {
        "size": lambda: f"- {size_tag(len(corpus))}",
        "configs": lambda: _yaml(configs(corpus)),
        "info": lambda: _yaml(info(root / "corpus" / "data")),
        "shared": lambda: probes.shared(corpus.records).markdown(),
        "hands": lambda: hands(root / "annotations", {record.id for record in corpus}),
        "sources": lambda: sources(root / "corpus" / "facts", corpus),
        "errors": lambda: errors(root / "annotations" / "agreement.json"),
        "audit": lambda: audit(root / "annotations" / "AUDIT.md"),
        "decisions": lambda: decisions(root / "annotations" / "gold" / "decisions.jsonl"),
    }


def size_tag(pages: int) -> str:
    """The Hub's size category for a number of rows."""
    return next((name for limit, name in _SIZES if pages < limit), "100K<n<1M")


def configs(corpus: Corpus) -> dict[str, Any]:
    """The `configs` key of the head: which file is which split of which config."""
    held = []
    for name in release.CONFIGS:
        files = [{"split": split, "path": f"data/{name}/{split}.parquet"} for split in release.SPLITS]
        one: dict[str, Any] = {"config_name": name, **({"default": True} if name == "default" else {})}
        one["version"] = corpus.version
        one["description"] = f"{_ROWS[name]} (digest {corpus.digest[:12]})"
        held.append({**one, "data_files": files})
    return {"configs": held}


def info(data: Path) -> dict[str, Any]:
    """The `dataset_info` key of the head: columns, rows and bytes, from the built files."""
    held = []
    for name in release.CONFIGS:
        splits = []
        for split in release.SPLITS:
            table = pq.read_table(data / name / f"{split}.parquet")
            splits.append({"name": split, "num_bytes": table.nbytes, "num_examples": table.num_rows})
        features = release.features(name)._to_yaml_list()
        download = sum((data / name / f"{split}.parquet").stat().st_size for split in release.SPLITS)
        size = sum(part["num_bytes"] for part in splits)
        held.append(
            {
                "config_name": name,
                "features": features,
                "splits": splits,
                "download_size": download,
                "dataset_size": size,
            }
        )
    return {"dataset_info": held}


def _yaml(value: dict[str, Any]) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str | int, ...]]) -> str:
    return stats.Table("", head, tuple(rows)).markdown().split("\n", 2)[2]


def hands(annotations: Path, released: set[str]) -> str:
    """Who made each layer: kind, runs and pages, from the layers' logs."""
    rows: list[tuple[str | int, ...]] = []
    for layer, title in _LAYERS.items():
        log = annotations / layer / "log.jsonl"
        lines = [value for _, value in jsonl.read(log) if value["id"] in released] if log.is_file() else []
        kinds = ", ".join(sorted({line["kind"] for line in lines})) or "—"
        prepared = sum(bool(line["pre_annotated"]) for line in lines)
        rows.append((title, kinds, len({line["run"] for line in lines}), len(lines), prepared))
    return _table(("step", "by a", "runs", "pages", "pre-annotated"), rows)


def sources(facts: Path, corpus: Corpus) -> str:
    """How many fact files, facts and sources stand behind the released pages."""
    events = {event for record in corpus for event in record.page.events}
    files = [yaml.safe_load(jsonl.read_text(facts / f"{event}.yaml")) for event in sorted(events)]
    rows: list[tuple[str | int, ...]] = [
        ("events", len(files)),
        ("facts", sum(len(file["facts"]) for file in files)),
        ("of them marked doubtful", sum(bool(fact.get("doubtful")) for file in files for fact in file["facts"])),
        ("sources", len({source["url"] for file in files for source in file["sources"]})),
        ("events with two sources or more", sum(len(file["sources"]) > 1 for file in files)),
        ("publishers", len({source["publisher"] for file in files for source in file["sources"]})),
    ]
    return _table(("behind the pages", "number"), rows)


def errors(path: Path) -> str:
    """Error rates of the annotators and of gold against the furniture as composed."""
    held = json.loads(jsonl.read_text(path))
    rows: list[tuple[str | int, ...]] = [
        (row["layer"], row["label"], row["unit"], f"{row['value']:.2%}", f"{row['low']:.2%}–{row['high']:.2%}")
        for row in held["error_rates_against_construction"]
    ]
    return _table(("layer", "wrong", "share of", "value", "95 % interval"), rows)


def decisions(path: Path) -> str:
    """How many differences were settled, by layer and by which versions differed."""
    counts: Counter[tuple[str, str]] = Counter()
    for _, value in jsonl.read(path):
        counts[value["layer"], " and ".join(value["choices"])] += 1
    rows: list[tuple[str | int, ...]] = [(layer, between, n) for (layer, between), n in sorted(counts.items())]
    return _table(("layer", "between", "decisions"), rows)


def audit(path: Path) -> str:
    """A pointer to the audit of gold, or the statement that there is none."""
    if not path.is_file():
        return "No audit of gold by somebody who took no part in it has been made for this version."
    text = jsonl.read_text(path)
    first = next((part for part in text.split("\n\n") if part.strip() and not part.startswith(("#", "<!--"))), "")
    return f"{first.strip()}\n\nThe whole of it: `annotations/AUDIT.md` of the repository."
