"""`corpus/croissant.json`: the release described in Croissant 1.0 (docs.mlcommons.org/croissant), with its RAI fields.

A record set for every config and split, each over one Parquet file with its SHA-256; columns follow
`release.features`. A nested column becomes a repeated field with sub-fields; class numbers stay numbers, as in the
files and in `datasets`, and the record sets `labels-*` say what they mean. `etabli card` writes it, after the tables
are built; the words stand in templates/croissant.yaml.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from datasets import ClassLabel, List, Value

from etabli import jsonl, release, schemas
from etabli.labels import codes, describe

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_TYPES = {"string": "sc:Text", "int32": "sc:Integer", "bool": "sc:Boolean"}
_GROUPS = ("topic", "main_topic", "entity", "boilerplate", "site_kind", "sector", "news_kind", "split")


def describe_release(root: Path) -> dict[str, Any]:
    """The JSON-LD of the release under `root`/corpus. Raises `UsageError` where a built file is missing."""
    words = yaml.safe_load(_template("croissant.yaml"))
    citation = _citation(root)
    out: dict[str, Any] = {
        "@context": json.loads(_template("croissant-context.json")),
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": "etabli",
        "description": words["description"],
        "version": jsonl.read_text(root / "corpus" / "VERSION").strip(),
        "license": LICENCE,
        "inLanguage": "fr",
        "keywords": words["keywords"],
        "creator": {"@type": "Organization", "name": "The Établi maintainers"},
        "citeAs": words["citeAs"],
        "isLiveDataset": False,
        **{f"rai:{name}": value for name, value in words["rai"].items()},
        "rai:dataAnnotationAnalysis": list(_agreement(root)),
    }
    if "date-released" in citation:
        out["datePublished"] = str(citation["date-released"])
    files = [(config, split) for config in release.CONFIGS for split in release.SPLITS]
    out["distribution"] = [_file(root / "corpus", config, split) for config, split in files]
    out["recordSet"] = [_labels(group) for group in _GROUPS] + [_records(config, split) for config, split in files]
    return out


def text(root: Path) -> str:
    """The content of croissant.json."""
    return json.dumps(describe_release(root), ensure_ascii=False, indent=1) + "\n"


def _template(name: str) -> str:
    return resources.files("etabli").joinpath(f"templates/{name}").read_text(encoding="utf-8")


def _citation(root: Path) -> dict[str, Any]:
    path = root / "CITATION.cff"
    held: dict[str, Any] = yaml.safe_load(jsonl.read_text(path)) if path.is_file() else {}
    return held


def _agreement(root: Path) -> Iterator[str]:
    path = root / "annotations" / "agreement.json"
    if not path.is_file():
        return
    held = json.loads(jsonl.read_text(path))
    for row in held["between_annotators"]:
        if (row["label"] == "all" or row["layer"] == "topics") and row["measure"] in ("kappa", "F1"):
            value, low, high = ("undefined" if row[k] is None else f"{row[k]:.3f}" for k in ("value", "low", "high"))
            yield f"{row['layer']}, {row['label']}: {row['measure']} {value} (95 % interval {low} to {high})"


def _file(corpus: Path, config: str, split: str) -> dict[str, Any]:
    place = f"data/{config}/{split}.parquet"
    return {
        "@type": "cr:FileObject",
        "@id": f"file-{config}-{split}",
        "name": f"file-{config}-{split}",
        "description": f"The {split} split of config {config}.",
        "contentUrl": place,
        "encodingFormat": "application/x-parquet",
        "contentSize": f"{(corpus / place).stat().st_size} B",
        "sha256": hashlib.sha256((corpus / place).read_bytes()).hexdigest(),
    }


def _labels(group: str) -> dict[str, Any]:
    """The codes of one group of labels.json with their numbers, as a record set with its data inside."""
    name = f"labels-{group}"
    keys = {"number": "sc:Integer", "code": "sc:Text", "en": "sc:Text", "fr": "sc:Text"}
    rows = []
    for number, code in enumerate(codes(group)):
        told = (
            {language: describe(group, code).get(language, code) for language in ("en", "fr")} if _told(group) else {}
        )
        values = {"number": number, "code": code, "en": told.get("en", code), "fr": told.get("fr", code)}
        rows.append({f"{name}/{key}": value for key, value in values.items()})
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"What the numbers of {group} mean.",
        "key": {"@id": f"{name}/number"},
        "field": [{"@type": "cr:Field", "@id": f"{name}/{k}", "name": k, "dataType": t} for k, t in keys.items()],
        "data": rows,
    }


def _told(group: str) -> bool:
    """Whether labels.json has titles for the group (a split has only its name)."""
    return "labels" in schemas.schema("labels")["$defs"][group]


def _records(config: str, split: str) -> dict[str, Any]:
    name = f"{config}-{split}"
    fields = []
    for column, feature in release.features(config).items():
        fields += list(_fields(f"file-{name}", name, column, column, (), feature))
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"Config {config}, split {split}: one record a page.",
        "key": {"@id": f"{name}/id"},
        "field": fields,
    }


def _fields(
    file: str, records: str, shown: str, column: str, path: tuple[str, ...], feature: Any
) -> Iterator[dict[str, Any]]:
    """The fields of one column.

    A struct gives a field for each member (`annotators.a.topics`), a list of structs one field with sub-fields. `path`
    leads from the column to the value; each step is a JSONPath of its own, since a step into a list goes to each item.
    """
    if isinstance(feature, dict):
        for key, inner in feature.items():
            yield from _fields(file, records, f"{shown}.{key}", column, (*path, key), inner)
        return
    field: dict[str, Any] = {"@type": "cr:Field", "@id": f"{records}/{shown}", "name": shown}
    if isinstance(feature, List) and isinstance(feature.feature, dict):
        subs = []
        for key, inner in feature.feature.items():
            subs += list(_fields(file, records, f"{shown}/{key}", column, (*path, key), inner))
        yield {**field, "repeated": True, "subField": subs}
        return
    item = feature.feature if isinstance(feature, List) else feature
    source: dict[str, Any] = {"fileObject": {"@id": file}, "extract": {"column": column}}
    if path:
        source["transform"] = [{"jsonPath": step} for step in path]
    if isinstance(item, ClassLabel):
        field |= {"description": "Numbers of: " + ", ".join(item.names), "dataType": "sc:Integer"}
    elif isinstance(item, Value):
        field["dataType"] = _TYPES[item.dtype]
    yield {**field, **({"repeated": True} if isinstance(feature, List) else {}), "source": source}
